"""Pages say what the views say, whole without a script, and offer what their reader may do."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from starlette.testclient import TestClient

from foretaste.core.names import ChangeId
from foretaste.ports.errors import PermanentError
from foretaste.report.views import GateView
from foretaste.service.access import Principal
from foretaste.service.faces import BranchView
from foretaste.service.intents import Answer, Approve, Withdraw
from foretaste.web.forms import local
from tests.fakes.sample_gate import FAILED, GATE, PROJECTS, QUEUE, QUEUED, SampleGate, a_build

PAGES = (
    "/",
    "/changes",
    "/changes?state=failed&project=werkzeug",
    "/changes/23",
    "/changes/19",
    "/builds/b3",
    "/builds/b7",
    "/projects",
    "/projects/flask",
    "/sign-in",
)
EMPTY = GateView(held="", workers=0, running=0, queues=(), checks=(), recent=(), open=())


def text_of(html: str) -> str:
    """Return a page's text on one line, tags left out."""
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", html).split()))


def sign_in(client: TestClient, token: str) -> None:
    """Sign in as whoever holds the token."""
    answer = client.post("/sign-in", data={"token": token})
    assert answer.status_code == 303


def proof(html: str) -> str:
    """Return what the page's forms carry."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', html)
    assert found, "no form here"
    return found.group(1)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_and_has_nothing_inline(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", answer.text)
    assert answer.text.rstrip().endswith("</html>")


def test_the_gate_shows_its_queue_in_order(client: TestClient) -> None:
    html = client.get("/").text

    places = [html.index(f'id="item-{item.changes[0]}"') for item in QUEUE.items]
    assert places == sorted(places)
    assert "branch 21 22 23" in text_of(html)
    assert "2 more" in text_of(html)
    assert "Job tests[3.11] failed" in text_of(html)


@pytest.mark.parametrize(
    ("gate", "trouble", "words"),
    [
        (EMPTY, "", "No queue yet."),
        (replace(GATE, queues=(replace(QUEUE, items=()),)), "", "Empty: every approved change"),
        (replace(GATE, held="a release is going out"), "", "Held. Nothing starts"),
        (replace(GATE, queues=(replace(QUEUE, frozen="tree mismatch"),)), "", "Frozen. tree mism"),
        (GATE, "the disk is full", "In trouble. Nothing lands until this is over: the disk"),
    ],
)
def test_the_gate_says_what_is_out_of_the_ordinary(
    client: TestClient, sample: SampleGate, gate: GateView, trouble: str, words: str
) -> None:
    sample.gate_view, sample.trouble = gate, trouble

    assert words in text_of(client.get("/").text)


def test_empty_queues_come_last(client: TestClient, sample: SampleGate) -> None:
    empty = replace(QUEUE, queue="aside", items=())
    sample.gate_view = replace(GATE, queues=(empty, QUEUE))

    text = text_of(client.get("/").text)

    assert text.index("Queue pallets") < text.index("Queue aside")


def test_a_branch_without_a_commit_says_so(client: TestClient, sample: SampleGate) -> None:
    bare = replace(PROJECTS[0], branches=(BranchView(branch="main", commit=""),))
    sample.under_gate = (bare,)

    for path in ("/projects", f"/projects/{bare.project}"):
        assert "main no commit yet" in text_of(client.get(path).text)


def test_a_page_without_scripts_loads_itself_anew_while_something_moves(
    client: TestClient, sample: SampleGate
) -> None:
    reload = '<noscript><meta http-equiv="refresh"'

    assert reload in client.get("/").text
    assert reload in client.get("/changes/23").text
    assert reload not in client.get("/changes/19").text
    sample.gate_view = EMPTY
    assert reload not in client.get("/").text


def test_a_change_opens_with_state_why_and_what_next(client: TestClient) -> None:
    text = text_of(client.get("/changes/23").text)

    places = [text.index(words) for words in ("queued", QUEUED.why, QUEUED.next, "Jobs", "Story")]
    assert places == sorted(places)
    assert "Approved by ada, linus" in text
    assert "Needs 22" in text
    assert "Needed by 27" in text


def test_a_failed_change_names_its_tests(client: TestClient) -> None:
    text = text_of(client.get("/changes/19").text)

    assert "Failing tests 2" in text
    assert "test_remember_me_cookie_duration" in text
    assert "test_<script>alert(1)</script>_next_url" in text


def test_many_failing_tests_are_counted(client: TestClient, sample: SampleGate) -> None:
    many = tuple(f"test_{number}" for number in range(250))
    sample.known["19"] = replace(FAILED, tests=many)
    sample.made["b3"] = a_build("b3", failed=many)

    assert "and 50 more" in text_of(client.get("/changes/19").text)
    assert "and 50 more" in text_of(client.get("/builds/b3").text)


def test_a_build_shows_its_facts_and_its_log(client: TestClient) -> None:
    html = client.get("/builds/b3").text

    assert "The command ended with exit status 1." in text_of(html)
    assert '<a href=#L4>4</a><span class="c1 b">E   ImportError' in html
    assert "/api/v1/builds/b3/artefacts/htmlcov/index%20page.html" in html
    assert "End of the log." in html


def test_a_running_build_can_be_followed(client: TestClient, sample: SampleGate) -> None:
    sample.logs["b7"] = b"one\ntwo\n..."
    html = client.get("/builds/b7").text
    mark = re.search(r'data-offset="(\d+)" data-line="(\d+)" data-style="([^"]+)"', html)
    assert mark
    offset, line, style = mark.groups()
    sample.logs["b7"] += b"..\nthree\n"

    answer = client.get(f"/builds/b7/tail?offset={offset}&line={line}&style={style}")

    assert (offset, line) == ("8", "3")
    assert answer.text == (
        "<div id=L3><a href=#L3>3</a>.....</div><div id=L4><a href=#L4>4</a>three</div>"
    )
    assert answer.headers["x-log-offset"] == str(len(sample.logs["b7"]))
    assert (answer.headers["x-log-line"], answer.headers["x-log-done"]) == ("5", "false")
    assert ">Reload</a>" in html


def test_a_very_long_log_is_cut_into_pages(client: TestClient, sample: SampleGate) -> None:
    sample.logs["b3"] = b"".join(b"%d\n" % number for number in range(1, 100_011))

    first = client.get("/builds/b3").text
    second = client.get("/builds/b3?from=100001").text
    last = client.get("/builds/b3?last=3").text

    assert '<a href="/builds/b3?from=100001">Go on at line 100,001</a>' in first
    assert "<div id=L100001><a href=#L100001>100001</a>100001</div>" in second
    assert last.count("<div id=L") == 3
    assert "From the first line" in last


def test_a_page_of_an_unknown_thing_says_so_in_the_words_of_the_api(client: TestClient) -> None:
    page = client.get("/changes/99")
    told = client.get("/api/v1/changes/99").json()["error"]

    assert page.status_code == 404
    text = text_of(page.text)
    assert told["code"] in text
    assert "There is no change '99'" in text
    assert f"Hint: {told['hint']}" in text


@pytest.mark.parametrize("path", ["/projects/nope", "/builds/nope", "/nope", "/changes?state=x"])
def test_errors_are_pages(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code in {404, 422}
    assert "error[FT70" in answer.text


def test_signing_in_keeps_the_token_where_no_script_and_no_other_site_gets_it(
    client: TestClient,
) -> None:
    answer = client.post("/sign-in", data={"token": " ada-token ", "next": "/changes/23"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/changes/23")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("foretaste_token=ada-token;")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_for_tls_alone_where_there_is_tls(sample: SampleGate) -> None:
    from foretaste.web.app import create_app  # noqa: PLC0415  (this test alone makes its own)

    app = create_app(sample.desk(), hosts=["gate.test"])
    client = TestClient(app, base_url="https://gate.test", follow_redirects=False)

    answer = client.post("/sign-in", data={"token": "ada-token"})

    assert "Secure" in answer.headers["set-cookie"]


def test_a_wrong_token_signs_nobody_in(client: TestClient) -> None:
    answer = client.post("/sign-in", data={"token": "wrong"})

    assert answer.status_code == 401
    assert "not known here" in answer.text
    assert "set-cookie" not in answer.headers
    assert "wrong" not in text_of(answer.text)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/changes/23?x=1", "/changes/23?x=1"),
        ("https://evil.test/", "/"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("javascript:alert(1)", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_nowhere_else(address: str, kept: str) -> None:
    assert local(address) == kept


def test_an_approver_approves_from_the_page(client: TestClient, sample: SampleGate) -> None:
    sign_in(client, "ada-token")
    html = client.get("/changes/24").text
    assert "Approve revision 1" in html

    answer = client.post("/changes/24/approve", data={"csrf": proof(html), "revision": "1"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/changes/24")
    assert sample.submitted == [Approve(change=ChangeId("24"), revision=1, by="ada")]


def test_an_approver_takes_the_approval_back(client: TestClient, sample: SampleGate) -> None:
    sign_in(client, "ada-token")
    html = client.get("/changes/23").text
    assert "Withdraw approval" in html

    client.post("/changes/23/withdraw", data={"csrf": proof(html)})

    assert sample.submitted == [Withdraw(change=ChangeId("23"), by="ada")]


def test_a_refusal_is_a_page(client: TestClient, sample: SampleGate) -> None:
    sign_in(client, "ada-token")
    html = client.get("/changes/24").text
    sample.answer = Answer(code="FT341", what="revision 2 is there by now", hint="look again")

    answer = client.post("/changes/24/approve", data={"csrf": proof(html), "revision": "1"})

    assert answer.status_code == 409
    assert "Revision 2 is there by now" in text_of(answer.text)


@pytest.mark.parametrize(
    ("token", "change", "labels"),
    [
        ("", "24", set()),
        ("grace-token", "24", set()),
        ("grace-token", "18", set()),
        ("ada-token", "24", {"Approve revision 1", "Abandon"}),
        ("ada-token", "16", {"Reopen"}),
        ("op-token", "23", {"Abandon", "Dequeue"}),
        ("op-token", "17", {"Abandon", "Try again"}),
        ("own-token", "19", {"Approve revision 1", "Abandon", "Try again"}),
    ],
)
def test_a_page_offers_what_is_allowed_and_of_use(
    client: TestClient, token: str, change: str, labels: set[str]
) -> None:
    if token:
        sign_in(client, token)

    html = client.get(f"/changes/{change}").text

    assert set(re.findall(r"<button title[^>]*>([^<]+)</button>", html)) == labels


def test_signing_out_forgets_the_token(client: TestClient) -> None:
    sign_in(client, "ada-token")

    answer = client.post("/sign-out", data={"csrf": proof(client.get("/").text)})

    assert answer.status_code == 303
    assert "foretaste_token" not in client.cookies
    assert ">Sign in</a>" in client.get("/").text


def test_a_revoked_token_shows_no_buttons(client: TestClient, sample: SampleGate) -> None:
    sign_in(client, "ada-token")
    del sample.guard.people["ada-token"]

    html = client.get("/changes/24").text

    assert "<button" not in html
    assert ">Sign in</a>" in html


def test_tokens_that_cannot_be_read_let_people_read_on_and_nobody_act(
    client: TestClient, sample: SampleGate
) -> None:
    sign_in(client, "ada-token")
    csrf = proof(client.get("/").text)

    def unreadable(token: str) -> Principal | None:
        raise PermanentError("FT713", f"cannot tell whose {len(token)} characters these are")

    sample.guard.authenticate = unreadable  # type: ignore[method-assign]

    assert ">Sign in</a>" in client.get("/changes/24").text
    answer = client.post("/changes/24/approve", data={"csrf": csrf})
    assert (answer.status_code, "FT713" in answer.text) == (500, True)
    assert not sample.submitted


def test_a_form_without_a_cookie_is_nobodys(client: TestClient, sample: SampleGate) -> None:
    answer = client.post("/changes/24/approve", data={"csrf": "0" * 64})

    assert answer.status_code == 401
    assert "sign in with your token first" in answer.text
    assert not sample.submitted


def test_an_error_forgets_nobody(client: TestClient) -> None:
    sign_in(client, "ada-token")

    assert "<span>ada</span>" in client.get("/nope").text
    assert "ada" not in client.get("/", headers={"Host": "other.test"}).text


def test_an_unknown_verb_is_no_page(client: TestClient) -> None:
    sign_in(client, "ada-token")
    csrf = proof(client.get("/").text)

    assert client.post("/changes/24/explode", data={"csrf": csrf}).status_code == 404


def test_static_files_may_be_kept_and_pages_not(client: TestClient) -> None:
    sheet = re.search(r'href="(/static/page.css\?v=[0-9a-f]{12})"', client.get("/").text)
    assert sheet

    answer = client.get(sheet.group(1))

    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/").headers["cache-control"] == "no-store"
