"""The client finds its gate, guards its token, and turns every answer into an exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from foretaste.cli.client import GateClient, located, refusal
from foretaste.cli.failure import Exit, Failure
from foretaste.cli.options import Where
from foretaste.service.intents import Answer
from tests.face.cli.conftest import Terminal
from tests.fakes.sample_gate import SampleGate
from tests.fakes.serving import served


def folder(path: Path, text: str, token: str = "") -> Where:
    (path / "gate.json").write_text(text, encoding="utf-8")
    if token:
        (path / "admin.token").write_text(f"{token}\n", encoding="utf-8")
    return Where(directory=path)


def test_a_gate_on_this_machine_is_found_with_its_owners_token(tmp_path: Path) -> None:
    where = folder(tmp_path, json.dumps({"url": "http://127.0.0.1:8414/", "pid": 1}), "secret")

    assert located(where) == ("http://127.0.0.1:8414", "secret")
    own = Where(directory=tmp_path, token="mine")
    assert located(own) == ("http://127.0.0.1:8414", "mine")


def test_the_owners_token_is_never_sent_to_an_address_that_was_given(tmp_path: Path) -> None:
    folder(tmp_path, json.dumps({"url": "http://127.0.0.1:8414"}), "secret")

    assert located(Where(url="https://evil.example", directory=tmp_path)) == (
        "https://evil.example",
        "",
    )


def test_a_user_who_may_not_read_the_token_asks_without_one(tmp_path: Path) -> None:
    where = folder(tmp_path, json.dumps({"url": "http://127.0.0.1:8414"}))

    assert located(where) == ("http://127.0.0.1:8414", "")


@pytest.mark.parametrize("text", ["not json", "[]", '{"pid": 1}', '{"url": "ftp://x"}'])
def test_a_folder_whose_address_cannot_be_used_says_where(tmp_path: Path, text: str) -> None:
    with pytest.raises(Failure) as caught:
        located(folder(tmp_path, text))

    assert (caught.value.code, caught.value.status) == ("FT004", Exit.USAGE)


def test_no_gate_at_all_is_a_matter_of_usage(terminal: Terminal, tmp_path: Path) -> None:
    ran = terminal("queue", "--dir", str(tmp_path))

    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith("error[FT004]: no gate is known here\n")


def test_a_gate_out_of_reach_is_no_decision(terminal: Terminal) -> None:
    ran = terminal("queue", "--url", "http://127.0.0.1:9")

    assert ran.status == 3
    assert ran.err.startswith("error[FT003]: the gate at http://127.0.0.1:9 cannot be reached")


@pytest.mark.parametrize(
    ("token", "code"), [("", "FT705"), ("wrong", "FT705"), ("grace-token", "FT706")]
)
def test_who_may_not_is_told_so(asking: Terminal, token: str, code: str) -> None:
    asking.env["FORETASTE_TOKEN"] = token

    ran = asking("approve", "23")

    assert ran.status == 4
    assert ran.err.startswith(f"error[{code}]")


def test_what_the_gate_refuses_is_rejected(asking: Terminal, sample: SampleGate) -> None:
    sample.answer = Answer(code="FT414", what="change 23 is at revision 2", hint="look at it")

    ran = asking("approve", "23", "--revision", "1")

    assert ran.status == 1
    assert ran.err == "error[FT414]: change 23 is at revision 2\nhint: look at it\n"
    assert not sample.submitted or sample.submitted[-1].revision == 1  # type: ignore[union-attr]


def test_what_the_gate_cannot_store_is_no_decision(asking: Terminal, sample: SampleGate) -> None:
    sample.answer = Answer(code="FT510", what="the disk is full", hint="try again later")

    assert asking("hold", "--why", "x").status == 3


def test_intents_carry_what_was_asked_for(asking: Terminal, sample: SampleGate) -> None:
    asking("promote", "23", "19")
    asking("hold", "--why", "maintenance")

    promoted, held = sample.submitted
    assert promoted.changes == ("23", "19")  # type: ignore[union-attr]
    assert held.why == "maintenance"  # type: ignore[union-attr]
    assert {intent.by for intent in sample.submitted} == {"root"}


async def nonsense(_: Request) -> Response:
    return PlainTextResponse("<html>hello</html>")


async def teapot(_: Request) -> Response:
    return PlainTextResponse("I am a teapot", status_code=418)


async def bare_log(_: Request) -> Response:
    return PlainTextResponse("abc")


OTHER = Starlette(
    routes=[
        Route("/api/v1/gate", nonsense),
        Route("/api/v1/changes/{n}", teapot),
        Route("/api/v1/builds/{n}/log", bare_log),
    ]
)


def test_something_else_at_the_address_is_no_gate(terminal: Terminal) -> None:
    with served(OTHER) as port:
        url = f"http://127.0.0.1:{port}"
        page = terminal("queue", "--url", url)
        status = terminal("show", "1", "--url", url)
        with GateClient(Where(url=url)) as client:
            part = client.log("b1", 0)

    assert (page.status, status.status) == (3, 3)
    assert "what answers there is no gate of this kind: <html>hello</html>" in page.err
    assert "status 418: I am a teapot" in status.err
    assert part == (b"abc", 3, True)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, Exit.USAGE),
        (401, Exit.NOT_ALLOWED),
        (403, Exit.NOT_ALLOWED),
        (404, Exit.USAGE),
        (409, Exit.REJECTED),
        (422, Exit.USAGE),
        (500, Exit.UNDECIDED),
        (503, Exit.UNDECIDED),
    ],
)
def test_a_refusal_means_the_same_to_every_script(status: int, meaning: Exit) -> None:
    body = json.dumps(
        {"error": {"code": "FT703", "message": "no\x1b[2J", "hint": "", "where": "x"}}
    )

    failure = refusal("http://gate", status, body)

    assert failure.status is meaning
    assert failure.text == "error[FT703]: no\\x1b[2J\n  at x\n"


@pytest.mark.parametrize(("code", "way"), [("FT704", "`foretaste changes`"), ("FT705", "--token")])
def test_a_hint_is_for_who_types_commands(code: str, way: str) -> None:
    body = json.dumps({"error": {"code": code, "message": "no", "hint": "send a header"}})

    failure = refusal("http://gate", 401, body)

    assert way in failure.text
    assert "header" not in failure.text
