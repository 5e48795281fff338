"""Sentences: what is said of a check, one phrase for each thing; every format takes them here.

All of them are plain and on one line. A release is named "markupsafe 2.1.0", a set "fastapi 0.100.0
and pydantic 2.0", the project by its name, or "this project" where it has none.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from foretaste.report.phrases import duration, listed, number
from foretaste.report.plain import cut, one_line
from foretaste.taste.dossier import Blamed, Dossier, Forwarded, MoveFacts, OracleWord, Subject
from foretaste.taste.finding import Baseline, Flake, Verdict
from foretaste.taste.notices import Kind, Notice
from foretaste.taste.outcome import COMMAND, Failure, Signature
from foretaste.taste.reading import HANG
from foretaste.taste.signatures import portable

WORDS: Mapping[Verdict, str] = {
    Verdict.ACCEPT: "accepted",
    Verdict.REJECT: "rejected",
    Verdict.UNDECIDED: "undecided",
}

# What is shown of a culprit whose failure nobody told.
UNKNOWN = Failure(test=COMMAND, signature=Signature(type="", message=""))

# An exception's message may be a page; its first line says what it is.
MESSAGE = 300
NAME = 150
# No more of a text is looked at, where so little of it is shown.
ENOUGH = 3_000
HOUR = 3600
DAY = 24 * HOUR

NOTICES: Mapping[Kind, str] = {
    Kind.STARTS: "{release} runs code whenever an interpreter starts: {said}",
    Kind.SCRIPTS: "{release} changes its scripts: {said}",
    Kind.PLUGINS: "{release} brings plugins that other programs load: {said}",
    Kind.YANKED: "{release} was yanked{because}",
    Kind.VANISHED: "{release} is no longer on the index",
    Kind.RESEMBLES: "{release} is new here, and its name looks like {said}",
    Kind.DROPPED: "{said}",
}


def headline(dossier: Dossier) -> str:
    """Return the answer: the verdict and what it comes from."""
    return f"{WORDS[dossier.verdict]}: {_answer(dossier)}"


def _answer(dossier: Dossier) -> str:
    match dossier.verdict:
        case Verdict.ACCEPT:
            return _accepted(dossier)
        case Verdict.REJECT if dossier.culprits:
            return breaks(dossier)
        case Verdict.REJECT if dossier.unstable:
            tests = listed(map(test_name, dossier.unstable))
            fail = "fails" if len(dossier.unstable) == 1 else "fail"
            return f"{tests} {fail} now and then with the new releases, and never without them"
        case Verdict.REJECT:
            return f"the new releases break {project_name(dossier.subject)}"
        case Verdict.UNDECIDED:
            failed = dossier.baseline is Baseline.FAILED
            said = "the base itself fails" if failed else "no answer was reached"
            reason = one_line(dossier.reason).rstrip(".") or said
            word = reason.partition(" ")[0]
            return reason[0].lower() + reason[1:] if word[1:].islower() else reason
        case _:
            assert_never(dossier.verdict)


def _accepted(dossier: Dossier) -> str:
    moves, project = dossier.moves, project_name(dossier.subject)
    if not moves:
        return "nothing newer is allowed, so there is nothing to try"
    if len(moves) == 1:
        return f"{project} passes with {release_name(moves[0])}"
    return f"{project} passes with all {len(moves)} moves together"


def breaks(dossier: Dossier, culprit: Blamed | None = None) -> str:
    """Return who breaks whom: `markupsafe 2.1.0 breaks this project`.

    Without a culprit it is said of all that the dossier has, at least one.
    """
    project = project_name(dossier.subject)
    blamed = dossier.culprits if culprit is None else (culprit,)
    if len(blamed) > 1:
        names = listed(" with ".join(map(release_name, each.moves)) for each in blamed)
        return f"{names} break {project}, each by itself"
    moves = blamed[0].moves
    if len(moves) > 1:
        return f"{together(moves)} break {project} together"
    return f"{together(moves)} breaks {project}"


def together(moves: Sequence[MoveFacts]) -> str:
    """Return the releases of one set: `fastapi 0.100.0 and pydantic 2.0`."""
    return listed(map(release_name, moves), most=8)


def project_name(subject: Subject) -> str:
    """Return the project's name with its version, as far as it has them."""
    name = f"{subject.project[:ENOUGH] or 'this project'} {subject.version[:ENOUGH]}"
    return cut(one_line(name), NAME)


def origin(subject: Subject) -> str:
    """Return where the base comes from, a path of this machine as the name of its file."""
    said = one_line(subject.base_from)
    return said.rpartition("/")[2] if said.startswith("/") else said


def release_name(move: MoveFacts) -> str:
    """Return what a move brings: `markupsafe 2.1.0`, or that a package goes."""
    where = " (which builds it)" * move.builds
    if move.new is None:
        return one_line(f"{move.name} {move.old} going away") + where
    return one_line(f"{move.name} {move.new}") + where


def way(move: MoveFacts) -> str:
    """Return a move with both its ends: `markupsafe 2.0.1 → 2.1.0`."""
    old, new = move.old or "(absent)", move.new or "(absent)"
    return cut(one_line(f"{move.name} {old} → {new}"), NAME) + " (build)" * move.builds


def test_name(test: str) -> str:
    """Return a test's name; a command that tells of none is called what it is."""
    return "the test command" if test == COMMAND else cut(one_line(test[:ENOUGH]), NAME)


