"""E73: what a job prints, what tests and commits are called, is text on a page and nothing else.

Looked at in a real browser where there is one: nothing of it runs, and if it were not escaped the
page's policy would still stop it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.fakes import browser
from tests.fakes.browser import Page
from tests.fakes.sample_gate import FAILED, GATE, QUEUE, SampleGate, a_build

EVIL = (
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "'><svg/onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "</div></main><iframe srcdoc='<script>parent.pwned=1</script>'>",
    "{{ 7*7 }}{% raw %}",
    "<div hx-get=/sign-out hx-trigger=load>",
    "`<script>window.pwned=1</script>`",
)
LOG = b"".join(
    [
        *(f"{text}\n".encode() for text in EVIL),
        b"\x1b]8;;javascript:window.pwned=1\x1b\\click me\x1b]8;;\x1b\\\n",
        b'\x1b]8;;"onmouseover="window.pwned=1\x07over me\x1b]8;;\x07\n',
        b'\x1b[31"><script>window.pwned=1</script>m\n',
        b"\x1b]8;;javascript:window.pwned=1 never closed\n",
        b"<scr\x00ipt>window.pwned=1</scr\x1b[0mipt>\n",
        b"\x9b31mC1\x9d8;;javascript:1\x9c\n",
    ]
)
PAGES = ("/", "/changes", "/changes/19", "/builds/b3", "/projects/werkzeug")


@pytest.fixture(autouse=True)
def hostile(sample: SampleGate) -> None:
    """Put the texts wherever one can come from outside."""
    text = " ".join(EVIL)
    change = replace(
        FAILED, subject=text, owner=text, topic=text, why=text, next=text, tests=EVIL, branch=text
    )
    build = a_build("b3", failed=EVIL, why=text, label=text, job=text, artefacts=EVIL)
    item = replace(QUEUE.items[0], subject=text, waiting_for=text, project=text)
    sample.known["19"] = replace(change, builds=(build,))
    sample.made["b3"] = build
    sample.logs["b3"] = LOG
    sample.gate_view = replace(
        GATE, held=text, queues=(replace(QUEUE, items=(item,)),), recent=(change,)
    )


@pytest.mark.parametrize("path", PAGES)
def test_no_tag_and_no_address_comes_of_it(client: TestClient, path: str) -> None:
    html = client.get(path).text

    assert "window.pwned=1" in html, "the attempt did not reach the page"
    assert re.findall(r"<script(?![^>]* src=\"/static/)|<img src=x|<svg|<iframe", html) == []
    assert re.findall(r"""(?:href|src|action)=["']?\s*javascript:""", html, re.IGNORECASE) == []
    assert not any(control in html for control in "\x00\x1b\x07\x9b\x9d")


def test_the_tail_of_a_log_is_inert_as_well(client: TestClient) -> None:
    html = client.get("/builds/b3/tail?offset=0&line=1").text

    assert html.count("<div id=L") == LOG.count(b"\n")
    assert "<script" not in html
    assert "<img" not in html


def test_a_refused_name_is_inert_on_the_page_that_refuses_it(client: TestClient) -> None:
    answer = client.get("/changes/%3Cscript%3Ewindow.pwned=1%3C%2fscript%3E")

    assert answer.status_code == 404
    assert "window.pwned=1" in client.get("/changes/%3Cscript%3Ewindow.pwned=1").text
    assert "<script>window" not in answer.text


@pytest.fixture(name="window", scope="module")
def window_fixture() -> Iterator[Page]:
    with browser.opened() as page:
        page.size(1280, 900)
        yield page


@pytest.fixture(name="page")
def page_fixture(window: Page, port: int) -> Iterator[Page]:
    """Give a page that has left before the server does: what breaks then is not its fault."""
    assert port
    yield window
    window.goto("about:blank")


@pytest.mark.browser
@browser.NEEDED
@pytest.mark.parametrize("path", PAGES)
def test_nothing_of_it_runs_in_a_browser(page: Page, port: int, path: str) -> None:
    page.goto(f"http://127.0.0.1:{port}{path}")

    assert "window.pwned=1" in page.ask("document.body.textContent")
    assert page.ask("window.pwned === undefined")
    assert page.ask("document.querySelectorAll('iframe, svg, main img, [onerror]').length") == 0
    assert page.complaints() == []


@pytest.mark.browser
@browser.NEEDED
def test_the_policy_would_stop_what_escaping_missed(page: Page, port: int) -> None:
    page.goto(f"http://127.0.0.1:{port}/builds/b3")
    page.ask(
        "(() => { const box = document.createElement('div');"
        ' box.innerHTML = \'<img src=/static/none onerror="window.pwned=1">'
        '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>\'; document.body.append(box);'
        " const s = document.createElement('script'); s.textContent = 'window.pwned=1';"
        " document.body.append(s); })()"
    )
    page.await_truth("document.querySelector('img[onerror]').complete")

    assert page.ask("window.pwned === undefined")
    assert any("Content Security Policy" in text for text in page.complaints())
