"""Refs: read, and moved by compare-and-swap, all of a list or none.

A branch is read from its file where it has one of its own, which costs no process; git is asked
where it is packed away. Writing goes through `git update-ref` alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foretaste.adapters.git.command import failure
from foretaste.adapters.git.conversation import Answers, ConversationEndedError
from foretaste.adapters.git.locks import named_in, remove_stale
from foretaste.adapters.git.shelf import UPDATE, Shelf
from foretaste.core.names import Oid
from foretaste.core.naming import branch_fault
from foretaste.ports.errors import PermanentError, UserError

NOTHING: Final = Oid("0" * 40)
"""Stands for a ref that is not there, as `old`, or is to be no more, as `new`."""

# A killed git can leave a lock on each ref, on HEAD and on the packed refs; and be killed itself.
SPARE_TRIES: Final = 3
KILLED: Final = "git update-ref ended without a word"

OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Move one ref, by its full name, from `old` to `new`."""

    ref: str
    old: Oid
    new: Oid


def branch_ref(branch: str) -> str:
    """Return the full name of the branch's ref.

    Raises:
        UserError: the branch's name is not well formed.
    """
    fault = branch_fault(branch)
    if fault:
        raise UserError("FT305", f"{branch!r} cannot be a branch", hint=fault)
    return f"refs/heads/{branch}"


def checked(oid: str) -> Oid:
    """Return the object id if it is a full one.

    Raises:
        PermanentError: it is not; it could mean anything to git.
    """
    if not OID.fullmatch(oid):
        raise PermanentError("FT303", f"{oid!r} is not a full object id")
    return Oid(oid)


class Refs:
    """The refs of all repositories on the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def read(self, project: str, ref: str) -> Oid | None:
        """Return what the ref, a full and well-formed name, points at; None where it is not."""
        repository = self._shelf.path(project)
        held = _own_file(repository / ref)
        if held is not None:
            return held
        return self.listed(project, ref).get(ref)

    def listed(self, project: str, *under: str) -> dict[str, Oid]:
        """Return the refs of these full names, or under these folders of refs, with their ids."""
        listed = self._shelf.git.run(
            self._shelf.path(project), "for-each-ref", "--format=%(objectname) %(refname)", *under
        )
        pairs = (line.split(" ", 1) for line in listed.splitlines())
        return {ref: Oid(oid) for oid, ref in pairs}

    def move(self, project: str, moves: Sequence[Move]) -> bool:
        """Move the refs, all or none; False where one was not at its `old`.

        Where git was killed, or locks stand that a killed git left, it is tried again.

        Raises:
            TransientError: someone else is writing, the disk is full.
            PermanentError: git refuses: an object is not there, a name cannot be beside another.
        """
        if not moves:
            return True
        repository = self._shelf.path(project)
        said = ""
        for _ in range(len(moves) + SPARE_TRIES):
            said = self._try(project, moves)
            # Where a branch is not at its old place any more, it was moved, whatever git says.
            if not said or not self._all_at_old(project, moves):
                return not said
            lock = named_in(said, repository)
            if said != KILLED and (lock is None or not remove_stale(lock, repository)):
                break
        raise failure(said, repository)

    def _try(self, project: str, moves: Sequence[Move]) -> str:
        """Try it once; return "" or what git said against it."""
        lines = [f"update {move.ref} {checked(move.new)} {checked(move.old)}\n" for move in moves]
        # One transaction: `prepare` locks every ref and compares, so nothing moves unless all may.
        question = "".join(["start\n", *lines, "prepare\n", "commit\n"])
        conversation = self._shelf.conversation(project, UPDATE)
        try:
            return conversation.ask(question.encode(), _done)
        except ConversationEndedError as ended:
            return ended.said or KILLED

    def _all_at_old(self, project: str, moves: Sequence[Move]) -> bool:
        now = self.listed(project, *(move.ref for move in moves))
        return all(now.get(move.ref, NOTHING) == move.old for move in moves)


def _done(answers: Answers) -> str:
    # Only these words mean that it was moved; whatever else is said is against it.
    for wanted in (b"start: ok", b"prepare: ok", b"commit: ok"):
        line = answers.line()
        if line != wanted:
            return line.decode("utf-8", "replace")
    return ""


def _own_file(path: Path) -> Oid | None:
    try:
        held = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return Oid(held) if OID.fullmatch(held) else None
