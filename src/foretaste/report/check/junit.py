"""JUnit: the answer as a report of tests, for those who show only such: a case for each move.

A move that goes on passes, a culprit fails, what is held back with it or was not decided is
skipped. An answer that was not reached is an error of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from foretaste.report.check import sentences as say
from foretaste.report.plain import plain
from foretaste.taste.dossier import Blamed, Dossier, MoveFacts
from foretaste.taste.finding import Verdict
from foretaste.taste.signatures import portable

SUITE = "foretaste check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: `outcome` is passed, failure, skipped or error."""

    name: str
    group: str
    outcome: str = "passed"
    message: str = ""
    type: str = ""
    text: str = ""


def as_junit(dossier: Dossier) -> str:
    """Return the document."""
    cases = list(_cases(dossier))
    counts = {
        "tests": len(cases),
        "failures": sum(case.outcome == "failure" for case in cases),
        "errors": sum(case.outcome == "error" for case in cases),
        "skipped": sum(case.outcome == "skipped" for case in cases),
    }
    figures = {name: str(count) for name, count in counts.items()}
    figures["time"] = f"{dossier.seconds.total:.3f}"
    root = ET.Element("testsuites", {"name": SUITE, **figures})
    suite = ET.SubElement(root, "testsuite", {"name": SUITE, **figures})
    for case in cases:
        _add(suite, case)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _cases(dossier: Dossier) -> Iterator[Case]:
    blamed = {move.key: each for each in dossier.culprits for move in each.moves}
    for move in dossier.moves:
        yield _case(dossier, move, blamed)
    for test in dossier.unstable:
        yield Case(
            name=say.test_name(test),
            group="unstable",
            outcome="failure",
            type="unstable",
            message=say.unstable(test),
        )
    if dossier.verdict is Verdict.UNDECIDED:
        yield Case(
            name="verdict",
            group="check",
            outcome="error",
            type="undecided",
            message=say.headline(dossier),
        )
    if not dossier.moves:
        yield Case(name="nothing newer is allowed", group="check")


def _case(dossier: Dossier, move: MoveFacts, blamed: Mapping[str, Blamed]) -> Case:
    name, group = say.way(move), f"move.{move.name}"
    culprit = blamed.get(move.key)
    if culprit is not None:
        failure = say.shown(culprit)
        return Case(
            name=name,
            group=group,
            outcome="failure",
            type=failure.signature.type or "failure",
            message=f"{say.breaks(dossier, culprit)}: {say.failure_line(failure)}",
            text="\n".join(
                [
                    f"hold back: {', '.join(culprit.caps)}",
                    f"how sure: {say.how_sure(culprit)}",
                    *(f"fails: {say.test_name(test)}" for test in say.failing_tests(culprit)),
                    portable(failure.trace),
                ]
            ),
        )
    if move.fate == "accepted":
        return Case(name=name, group=group)
    why = f"held back: {move.why}" if move.fate == "held" else "not decided"
    return Case(name=name, group=group, outcome="skipped", message=why)


def _add(suite: ET.Element, case: Case) -> None:
    element = ET.SubElement(
        suite, "testcase", {"name": plain(case.name), "classname": plain(case.group)}
    )
    if case.outcome == "passed":
        return
    told = {"message": plain(case.message)}
    if case.type:
        told["type"] = plain(case.type)
    result = ET.SubElement(element, case.outcome, told)
    # XML 1.0 cannot hold most control characters, escaped or not: they are shown as text.
    result.text = plain(case.text, keep="\n\t") or None
