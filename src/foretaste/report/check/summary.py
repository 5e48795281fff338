"""Summary: the answer in a few lines of Markdown, for a job's page or a comment on a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from foretaste.report.check import sentences as say
from foretaste.report.check.upstream import cell, title_of
from foretaste.report.markdown import code, escape
from foretaste.report.phrases import clock_time
from foretaste.taste.dossier import Blamed, Dossier
from foretaste.taste.finding import Verdict

MARKS: Mapping[Verdict, str] = {
    Verdict.ACCEPT: "✅",
    Verdict.REJECT: "❌",
    Verdict.UNDECIDED: "⚠️",
}
CULPRITS = 10
NAMES = 10


def as_markdown(dossier: Dossier) -> str:
    """Return the answer, culprits first, then what to do and what it cost."""
    parts = [
        f"### {MARKS[dossier.verdict]} {title_of(say.headline(dossier))}",
        "\n".join(_culprits(dossier)),
        "\n".join(_doing(dossier)),
        "\n".join(_noted(dossier)),
        f"<sub>{_cost(dossier)}</sub>",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _culprits(dossier: Dossier) -> Iterator[str]:
    if not dossier.culprits:
        return
    yield "| culprit | fails | how sure |"
    yield "|---|---|---|"
    for culprit in dossier.culprits[:CULPRITS]:
        yield _culprit(culprit)
    more = len(dossier.culprits) - CULPRITS
    if more > 0:
        yield f"| and {more} more | | |"


def _culprit(culprit: Blamed) -> str:
    moves = say.joined((cell(say.way(each)) for each in culprit.moves), NAMES)
    tests = say.joined((cell(say.test_name(test)) for test in say.failing_tests(culprit)), 2)
    failure = cell(say.failure_line(say.shown(culprit)))
    return f"| {moves} | {failure}<br>in {tests} | {escape(say.percent(culprit.confidence))} |"


def _doing(dossier: Dossier) -> Iterator[str]:
    exclusions = [each for culprit in dossier.culprits for each in culprit.exclusions]
    lines = {
        "Hold back": _codes(say.specifiers(dossier.hold_back)),
        "Or exclude": _codes(exclusions),
        "May go on": _codes(say.going(dossier)),
        "In part": _codes(map(say.part_way, dossier.forwarded)),
        "Go away": _codes(dossier.removed),
    }
    for name, text in lines.items():
        if text:
            yield f"- **{name}:** {text}"


def _noted(dossier: Dossier) -> Iterator[str]:
    if dossier.red:
        yield f"- {say.red(dossier)}"
    for text in [
        *map(say.flake, dossier.flaky),
        *map(say.unstable, dossier.unstable),
        *map(say.notice, dossier.notices),
        *map(say.oracle, dossier.oracles),
    ][:NAMES]:
        yield f"- {escape(text)}"


def _codes(names: Iterable[str]) -> str:
    return say.joined(map(code, names), NAMES)


def _cost(dossier: Dossier) -> str:
    subject = dossier.subject
    as_of = f", releases as of {clock_time(subject.as_of)} UTC" if subject.as_of else ""
    base = f"base: {code(say.origin(subject))}{as_of}"
    return f"{say.spent(dossier)}, on Python {code(subject.python)}; {base}"
