"""Text: the answer of a check on a terminal; what to do stands first, and it is never a wall.

Each line is one thing, its name at the left; what does not fit is wrapped below itself. Lists name
a few and say how many more there are: `--json` and the report have them all.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from foretaste.report import bisected
from foretaste.report.check import sentences as say
from foretaste.report.phrases import clock_time
from foretaste.report.plain import cut, one_line
from foretaste.taste.dossier import Blamed, Dossier
from foretaste.taste.finding import Verdict

# What a screen of 24 lines bears beside the prompt.
CULPRITS = 4
NAMES = 6
NOTES = 5
LONGEST = 600
LABEL = 11
COMMAND = 120
# Narrower than this, lines are left to the terminal.
LEAST = 40

COLOURS: Mapping[Verdict, str] = {
    Verdict.ACCEPT: "1;32",
    Verdict.REJECT: "1;31",
    Verdict.UNDECIDED: "1;33",
}


def as_text(
    dossier: Dossier,
    width: int = 80,
    *,
    colour: bool = False,
    where: Mapping[str, str] | None = None,
) -> str:
    """Return the answer for a terminal of this width.

    `where` names what was written, by what it is ("report": its path).
    """
    head = _wrapped(say.headline(dossier), width, "", "  ")
    if colour:
        head = f"\x1b[{COLOURS[dossier.verdict]}m{head}\x1b[0m"
    lines = [head]
    groups = [
        _broken(dossier),
        *map(_culprit, dossier.culprits[:CULPRITS]),
        _others(dossier),
        _commit(dossier),
        _doing(dossier),
        _noting(dossier),
        _costing(dossier, where or {}),
    ]
    for group in groups:
        shown = [_line(name, text, width) for name, text in group if text]
        lines += ["", *shown] if shown else []
    return "".join(f"{line}\n" for line in lines)


NEXT = (
    "see that the tests pass by themselves: what they need besides stands in `install` (`foretaste "
    "init` shows what was found, --yes writes it), --test runs another command, --base-as-of takes "
    "another day"
)
"""What to do where the tests fail before anything has moved."""

Lines = Iterator[tuple[str, str]]


def _line(name: str, text: str, width: int) -> str:
    """Return `  name       text`, wrapped below the text."""
    return _wrapped(cut(text, LONGEST), width, f"  {name:<{LABEL}}", " " * (LABEL + 2))


def _wrapped(text: str, width: int, first: str, rest: str) -> str:
    """Return the text in lines of this width; a longer word has a line of its own."""
    return textwrap.fill(
        text,
        width=max(width, LEAST),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _broken(dossier: Dossier) -> Lines:
    """Yield how the base fails, where nothing can be compared with it."""
    for failure in dossier.broken[:1]:
        yield "fails", say.failure_line(failure)
        yield "where", one_line(failure.frames[-1]) if failure.frames else ""
        yield "tests", say.joined([say.test_name(each.test) for each in dossier.broken], 2)
        yield "trace", "--json has it" if failure.trace else ""
    if dossier.broken:
        yield "next", NEXT


def _others(dossier: Dossier) -> Lines:
    more = len(dossier.culprits) - CULPRITS
    yield "culprit", f"and {more} more; --json has them all" if more > 0 else ""


def _culprit(culprit: Blamed) -> Lines:
    failure = say.shown(culprit)
    yield "culprit", " and ".join(map(say.way, culprit.moves))
    yield "fails", say.failure_line(failure)
    yield "where", one_line(failure.frames[-1]) if failure.frames else ""
    tests = say.failing_tests(culprit)
    yield "tests", say.joined(map(say.test_name, tests), 2)
    yield "needs", say.joined(map(say.way, culprit.needed), NAMES)
    yield "sure", say.how_sure(culprit)
    yield "seen", say.caught(culprit)


def _commit(dossier: Dossier) -> Lines:
    """Yield what was found in a culprit's own repository, the first line with its name."""
    if dossier.upstream is not None:
        first, *rest = bisected.as_text(dossier.upstream).splitlines()
        yield "commit", first
        yield from (("", line.strip()) for line in rest)


def _doing(dossier: Dossier) -> Lines:
    """Yield what to do: what to hold back, and what may go on."""
    yield "hold back", say.joined(say.holding(dossier), NAMES)
    exclusions = [each for culprit in dossier.culprits for each in culprit.exclusions]
    yield "or exclude", say.joined(exclusions, NAMES)
    yield "go on", say.joined(say.going(dossier), NAMES)
    yield "in part", say.joined(map(say.part_way, dossier.forwarded), NAMES)
    yield "goes away", say.joined(map(one_line, dossier.removed), NAMES)


def _noting(dossier: Dossier) -> Lines:
    """Yield what was noticed and decides nothing."""
    if dossier.red:
        yield "red", say.red(dossier)
    yield "flaky", say.joined(map(say.flake, dossier.flaky), 2)
    if dossier.verdict is not Verdict.REJECT or dossier.culprits:
        yield "unstable", say.joined(map(say.test_name, dossier.unstable), 2)
    for notice in dossier.notices[:NOTES]:
        yield "notice", say.notice(notice)
    more = len(dossier.notices) - NOTES
    yield "notice", f"and {more} more; --json has them all" if more > 0 else ""
    for word in dossier.oracles[:NOTES]:
        yield "oracle", say.oracle(word)
    if dossier.warnings:
        yield "warnings", f"{len(dossier.warnings)} new: {one_line(dossier.warnings[0])}"


def _costing(dossier: Dossier, where: Mapping[str, str]) -> Lines:
    """Yield how the answer was come by, and where more of it stands."""
    subject = dossier.subject
    yield "tried", say.spent(dossier)
    as_of = f"releases as of {clock_time(subject.as_of)} UTC" if subject.as_of else ""
    yield "base", "; ".join(filter(None, (one_line(subject.base_from), as_of)))
    command = cut(one_line(subject.test), COMMAND)
    yield "test", f"{command} (Python {one_line(subject.python)})"
    for name, path in where.items():
        yield name, one_line(path)
