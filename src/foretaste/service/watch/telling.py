"""Telling: what a check found, as far as a bump and those who look at it need it."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.check import sentences
from foretaste.report.check.summary import as_markdown
from foretaste.report.check.upstream import as_report
from foretaste.service.watch.asking import CheckedBump
from foretaste.taste.dossier import Dossier
from foretaste.taste.finding import Baseline

BETWEEN = "\n---\n\n"


def told(dossier: Dossier) -> CheckedBump:
    """Return what came of a check; of a base that fails by itself, nothing is concluded."""
    going = [move for move in dossier.moves if not move.builds and move.fate == "accepted"]
    part = {each.name: each.to for each in dossier.forwarded if each.key == each.name}
    broken = dossier.baseline is Baseline.FAILED
    return CheckedBump(
        verdict="undecided" if broken else dossier.verdict.value,
        accepted={move.name: move.new for move in going if move.new is not None} | part,
        removed=tuple(move.name for move in going if move.new is None),
        held=_held(dossier, part),
        caps=dict(dossier.hold_back),
        noticed=tuple(map(sentences.notice, dossier.notices)),
        why=dossier.reason or ("the tests fail on what is pinned today" if broken else ""),
        report=_report(dossier),
    )


def _held(dossier: Dossier, part: Mapping[str, str]) -> dict[str, str]:
    """Return why each move is held, by name; `part` is how far some go after all."""
    blamed = {
        move.key: sentences.failure_line(sentences.shown(culprit))
        for culprit in dossier.culprits
        for move in culprit.moves
    }
    return {
        move.name: blamed.get(move.key) or move.why or "it was not let go on"
        for move in dossier.moves
        if not move.builds and move.fate == "held" and part.get(move.name) != move.new
    }


def _report(dossier: Dossier) -> str:
    """Return the report as Markdown, with one for those who can mend it where somebody can."""
    report = as_markdown(dossier)
    return report + BETWEEN + as_report(dossier) if dossier.culprits else report
