"""The talk with git's hook, packet by packet, and what is no such talk."""

from __future__ import annotations

import io
import socket
import threading
from pathlib import Path

import pytest

from foretaste.adapters.receive import relay
from foretaste.adapters.receive.exchange import exchange
from foretaste.adapters.receive.gate import Asked, Command, Decided
from foretaste.adapters.receive.packets import SECTION_LIMIT, ProtocolError, read_section, section

GREETING = section("version=1\0push-options atomic object-format=sha1")
OLD, NEW = "0" * 40, "1" * 40


def talk(said: bytes, decided: Decided | None = None) -> tuple[bytes, bytes, list[Asked]]:
    """Return what git and the sender get, and what was asked of the gate."""
    to_git, sender = io.BytesIO(), io.BytesIO()
    asked: list[Asked] = []

    def decide(one: Asked) -> Decided:
        asked.append(one)
        return decided or Decided(lines=(), refs=())

    exchange(io.BytesIO(said), to_git, sender, decide)
    return to_git.getvalue(), sender.getvalue(), asked


def test_a_push_is_asked_and_answered() -> None:
    said = GREETING + section(f"{OLD} {NEW} refs/for/main") + section("topic=a")
    refs = (("refs/for/main", ""), ("refs/heads/main", "FT310 no"))

    git, sender, asked = talk(said, Decided(lines=("Hello",), refs=refs))

    command = Command(ref="refs/for/main", old=OLD, new=NEW)
    assert asked == [Asked(commands=(command,), options=("topic=a",), atomic=True)]
    stream = io.BytesIO(git)
    assert read_section(stream) == [b"version=1\0push-options atomic"]
    assert read_section(stream) == [b"ok refs/for/main", b"ng refs/heads/main FT310 no"]
    assert sender == b"\nHello\n\n"


def test_without_options_none_are_read() -> None:
    _, sender, asked = talk(section("version=1") + section(f"{OLD} {NEW} refs/for/main"))

    assert asked[0].options == ()
    assert not asked[0].atomic
    assert sender == b""


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"00",
        b"0000",
        b"zzzz",
        b"0003",
        b"ffff",
        section("version=2"),
        GREETING,
        GREETING + section("nonsense"),
        GREETING + section(f"{OLD} {NEW} refs/for/main"),
        GREETING + section(*["x"] * (SECTION_LIMIT + 1)),
    ],
)
def test_what_is_no_push_is_never_decided(said: bytes) -> None:
    asked: list[Asked] = []

    def decide(one: Asked) -> Decided:
        asked.append(one)
        return Decided(lines=(), refs=())

    with pytest.raises(ProtocolError):
        exchange(io.BytesIO(said), io.BytesIO(), io.BytesIO(), decide)

    assert not asked


@pytest.mark.parametrize(("answer", "status"), [(b"+", 0), (b"", 1)])
def test_the_hook_ends_as_the_gate_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes, status: int
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORETASTE_PUSH", "an id")
    monkeypatch.setattr("sys.argv", ["relay", str(tmp_path), "s"])
    got: list[tuple[bytes, int]] = []

    def gate() -> None:
        connection, _ = listening.accept()
        with connection:
            said, streams, _, _ = socket.recv_fds(connection, 100, 3)
            got.append((said, len(streams)))
            connection.sendall(answer)
            for stream in streams:
                socket.close(stream)

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind("s")
        listening.listen()
        thread = threading.Thread(target=gate)
        thread.start()
        ended = relay.main()
        thread.join()

    assert ended == status
    assert got == [(b"an id", 3)]


def test_the_hook_without_a_gate_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["relay", str(tmp_path), "s"])

    assert relay.main() == 1
    assert "FT323" in capfd.readouterr().err
