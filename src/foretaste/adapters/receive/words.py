"""Words: what the sender of a push reads on the `remote:` lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from foretaste.adapters.receive.gate import Refusal
from foretaste.core.names import ChangeId
from foretaste.report.plain import plain
from foretaste.service.intents import Answer, Propose

REASON_LENGTH = 160  # git shows it on one line behind the ref


def refused(refusal: Refusal) -> list[str]:
    """Return the lines that tell of a refusal."""
    hints = [plain(line) for line in refusal.hint.split("\n") if line]
    first = [f"hint: {hint}" for hint in hints[:1]]
    return [f"error[{refusal.code}]: {plain(refusal.what)}", *first, *hints[1:]]


def reason(refusal: Refusal) -> str:
    """Return the refusal as git shows it behind the ref, one line."""
    return plain(f"{refusal.code} {refusal.what}")[:REASON_LENGTH]


def taken(
    propose: Propose, answer: Answer, describe: Callable[[ChangeId], tuple[str, str]]
) -> list[str]:
    """Return the lines that tell of each change its number, state and address."""
    count = len(answer.changes)
    changes = "1 change" if count == 1 else f"{count} changes"
    title = plain(answer.what) or f"{changes} proposed to {propose.branch} of {propose.project}"
    return [
        f"Foretaste: {title}",
        *_each(answer.changes, [proposal.subject for proposal in propose.proposals], describe),
    ]


def _each(
    changes: Sequence[ChangeId],
    subjects: Sequence[str],
    describe: Callable[[ChangeId], tuple[str, str]],
) -> list[str]:
    shown = subjects if len(subjects) == len(changes) else [""] * len(changes)
    lines: list[str] = []
    for change, subject in zip(changes, shown, strict=True):
        state, address = describe(change)
        lines += [f"  change {plain(change)}  {plain(subject)}".rstrip()]
        lines += [f"    {plain(line)}" for line in (state, address) if line]
    return lines
