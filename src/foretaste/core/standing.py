"""Standing: how a change stands now, derived from its latest verdict and its place."""

from __future__ import annotations

from foretaste.core.change import Change
from foretaste.core.facts import Facts, Note
from foretaste.core.names import ChangeId
from foretaste.core.reasons import Reason, Standing
from foretaste.core.verdict import Outcome, Verdict


def standing(facts: Facts, change: ChangeId) -> Standing:
    """Return how a known change stands."""
    note, known = facts.note(change), facts.changes[change]
    if note.landed is not None:
        return Standing.MERGED
    if note.enqueued:
        return Standing.QUEUED
    verdict = standing_verdict(known, note)
    if verdict is not None:
        return Standing.FAILED if verdict.outcome is Outcome.FAILED else Standing.LEFT
    if not known.open:
        return Standing.LEFT
    return Standing.WAITING if known.approved_by else Standing.OPEN


def standing_verdict(change: Change, note: Note) -> Verdict | None:
    """Return the last verdict while it still says how the change stands, else None.

    It does not where there is a newer revision, where the change was closed or opened since, and
    where somebody approved it anew and it waits for something.
    """
    verdict = note.verdict
    if verdict is None or note.revision != change.revision:
        return None
    if (verdict.reason is Reason.ABANDONED) is change.open:
        return None
    tried_again = change.approval > note.approval and note.waits is not None
    return None if tried_again else verdict
