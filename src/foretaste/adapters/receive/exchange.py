"""The exchange with git in the hook `proc-receive` (githooks, "proc-receive"), from its far end.

Git sends a section with the version and its abilities, one with a command for each ref, and one
with the push options; it gets back a section with the version and, once decided, one line for each
ref. What is written to the third stream reaches the sender of the push as `remote:` lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import IO

from foretaste.adapters.receive.gate import Asked, Command, Decided
from foretaste.adapters.receive.packets import ProtocolError, read_section, section


def exchange(
    git: IO[bytes], to_git: IO[bytes], sender: IO[bytes], decide: Callable[[Asked], Decided]
) -> None:
    """Read what a push asks, decide, and answer.

    Raises:
        ProtocolError: git broke off, or speaks another version; nothing was decided.
        OSError: git is gone; what was decided stands.
    """
    abilities = _greet(git, to_git)
    commands = tuple(_command(packet) for packet in read_section(git))
    options: tuple[str, ...] = ()
    if "push-options" in abilities:
        options = tuple(packet.decode("utf-8", "replace") for packet in read_section(git))
    decided = decide(Asked(commands=commands, options=options, atomic="atomic" in abilities))
    if decided.lines:
        sender.write("".join(f"{line}\n" for line in ("", *decided.lines, "")).encode())
        sender.flush()
    to_git.write(section(*(_answer(ref, refused) for ref, refused in decided.refs)))
    to_git.flush()


def _greet(git: IO[bytes], to_git: IO[bytes]) -> Sequence[str]:
    packets = read_section(git)
    version, _, offered = (packets[0] if packets else b"").partition(b"\0")
    if version != b"version=1":
        raise ProtocolError(f"git speaks {version!r}, not version=1")
    abilities = offered.decode("ascii", "replace").split()
    understood = [ability for ability in abilities if ability in {"push-options", "atomic"}]
    to_git.write(section("version=1" + ("\0" + " ".join(understood) if understood else "")))
    to_git.flush()
    return understood


def _command(packet: bytes) -> Command:
    parts = packet.decode("utf-8", "surrogateescape").split(" ", 2)
    if len(parts) != len(("old", "new", "ref")):
        raise ProtocolError(f"{packet[:100]!r} is no command")
    old, new, ref = parts
    return Command(ref=ref, old=old, new=new)


def _answer(ref: str, refused: str) -> str:
    return f"ng {ref} {refused}" if refused else f"ok {ref}"
