"""The backend's streams end whoever goes away first, and nothing of it is left behind.

A shell stands in for `git http-backend`: what it reads, says and leaves undone is a script's choice.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from foretaste.adapters.receive import backend
from foretaste.adapters.receive.backend import GoneError, Limits, Request, TooLargeError, serve

Message = MutableMapping[str, Any]
WHOLE: Message = {"type": "http.request", "body": b"pack", "more_body": False}
PART: Message = {"type": "http.request", "body": b"pa", "more_body": True}
LEAVES: Message = {"type": "http.disconnect"}
HEAD = "printf 'Content-Type: text/x\\r\\n\\r\\n'"
FOREVER = "exec sleep 600"
DEADLINE = 20.0


@dataclass(slots=True)
class Client:
    """The other side of one request: sends its messages, then stays silent; keeps what it gets."""

    messages: list[Message]
    got: list[Message] = field(default_factory=list)

    async def receive(self) -> Message:
        """Return the next message; wait for ever where there is none."""
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)

    async def send(self, message: Message) -> None:
        """Keep what is sent."""
        self.got.append(message)

    @property
    def body(self) -> bytes:
        """What was answered."""
        return b"".join(message.get("body", b"") for message in self.got)


Ask = Callable[..., Client]


@pytest.fixture(name="ask")
def ask_fixture(tmp_path: Path) -> Ask:
    def ask(script: str, *messages: Message, carry: bool = False, **limits: float) -> Client:
        """Let the script serve one request, and return who asked."""
        client = Client(list(messages))
        request = Request(
            command=["/bin/sh", "-c", script],
            folder=str(tmp_path),
            env={"PATH": os.environ["PATH"]},
            limits=Limits(body=int(limits.pop("body", 100)), **limits),
            carry_through=carry,
        )

        async def served() -> None:
            async with asyncio.timeout(DEADLINE):
                await serve(request, client.receive, client.send)

        asyncio.run(served())
        return client

    return ask


def is_left(folder: Path) -> bool:
    """Whether anything of the backend still runs: only it has its folder for its own."""
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and (process / "cwd").readlink() == folder:
                return True
    return False


def test_an_answer_is_sent_head_first_and_ended(ask: Ask) -> None:
    client = ask(f"{HEAD}; cat", WHOLE)

    start, *rest = client.got
    assert start["status"] == 200
    assert start["headers"] == [(b"content-type", b"text/x")]
    assert client.body == b"pack"
    assert [message["more_body"] for message in rest][-1] is False


def test_a_status_is_the_backends(ask: Ask) -> None:
    client = ask("printf 'Status: 404 Not Found\\r\\nA: b\\r\\n\\r\\n'", WHOLE)

    assert (client.got[0]["status"], client.got[0]["headers"]) == (404, [(b"a", b"b")])


@pytest.mark.parametrize("script", ["exit 3", "echo no head", "yes | head -c 200000; exit 0"])
def test_a_backend_that_says_no_head_is_gone(ask: Ask, tmp_path: Path, script: str) -> None:
    with pytest.raises(GoneError):
        ask(script, WHOLE)

    assert not is_left(tmp_path)


def test_a_backend_that_reads_nothing_answers_all_the_same(ask: Ask) -> None:
    large: Message = {"type": "http.request", "body": b"x" * 300_000, "more_body": True}

    client = ask(f"exec <&-; {HEAD}; echo refused", large, WHOLE, body=10**6)

    assert client.body == b"refused\n"


def test_a_body_that_is_too_large_is_cut_off(ask: Ask, tmp_path: Path) -> None:
    with pytest.raises(TooLargeError):
        ask("cat > /dev/null", PART, PART, WHOLE, body=5)

    assert not is_left(tmp_path)


def test_a_sender_who_leaves_half_way_leaves_git_an_early_end(ask: Ask, tmp_path: Path) -> None:
    with pytest.raises(GoneError):
        ask("cat > seen; echo over >> seen", PART, LEAVES)

    assert (tmp_path / "seen").read_text(encoding="ascii") == "paover\n"
    assert not is_left(tmp_path)


def test_a_sender_who_says_nothing_is_not_waited_for(ask: Ask, tmp_path: Path) -> None:
    with pytest.raises(GoneError):
        ask("cat > /dev/null", PART, silence=0.05)

    assert not is_left(tmp_path)


def test_a_reader_who_leaves_needs_no_answer(ask: Ask, tmp_path: Path) -> None:
    with pytest.raises(GoneError):
        ask(FOREVER, WHOLE, LEAVES)

    assert not is_left(tmp_path)


def test_what_came_whole_is_carried_through_whoever_leaves(ask: Ask, tmp_path: Path) -> None:
    client = ask(f"cat > seen; {HEAD}; echo taken", WHOLE, LEAVES, carry=True)

    assert client.body == b"taken\n"
    assert (tmp_path / "seen").read_text(encoding="ascii") == "pack"


def test_a_backend_that_does_not_end_is_ended(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "ENDING_SECONDS", 0.05)

    with pytest.raises(GoneError):
        ask(FOREVER, WHOLE, whole=0.1, carry=True)

    assert not is_left(tmp_path)
