"""Data: the answer of a check as JSON, to the letter of its contract (design, section 7).

What stands in the contract comes first; the rest is more of the same dossier. Times are given in
ISO 8601, UTC, as `--as-of` takes them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from foretaste.report import bisected
from foretaste.report.check.sentences import failing_tests, headline, shown
from foretaste.taste.dossier import Blamed, Dossier, MoveFacts, Subject, TrialFacts
from foretaste.taste.outcome import Failure
from foretaste.taste.releases import ReleaseFacts

Data = dict[str, Any]


def as_json(dossier: Dossier, report: str = "", reproduce: str = "") -> Data:
    """Return the answer as plain values; `report` and `reproduce` are where those were written."""
    return {
        "verdict": dossier.verdict.value,
        "baseline": dossier.baseline.value,
        "culprits": [_culprit(culprit) for culprit in dossier.culprits],
        "hold_back": dict(dossier.hold_back),
        "accepted": dict(dossier.accepted),
        "flaky": [{"test": flake.test, "rate": flake.rate} for flake in dossier.flaky],
        "trials": dossier.count,
        "seconds": _seconds(dossier),
        "report": report,
        "reproduce": reproduce,
        "summary": headline(dossier),
        "reason": dossier.reason,
        **_subject(dossier.subject),
        **_states(dossier),
        **_noticed(dossier),
        "upstream": None if dossier.upstream is None else bisected.as_data(dossier.upstream),
        "base_failures": [_failure(failure) for failure in dossier.broken],
        "runs": [_run(trial) for trial in dossier.trials],
    }


def _failure(failure: Failure) -> Data:
    return {
        "test": failure.test,
        "type": failure.signature.type,
        "message": failure.message or failure.signature.message,
        "trace": failure.trace,
        "hung": failure.hung,
    }


def _culprit(culprit: Blamed) -> Data:
    failure = shown(culprit)
    return {
        "set": _moves(culprit.moves),
        "confidence": culprit.confidence,
        "failure": {
            "type": failure.signature.type,
            "message": failure.message or failure.signature.message,
            "tests": list(failing_tests(culprit)),
            "trace": failure.trace,
            "hung": failure.hung,
        },
        "needed": _moves(culprit.needed),
        "cap": list(culprit.caps),
        "exclusion": list(culprit.exclusions),
        "confirmed": {"alone": culprit.alone, "without": culprit.without},
        "caught_after": culprit.caught_after,
        "passes_with": _environment(culprit.passes),
        "fails_with": _environment(culprit.fails),
    }


def _moves(moves: Iterable[MoveFacts]) -> list[Data]:
    return [_move(move) for move in moves]


def _move(move: MoveFacts) -> Data:
    """Return a move; where it builds the project and is not installed beside it, it says so."""
    data: Data = {"name": move.name, "from": move.old, "to": move.new}
    return data | {"builds": True} if move.builds else data


def _environment(releases: Sequence[ReleaseFacts]) -> list[str]:
    return [each.requirement for each in releases if not each.builds]


def _seconds(dossier: Dossier) -> Data:
    seconds = dossier.seconds
    spans = {
        "resolve": seconds.resolve,
        "install": seconds.install,
        "test": seconds.test,
        "total": seconds.total,
    }
    return {name: round(span, 3) for name, span in spans.items()}


def _subject(subject: Subject) -> Data:
    return {
        "project": subject.project,
        "version": subject.version,
        "python": subject.python,
        "test": subject.test,
        "base_from": subject.base_from,
        "base_as_of": moment(subject.base_as_of),
        "as_of": moment(subject.as_of),
    }


def _states(dossier: Dossier) -> Data:
    """Return what moved and what became of it, and which tests say nothing."""
    return {
        "moves": [
            _move(each) | {"fate": each.fate, "why": each.why, "uploaded": moment(each.uploaded)}
            for each in dossier.moves
        ],
        "removed": list(dossier.removed),
        "moved_forward": [
            {"name": each.name, "from": each.old, "to": each.to, "fails": list(each.fails)}
            for each in dossier.forwarded
        ],
        "already_failing": list(dossier.red),
        "unstable": list(dossier.unstable),
    }


def _noticed(dossier: Dossier) -> Data:
    return {
        "notices": [
            {
                "kind": each.kind.value,
                "name": each.name,
                "version": each.version,
                "said": list(each.said),
            }
            for each in dossier.notices
        ],
        "warnings": list(dossier.warnings),
        "oracles": [
            {"oracle": each.oracle, "of": each.of, "text": each.text} for each in dossier.oracles
        ],
    }


def _run(trial: TrialFacts) -> Data:
    return {
        "number": trial.number,
        "moved": list(trial.moved),
        "part": list(trial.part),
        "outcome": trial.outcome,
        "failed": trial.failed,
        "seconds": round(trial.seconds, 3),
        "why": trial.why,
    }


def moment(at: float) -> str | None:
    """Return a wall time (seconds since 1970) as `2022-02-19T00:00:00Z`; None for none."""
    if not at:
        return None
    return dt.datetime.fromtimestamp(at, tz=dt.UTC).isoformat().replace("+00:00", "Z")
