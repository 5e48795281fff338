"""Upstream: `report.md`, a draft for the tracker of the project that broke; nobody sends it but you.

Everything from outside stands in code or in fences longer than any inside, so that it makes no
link, image, mention or heading (attack E87), and each part is bounded, so that the whole fits into
one issue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from foretaste.report import bisected
from foretaste.report.check import sentences as say
from foretaste.report.check.shell import bare
from foretaste.report.markdown import code, escape
from foretaste.report.phrases import clock_time, number
from foretaste.report.plain import cut, plain
from foretaste.taste.dossier import Blamed, Dossier, MoveFacts, Subject, TrialFacts
from foretaste.taste.outcome import COMMAND
from foretaste.taste.releases import ReleaseFacts
from foretaste.taste.signatures import portable

# GitHub takes 65,536 characters. A draft is at most 13,000 beside its environments, and those have
# what is left of 50,000; a culprit's commit may have 12,000 more.
ISSUE = 50_000
DRAFT = 13_000
CULPRITS = 3
BLOCK = 2_500
TRACE_LINES = 40
WIDEST = 200
TESTS = 10
TRIALS = 12
MOVED = 4
NAMES = 8
KEY = 60
SHORT = 300

SENT = (
    "_A draft, made by Foretaste from one check. Read it before you send it; nothing sends itself._"
)

AGAIN = (
    "`reproduce.sh`, which was written beside this, makes both environments with uv and runs the "
    "test in each:"
)


def as_report(dossier: Dossier) -> str:
    """Return the report: a draft for each culprit, or what was found where nobody is blamed."""
    if not dossier.culprits:
        return "\n".join([f"# {title_of(say.headline(dossier))}", "", *_found(dossier)])
    drafts = [_draft(dossier, culprit) for culprit in dossier.culprits[:CULPRITS]]
    more = len(dossier.culprits) - len(drafts)
    if more:
        drafts.append(f"There are {number(more, 'more culprit')}, which `--json` names.\n")
    return "\n---\n\n".join(drafts)


def title_of(text: str) -> str:
    """Return a heading in which nothing acts."""
    return escape(cut(text, WIDEST))


def _draft(dossier: Dossier, culprit: Blamed) -> str:
    subject = dossier.subject
    failure = say.shown(culprit)
    drafts = min(len(dossier.culprits), CULPRITS)
    lines = [
        f"# {title_of(_title(culprit, subject))}",
        "",
        SENT,
        "",
        _opening(culprit, subject),
        "",
        fenced(_trimmed(failure.trace) or say.failure_line(failure), "text"),
        "",
        *_sources(subject),
        *_table(culprit, dossier),
        "",
        *_tests(culprit),
        *_until(culprit),
        *_commit(dossier, culprit),
        *_found(dossier),
        *_environments(culprit, (ISSUE // drafts - DRAFT) // 2),
        "## To see it again",
        "",
        AGAIN,
        "",
        fenced("sh reproduce.sh", "console"),
    ]
    return "\n".join(lines) + "\n"


def _title(culprit: Blamed, subject: Subject) -> str:
    releases = say.together(culprit.moves)
    verb = "breaks" if len(culprit.moves) == 1 else "together break"
    project = say.project_name(subject) if subject.project else "a project that uses it"
    return f"{releases} {verb} {project}"


def _opening(culprit: Blamed, subject: Subject) -> str:
    """Return the sentence that says what passes, what fails, and what lies between."""
    old = _releases(culprit.moves, new=False)
    new = _releases(culprit.moves, new=True)
    project = code(say.project_name(subject)) if subject.project else "A project's"
    whose = f"The tests of {project}" if subject.project else f"{project} tests"
    end = "hang" if say.shown(culprit).hung else "fail"
    rest = "what it needs was changed with it" if culprit.needed else "nothing else was changed"
    return f"{whose} pass with {old} and {end} with {new}; {rest}. The command:\n\n" + (
        fenced(subject.test, "sh", SHORT)
    )


def _releases(moves: Sequence[MoveFacts], *, new: bool) -> str:
    named = []
    for move in moves[:NAMES]:
        version = move.new if new else move.old
        named.append(f"no {code(move.name)}" if version is None else code(f"{move.name} {version}"))
    return " and ".join(named)


def _sources(subject: Subject) -> list[str]:
    """Return the small files that the command names."""
    words = set(subject.test.split())
    named = {path: text for path, text in subject.files.items() if path in words}
    if not named or sum(map(len, named.values())) > BLOCK:
        return []
    lines = []
    for path, text in sorted(named.items()):
        lines += [f"{code(path)}:", "", fenced(text, "python"), ""]
    return lines


def _table(culprit: Blamed, dossier: Dossier) -> list[str]:
    """Return the facts, one a row."""
    subject = dossier.subject
    uploads = [f"{each.name} {each.new}: {clock_time(each.uploaded)} UTC" for each in culprit.moves]
    known = [text for text, each in zip(uploads, culprit.moves, strict=True) if each.uploaded]
    rows = {
        "changed": say.joined((cell(say.way(each)) for each in culprit.moves), NAMES),
        "needed with it": say.joined((cell(say.way(each)) for each in culprit.needed), NAMES),
        "Python": cell(subject.python),
        "on the index since": say.joined(map(cell, known), NAMES),
        "how sure": escape(say.how_sure(culprit)),
    }
    body = [f"| {name} | {text} |" for name, text in rows.items() if text]
    return ["| | |", "|---|---|", *body]


def _tests(culprit: Blamed) -> list[str]:
    tests = say.failing_tests(culprit)
    if tests == (COMMAND,):
        return []
    named = [f"- {code(say.test_name(test))}" for test in tests[:TESTS]]
    more = len(tests) - len(named)
    return ["## What fails", "", *named, *([f"- and {more} more"] if more else []), ""]


def _until(culprit: Blamed) -> list[str]:
    """Return what its users can write until it is mended."""
    caps = fenced("\n".join(culprit.caps[:NAMES]), "text")
    lines = ["## Until it is mended", "", "Whoever is hit can hold it back:", "", caps, ""]
    if not culprit.exclusions:
        return lines
    return [
        *lines,
        "Or exclude just what is known to fail, since something newer than the base passes:",
        "",
        fenced("\n".join(culprit.exclusions[:NAMES]), "text"),
        "",
    ]


def _commit(dossier: Dossier, culprit: Blamed) -> list[str]:
    """Return what was found in the culprit's own repository, where that was looked at."""
    told = dossier.upstream
    if told is None or told.name not in {each.name for each in culprit.moves}:
        return []
    return ["## Where it began", "", bisected.as_markdown(told)]


