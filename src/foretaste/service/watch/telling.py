"""Telling: what a check found, as far as a bump and those who look at it need it."""

from __future__ import annotations

from foretaste.report.check import sentences
from foretaste.report.check.summary import as_markdown
from foretaste.report.check.upstream import as_report
from foretaste.service.watch.asking import CheckedBump
from foretaste.taste.dossier import Dossier
from foretaste.taste.finding import Baseline

BETWEEN = "\n---\n\n"


def told(dossier: Dossier) -> CheckedBump:
    """Return what came of a check; of a base that fails by itself, nothing is concluded."""
    installed = [move for move in dossier.moves if not move.builds]
    going = [move for move in installed if move.fate == "accepted"]
    part = {each.name: each.to for each in dossier.forwarded if each.key == each.name}
    broken = dossier.baseline is Baseline.FAILED
    blamed = {
        move.key: sentences.failure_line(sentences.shown(culprit))
        for culprit in dossier.culprits
        for move in culprit.moves
    }
    report = as_markdown(dossier)
    if dossier.culprits:
        report += BETWEEN + as_report(dossier)
    return CheckedBump(
        verdict="undecided" if broken else dossier.verdict.value,
        accepted={move.name: move.new for move in going if move.new is not None} | part,
        removed=tuple(move.name for move in going if move.new is None),
        held={
            move.name: blamed.get(move.key) or move.why or "it was not let go on"
            for move in installed
            if move.fate == "held" and part.get(move.name) != move.new
        },
        caps=dict(dossier.hold_back),
        noticed=tuple(map(sentences.notice, dossier.notices)),
        why=dossier.reason or ("the tests fail on what is pinned today" if broken else ""),
        report=report,
    )
