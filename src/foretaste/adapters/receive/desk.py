"""The desk: decides on every ref of a push, and does what is to be done.

All refs are judged first, against the state before the push; only then is anything done. In an
atomic push one refusal refuses all. Nothing here lets git move a ref: branches and tags that may
be made are made by the gate, by compare-and-swap.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from foretaste.adapters.git.objects import Objects
from foretaste.adapters.git.refs import NOTHING, Move, Refs, branch_ref, checked
from foretaste.adapters.git.shelf import Shelf
from foretaste.adapters.git.stack import Stacks
from foretaste.adapters.receive import words
from foretaste.adapters.receive.gate import Asked, Command, Decided, Gate, Push, Refusal
from foretaste.adapters.receive.proposals import Reading, proposed
from foretaste.adapters.receive.targets import Branch, Review, Tag, target
from foretaste.core.names import ChangeId, Oid
from foretaste.ports.errors import PortError, UserError
from foretaste.service.access import Role
from foretaste.service.intents import Answer, Propose

LOG = logging.getLogger(__name__)

ALL_OR_NONE: Final = Refusal(
    code="FT321",
    what="not done, since another part of this atomic push was refused",
    hint="mend what was refused, or push without --atomic",
)
NO_DELETING: Final = Refusal(
    code="FT311",
    what="nothing is deleted by pushing",
    hint="a change is closed with: foretaste abandon NUMBER",
)
BROKEN: Final = Refusal(
    code="FT323",
    what="the gate could not do this; an error of its own is in its log",
    hint="push again later: what was taken already is not taken twice",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A command with what is to be done about it: one of the three is there."""

    command: Command
    refusal: Refusal | None = None
    move: Move | None = None
    propose: Propose | None = None
    lines: tuple[str, ...] = ()