def shown(culprit: Blamed) -> Failure:
    """Return the failure to show for a culprit: the first of those that most tests share."""
    counts = Counter(failure.signature for failure in culprit.failures)
    return max(culprit.failures, key=lambda each: counts[each.signature], default=UNKNOWN)


def failure_line(failure: Failure) -> str:
    """Return the exception with the first line of its message."""
    message = failure.message or failure.signature.message
    first = one_line((portable(message[:ENOUGH]).strip().splitlines() or [""])[0])
    kind = one_line(failure.signature.type)
    if failure.hung:
        kind = "it hangs" + f" in {kind}" * (kind not in {"", HANG})
    known = not kind or first == kind or first.startswith(f"{kind}:")
    return cut(first or kind if known else f"{kind}: {first}".rstrip(": "), MESSAGE)


def failing_tests(culprit: Blamed) -> tuple[str, ...]:
    """Return the names of the tests that fail, each once, in their order."""
    return tuple(dict.fromkeys(failure.test for failure in culprit.failures))


def percent(share: float) -> str:
    """Return a share between 0 and 1 for people, never rounded up to certainty."""
    return f"{math.floor(share * 10_000 + 1e-6) / 100:g} %"


def how_sure(culprit: Blamed) -> str:
    """Return how sure the blame is, and which trials confirm it."""
    they = "it" if len(culprit.moves) == 1 else "them"
    only = f"{they} and what is needed" if culprit.needed else f"{they} alone"
    confirmed = [
        f"with {only} the base fails (trial {culprit.alone})" * (culprit.alone is not None),
        f"without what is held back all passes (trial {culprit.without})"
        * (culprit.without is not None),
    ]
    said = ", ".join(filter(None, confirmed))
    return percent(culprit.confidence) + (f": {said}" if said else "")


def caught(culprit: Blamed) -> str:
    """Return how long after its upload the culprit was looked at; "" where nobody knows."""
    if culprit.caught_after is None:
        return ""
    days, rest = divmod(culprit.caught_after, DAY)
    if days:
        return f"{number(int(days), 'day')} {rest // HOUR:.0f} h after its upload"
    return f"{duration(rest)} after its upload"


def holding(dossier: Dossier) -> tuple[str, ...]:
    """Return what to hold back as requirements, each that is no culprit with the reason."""
    blamed = {move.key for culprit in dossier.culprits for move in culprit.moves}
    whys = {
        name: move.why
        for move in dossier.moves
        if move.key not in blamed and move.why
        for name in (move.name, move.key)
    }
    return tuple(
        one_line(f"{name}{cap}" + (f" ({whys[name]})" if name in whys else ""))
        for name, cap in dossier.hold_back.items()
    )


def specifiers(hold_back: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is held back as requirements: `markupsafe<2.1.0`."""
    return tuple(one_line(f"{name}{cap}") for name, cap in hold_back.items())


def going(dossier: Dossier) -> tuple[str, ...]:
    """Return what goes on to the candidate as releases: `click 8.1.0`."""
    part = {(each.name, each.to) for each in dossier.forwarded}
    return tuple(
        one_line(f"{name} {version}")
        for name, version in dossier.accepted.items()
        if (name, version) not in part
    )


def part_way(forwarded: Forwarded) -> str:
    """Return how far a held package moved: `jinja2 3.0.3 (was 2.11.3; 3.1.0 fails)`."""
    was = f"was {forwarded.old}" if forwarded.old else "new"
    if forwarded.fails:
        verb = "fails" if len(forwarded.fails) == 1 else "fail"
        was += f"; {listed(forwarded.fails)} {verb}"
    return one_line(f"{forwarded.name} {forwarded.to} ({was})")


def flake(found: Flake) -> str:
    """Return a flaky test and how often it fails."""
    fails = round(found.rate * found.runs)
    return f"{test_name(found.test)} fails in {fails} of {number(found.runs, 'run')}"


def unstable(test: str) -> str:
    """Return that a test fails now and then on the candidate, and never on the base."""
    return f"{test_name(test)} fails now and then with the new releases, and never without them"


def red(dossier: Dossier) -> str:
    """Return how many tests say nothing, since they fail on the base as well."""
    verb = "fails" if len(dossier.red) == 1 else "fail"
    return (
        f"{number(len(dossier.red), 'test')} {verb} on the base already: nobody is blamed for that"
    )


def notice(found: Notice) -> str:
    """Return what was noticed of a release."""
    return NOTICES[found.kind].format(
        release=one_line(f"{found.name} {found.version}"),
        said=listed(found.said, most=8),
        because=f": {listed(found.said)}" if found.said else "",
    )


def oracle(word: OracleWord) -> str:
    """Return what an oracle said, and of what."""
    about = ", ".join(filter(None, (word.oracle, word.of)))
    return one_line(f"{about}: {word.text}")


def spent(dossier: Dossier) -> str:
    """Return what the answer cost: `4 trials in 8.9 s (resolve 0.4 s, …)`."""
    seconds = dossier.seconds
    phases = {"resolve": seconds.resolve, "install": seconds.install, "test": seconds.test}
    inside = ", ".join(f"{name} {duration(span)}" for name, span in phases.items())
    if sum(phases.values()) > seconds.total:
        inside += ", side by side"
    return f"{number(dossier.count, 'trial')} in {duration(seconds.total)} ({inside})"


def joined(names: Iterable[str], most: int) -> str:
    """Return names separated by commas, and how many more there are."""
    every = list(names)
    more = len(every) - most
    return ", ".join(every[:most]) + (f" and {more} more" if more > 0 else "")
