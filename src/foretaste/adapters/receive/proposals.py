"""Proposals: from the commits of a push to what the service is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from foretaste.adapters.git.message import decoded, mentions, subject, trailers
from foretaste.adapters.git.objects import Commit
from foretaste.adapters.receive.gate import Push
from foretaste.adapters.receive.targets import Review
from foretaste.core.change import Unreleased
from foretaste.core.names import ProjectName
from foretaste.ports.errors import UserError
from foretaste.report.plain import plain
from foretaste.service.intents import Proposal, Propose

DEPENDS_LIMIT: Final = 20  # of a commit; a change that needs more is not understood by anyone
DEPENDS_LENGTH: Final = 300
CHANGE_ID: Final = "Change-Id"
DEPENDS_ON: Final = "Depends-On"

UNRELEASED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*@")
"""Begins what names a dependency's state; no project, number or address does so."""

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How messages are read: what the gate makes of the unreleased states that they name."""

    unreleased: Callable[[str], Unreleased]
    lands_unreleased: Callable[[], bool]


def proposed(push: Push, review: Review, stack: tuple[Commit, ...], reading: Reading) -> Propose:
    """Return what the push asks of the service.

    Raises:
        UserError: a commit has neither Change-Id nor topic, a trailer is not well formed, or what
            is not released cannot be had.
        TransientError: it cannot be had now.
    """
    proposals = tuple(_proposal(commit, review, push, reading) for commit in stack)
    counted = Counter(proposal.change_key for proposal in proposals if proposal.change_key)
    twice = [key for key, count in counted.items() if count > 1]
    if twice:
        raise UserError(
            "FT317",
            f"two commits of this push have the Change-Id {twice[0]}",
            hint="squash them, or give one of them another Change-Id",
        )
    return Propose(
        project=ProjectName(push.project),
        branch=review.branch,
        topic=review.topic,
        proposals=proposals,
        approve=review.approve,
        by=push.by.name,
    )


def _proposal(commit: Commit, review: Review, push: Push, reading: Reading) -> Proposal:
    message = decoded(commit.message)
    key = _key(commit, message)
    if not key and not review.topic:
        way = f"git push -o topic=NAME {push.address} HEAD:refs/for/{review.branch}"
        raise _neither(commit, message, way)
    needs = _depends_on(commit, message)
    named = [need for need in needs if UNRELEASED.match(need)]
    unreleased = tuple(reading.unreleased(need) for need in named)
    return Proposal(
        commit=commit.oid,
        parent=commit.parents[0],
        subject=subject(message),
        change_key=key,
        depends_on=tuple(need for need in needs if need not in named),
        unreleased=unreleased,
        lands=not unreleased or reading.lands_unreleased(),
    )


def _key(commit: Commit, message: str) -> str:
    keys = trailers(message, CHANGE_ID)
    if not keys:
        return ""
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise UserError(
            "FT317",
            f"commit {commit.oid[:12]} has no single well-formed Change-Id",
            hint="one line Change-Id: with letters, digits and . _ - , at most 100",
        )
    return keys[0]


def _depends_on(commit: Commit, message: str) -> tuple[str, ...]:
    needs = tuple(dict.fromkeys(trailers(message, DEPENDS_ON)))
    strange = [need for need in needs if not need or not need.isprintable() or " " in need]
    if strange or len(needs) > DEPENDS_LIMIT or any(len(need) > DEPENDS_LENGTH for need in needs):
        raise UserError(
            "FT317",
            f"commit {commit.oid[:12]} has a Depends-On that names no change",
            where=plain(strange[0])[:60] if strange else "",
            hint=f"one change a line, PROJECT/NUMBER or its address, at most {DEPENDS_LIMIT}",
        )
    return needs


def _neither(commit: Commit, message: str, way: str) -> UserError:
    what = f"commit {commit.oid[:12]} has no Change-Id, and the push has no topic"
    if mentions(message, CHANGE_ID):
        what += " (a Change-Id counts in the last paragraph only, with nothing but trailers in it)"
    return UserError(
        "FT312",
        what,
        hint=(
            "do one of these, so that a later push is known as the same change\n"
            f"  {way}\n"
            f'  git commit --amend --trailer "Change-Id: I{commit.oid}"   (then push as before)'
        ),
    )