class Desk:
    """Decides on pushes to the repositories on the shelf; safe from any thread."""

    def __init__(self, shelf: Shelf, gate: Gate) -> None:
        self._gate = gate
        self._refs = Refs(shelf)
        self._objects = Objects(shelf)
        self._stacks = Stacks(shelf)

    def decide(self, push: Push, asked: Asked) -> Decided:
        """Return what became of the push; what it says was done is stored."""
        judged = [self._judge(push, asked, command) for command in asked.commands]
        if asked.atomic:
            judged = self._all_or_none(push, judged)
        else:
            judged = [done for one in judged for done in self._do(push, [one])]
        return _told(judged)

    def _judge(self, push: Push, asked: Asked, command: Command) -> _Judged:
        judged = _Judged(command=command)
        try:
            wanted = target(command.ref, asked.options, self._gate.guarded(push.project))
            match wanted:
                case _ if command.new == NOTHING:
                    return replace(judged, refusal=NO_DELETING)
                case Review():
                    return replace(judged, propose=self._proposed(push, wanted, command))
                case Branch():
                    return replace(judged, move=self._imported(push, wanted, command))
                case Tag():
                    return replace(judged, move=self._tagged(push, command))
        except PortError as error:
            return replace(judged, refusal=_refusal(error))
        except Exception:
            LOG.exception("a push to %s could not be judged", push.project)
            return replace(judged, refusal=BROKEN)

    def _proposed(self, push: Push, review: Review, command: Command) -> Propose:
        if review.approve and not push.by.may(Role.APPROVE):
            raise UserError(
                "FT320", f"{push.by.name} may not approve", hint="push without -o approve"
            )
        tip = self._refs.read(push.project, branch_ref(review.branch))
        if tip is None:
            raise UserError(
                "FT319",
                f"{review.branch} has no commit yet",
                hint=f"its first one is pushed by an owner: git push {push.address} "
                f"HEAD:{branch_ref(review.branch)}",
            )
        stack = self._stacks.stack(push.project, tip, checked(command.new))
        reading = Reading(
            unreleased=self._gate.unreleased, lands_unreleased=self._gate.lands_unreleased
        )
        return proposed(push, review, stack, reading)

    def _imported(self, push: Push, wanted: Branch, command: Command) -> Move:
        """Let an owner make the first guarded branches of a project that has none."""
        guarded = self._gate.guarded(push.project)
        way = f"git push -o topic=NAME {push.address} HEAD:refs/for/"
        if wanted.branch not in guarded:
            raise UserError(
                "FT311",
                f"{wanted.branch} is not guarded, and the gate keeps guarded branches only",
                hint=f"propose to one of them ({', '.join(sorted(guarded))}): {way}BRANCH",
            )
        there = self._refs.listed(push.project, *(branch_ref(branch) for branch in guarded))
        if there:
            raise UserError(
                "FT310",
                f"{wanted.branch} is guarded: only what the gate has tested lands on it",
                hint=f"propose your commits: {way}{wanted.branch}",
            )
        _owner_only(push, f"make the first commit of {wanted.branch}")
        self._objects.commit(push.project, command.new)
        return Move(ref=command.ref, old=NOTHING, new=Oid(command.new))

    def _tagged(self, push: Push, command: Command) -> Move:
        if self._refs.read(push.project, command.ref) is not None:
            raise UserError("FT322", "the tag is there, and a tag never moves")
        _owner_only(push, "make tags")
        return Move(ref=command.ref, old=NOTHING, new=checked(command.new))

    def _all_or_none(self, push: Push, judged: Sequence[_Judged]) -> list[_Judged]:
        refusal = self._not_at_once(judged)
        if refusal is None:
            return self._do(push, judged)
        return [one if one.refusal else replace(one, refusal=refusal) for one in judged]

    def _not_at_once(self, judged: Sequence[_Judged]) -> Refusal | None:
        """Say why these cannot be done all or none.

        Proposals are events in the store and moves are refs in git: nothing spans the two, so a
        push that asks for both is refused rather than done by halves.
        """
        if any(one.refusal for one in judged):
            return ALL_OR_NONE
        proposals = sum(one.propose is not None for one in judged)
        if 0 < proposals < len(judged):
            return replace(ALL_OR_NONE, what="proposals and refs cannot be made all or none")
        if proposals > 1 and self._gate.propose_together is None:
            return replace(ALL_OR_NONE, what="several branches cannot be proposed to at once")
        return None

    def _do(self, push: Push, judged: Sequence[_Judged]) -> list[_Judged]:
        """Do all of these or none: moves only, or proposals only."""
        try:
            if any(one.refusal for one in judged):
                return list(judged)
            if any(one.move for one in judged):
                return self._move(push, judged)
            return self._propose(judged)
        except PortError as error:
            return [replace(one, refusal=_refusal(error)) for one in judged]
        except Exception:
            LOG.exception("a push to %s could not be performed", push.project)
            return [replace(one, refusal=BROKEN) for one in judged]

    def _move(self, push: Push, judged: Sequence[_Judged]) -> list[_Judged]:
        moves = [one.move for one in judged if one.move]
        if not self._refs.move(push.project, moves):
            late = Refusal(
                code="FT322", what="someone else was there first", hint="fetch, and look"
            )
            return [replace(one, refusal=late) for one in judged]
        self._gate.moved(push.project)
        return [replace(one, lines=(f"Foretaste: made {one.command.ref}",)) for one in judged]

    def _propose(self, judged: Sequence[_Judged]) -> list[_Judged]:
        proposes = tuple(one.propose for one in judged if one.propose)
        together = self._gate.propose_together
        if together is not None and len(proposes) > 1:
            answers = together(proposes)
        else:
            answers = tuple(self._gate.propose(propose) for propose in proposes)
        return [
            self._answered(one, propose, answer)
            for one, propose, answer in zip(judged, proposes, answers, strict=True)
        ]

    def _answered(self, judged: _Judged, propose: Propose, answer: Answer) -> _Judged:
        if not answer.taken:
            refusal = Refusal(code=answer.code, what=answer.what, hint=answer.hint)
            return replace(judged, refusal=refusal)
        return replace(judged, lines=tuple(words.taken(propose, answer, self._describe)))

    def _describe(self, change: ChangeId) -> tuple[str, str]:
        """Describe a change that was taken; where that fails, it is taken nevertheless."""
        try:
            return self._gate.describe(change)
        except Exception:
            LOG.exception("change %s could not be described", change)
            return "", ""


def _owner_only(push: Push, deed: str) -> None:
    if Role.OWN not in push.by.roles:
        raise UserError("FT320", f"{push.by.name} may not {deed}", hint="only an owner may")


def _refusal(error: PortError) -> Refusal:
    what = f"{error.what} ({error.where})" if error.where and error.code == "FT317" else error.what
    return Refusal(code=error.code, what=what, hint=error.hint)


def _told(judged: Sequence[_Judged]) -> Decided:
    """Word it, each refusal once however many refs it stands for."""
    done = [line for one in judged for line in one.lines]
    refusals = dict.fromkeys(one.refusal for one in judged if one.refusal)
    return Decided(
        lines=(*done, *(line for refusal in refusals for line in words.refused(refusal))),
        refs=tuple(
            (one.command.ref, words.reason(one.refusal) if one.refusal else "") for one in judged
        ),
    )