def _found(dossier: Dossier) -> list[str]:
    """Return how it was found: from what, by which trials."""
    subject = dossier.subject
    as_of = f", as of {clock_time(subject.as_of)} UTC" if subject.as_of else ""
    base = f"the base ({code(say.origin(subject))})"
    packages = number(len(dossier.moves), "package")
    cost = f"It took {say.spent(dossier)}."
    lines = [
        "## How it was found",
        "",
        f"{packages} moved from {base} to the candidate{as_of}. {cost}",
        "",
    ]
    if not dossier.trials:
        return lines
    shown = dossier.trials[:TRIALS]
    rows = [_trial(trial, len(dossier.moves)) for trial in shown]
    more = len(dossier.trials) - len(shown)
    return [
        *lines,
        "| trial | what moved | outcome |",
        "|---|---|---|",
        *rows,
        *([f"| | and {more} more | |"] if more else []),
        "",
    ]


def _trial(trial: TrialFacts, moves: int) -> str:
    tests = f", {number(trial.failed, 'test')}" if trial.failed else ""
    return f"| {trial.number} | {moved(trial, moves)} | {cell(trial.outcome)}{tests} |"


def moved(trial: TrialFacts, moves: int) -> str:
    """Return what moved in a trial: nothing, everything, or the names; what went part of the way."""
    if trial.part:
        part = say.joined((cell(cut(each, KEY)) for each in trial.part), MOVED)
        return f"all that may go on, and {part}"
    if not trial.moved:
        return "nothing: the base"
    if len(trial.moved) == moves:
        return "everything: the candidate"
    return say.joined((cell(cut(key, KEY)) for key in trial.moved), MOVED)


def _environments(culprit: Blamed, most: int) -> list[str]:
    changed = {each.name for each in (*culprit.moves, *culprit.needed)}
    lines = ["## The two environments", ""]
    for name, releases in (("passes", culprit.passes), ("fails", culprit.fails)):
        lines += [
            "<details>",
            f"<summary>{name}: {number(len(releases), 'package')}</summary>",
            "",
            fenced(environment(releases, changed, most), "text", most + 2),
            "",
            "</details>",
            "",
        ]
    return lines


def environment(releases: Sequence[ReleaseFacts], changed: set[str], most: int) -> str:
    """Return an environment as requirements with hashes, in at most so many characters.

    Where that does not fit, only what changed keeps its hashes; the script has them all.
    """
    full = "\n".join(_pin(each, hashes=True) for each in releases)
    if len(full) <= most:
        return full
    short = [_pin(each, hashes=each.name in changed) for each in releases]
    text = "\n".join(["# All hashes are in reproduce.sh.", *short])
    return text if len(text) <= most else text[: text.rfind("\n", 0, most)] + "\n…"


def _pin(release: ReleaseFacts, *, hashes: bool) -> str:
    building = "  # builds the project" * release.builds
    given = [f" \\\n    --hash={each}" for each in release.hashes] if hashes else []
    return bare(release.requirement) + building + "".join(given)


def cell(text: str) -> str:
    """Return inline code for a table's cell, whose bars would end it."""
    return code(text).replace("|", "\\|")


def fenced(text: str, language: str, most: int = BLOCK) -> str:
    """Return a block of code that the text cannot end, with at most so many characters of it."""
    ends = text[: 2 * most].replace("\r\n", "\n").replace("\r", "\n")
    shown = plain(ends, keep="\n\t").strip("\n")
    if len(shown) > most:
        shown = shown[:most] + "…"
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def _trimmed(trace: str) -> str:
    """Return the end of a trace, where the exception stands, within bounds."""
    lines = plain(portable(trace[-20 * BLOCK :]), keep="\n\t").strip("\n").splitlines()
    kept = [cut(line, WIDEST) for line in lines[-TRACE_LINES:]]
    while len(kept) > 1 and sum(len(line) + 1 for line in kept) > BLOCK - WIDEST:
        kept.pop(0)
    left = len(lines) - len(kept)
    return "\n".join([f"… ({number(left, 'line')} before this)", *kept] if left else kept)
