"""Script: `reproduce.sh`, which shows each culprit again on any machine that has uv.

It makes an environment in which the test passes and, for each culprit, one in which it fails, from
pins with hashes, and runs the test in both. It names no index (uv's own settings do) and nothing of
the machine on which it was written. What comes from outside reaches it through `shell` alone.
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Iterable, Iterator, Sequence

from packaging.requirements import InvalidRequirement, Requirement

from foretaste.report.check import sentences as say
from foretaste.report.check.recipe import BEGINNING, ENDING, FOLDER_GIVEN, FUNCTIONS, LIMIT
from foretaste.report.check.shell import (
    UnsafeNameError,
    document,
    exported,
    is_inside,
    pinned,
    quoted,
    unreleased,
    written,
)
from foretaste.taste.dossier import Blamed, Dossier, Subject
from foretaste.taste.outcome import Failure
from foretaste.taste.releases import ReleaseFacts

# The interpreters that uv itself makes environments for without fail.
OLDEST = (3, 8)
# How often a flaky test is run: at a rate of 0.25, one in 256 fails that often by chance.
TRIES = 4
# A hang is waited for ten times as long as the base took, and at least so many seconds.
PATIENCE = 10
SHORTEST = 30
# Less of a message than this says nothing.
TELLING = 8


def as_script(dossier: Dossier) -> str:
    """Return the script; "" where nobody is blamed, so that there is nothing to show.

    Where a release cannot be named safely, or comes from a folder of this machine, the script says
    only that.
    """
    if not dossier.culprits:
        return ""
    try:
        return "\n".join(_parts(dossier))
    except UnsafeNameError:
        return (
            f"{_opening(dossier)}\necho 'not tried: a release cannot be named here' >&2\nexit 3\n"
        )


def _parts(dossier: Dossier) -> Iterator[str]:
    yield _opening(dossier)
    yield BEGINNING
    yield _settings(dossier)
    yield _files(dossier.subject)
    yield _environments(dossier)
    yield FUNCTIONS
    yield _steps(dossier)
    yield ENDING


def _opening(dossier: Dossier) -> str:
    """Return the comment at the top: what it shows, how to run it, what it needs."""
    subject = dossier.subject
    without = "the files in here are used" if subject.files else "it is the current one"
    lines = [
        f"{say.breaks(dossier)}.",
        "",
        "This shows it again, anywhere that has uv: it makes an environment in which the test passes",
        "and one in which it fails, and runs the test in both.",
        "",
        "    sh reproduce.sh [FOLDER]",
        "",
        f"FOLDER is the project's; without it, {without}.",
        "Packages come, by hash, from the index that your uv is set up for. PYTHON=… takes another",
        "interpreter, LIMIT=… gives each run so many seconds, KEEP=1 keeps what was made.",
        "Exit status: 0 reproduced, 1 not reproduced, 3 not tried.",
    ]
    return "#!/bin/sh\n" + "".join(f"# {line}".rstrip() + "\n" for line in lines)


def _settings(dossier: Dossier) -> str:
    """Return what differs from script to script, as variables."""
    subject = dossier.subject
    python = minor(subject.python)
    deselected = _deselected(dossier)
    flaky = bool(dossier.flaky or dossier.unstable)
    pins = [pin for culprit in dossier.culprits for pin in (*culprit.passes, *culprit.fails)]
    known = all(pin.hashes for pin in pins if not pin.builds and not pin.origin)
    lines = [
        f"python=${{PYTHON:-{'.'.join(map(str, python))}}}",
        f"old={'yes' * (python < OLDEST)}",
        f"limit=${{LIMIT:-{_limit(dossier)}}}",
        f"tries={TRIES if flaky else 1}",
        f"test={quoted(subject.test)}",
        f"hashed={'--require-hashes' * known}",
        f"installed={'yes' * subject.installed}",
        f"by_message={'yes' * bool(dossier.red and not deselected)}",
        FOLDER_GIVEN if not subject.files else "project=${1:-$files}",
        'project=$(cd "$project" && pwd) || give_up "there is no such folder"',
        "missing=0",
    ]
    unhashed = "" if known else "# Not every release's hash is known, so none is asked for.\n"
    variables = dict(subject.env) | ({"PYTEST_ADDOPTS": deselected} if deselected else {})
    return "".join(
        [
            unhashed,
            *(f"{line}\n" for line in lines),
            # Only the test sees them: one of them may be called as one of ours.
            f"variables() {{\n:\n{exported(variables)}}}\n",
        ]
    )


def minor(python: str) -> tuple[int, ...]:
    """Return the first two numbers of an interpreter's version."""
    numbers = [part for part in python.split(".")[:2] if part.isdecimal()]
    return tuple(map(int, numbers)) or (3,)


def _limit(dossier: Dossier) -> int:
    """Return the seconds that a run may take: few where a hang is what is to be seen."""
    most = math.ceil(dossier.subject.timeout)
    hung = any(failure.hung for culprit in dossier.culprits for failure in culprit.failures)
    spans = [trial.seconds for trial in dossier.trials if not (trial.moved or trial.part)]
    if not hung or not spans:
        return most
    return min(most, max(SHORTEST, math.ceil(PATIENCE * max(spans))))


def _deselected(dossier: Dossier) -> str:
    """Return pytest's options that leave out the tests which say nothing; "" where it cannot."""
    names = [*dossier.red, *(flake.test for flake in dossier.flaky), *dossier.unstable]
    wanted = {test for culprit in dossier.culprits for test in say.failing_tests(culprit)}
    silent = [name for name in dict.fromkeys(names) if name not in wanted]
    able = "pytest" in dossier.subject.test and all("::" in name for name in silent)
    # pytest splits what stands in PYTEST_ADDOPTS as a shell does.
    return " ".join(f"--deselect={shlex.quote(name)}" for name in silent) if able else ""


def _files(subject: Subject) -> str:
    """Return the commands that write everything but the pins."""
    extra = "".join(
        f"{json.dumps(name)} = {json.dumps(_requirements(lines))}\n"
        for name, lines in subject.extra_build.items()
    )
    before = "".join(f"{line}\n" for line in _requirements(subject.preinstall))
    parts = [
        document('"$work"/limit.py', LIMIT),
        document('"$work"/before.txt', before),
        document('"$work"/uv.toml', f"[extra-build-dependencies]\n{extra}") if extra else "",
        *(written(path, text) for path, text in subject.files.items() if is_inside(path)),
    ]
    return "".join(parts)


def _requirements(lines: Iterable[str]) -> list[str]:
    """Return those lines that are requirements: an option in a file of them would act."""
    found = []
    for line in lines:
        try:
            found.append(str(Requirement(line)))
        except InvalidRequirement:
            continue
    return found


def _environments(dossier: Dossier) -> str:
    """Return the commands that write what each environment holds."""
    environments = [("passes", dossier.culprits[0].passes)]
    environments += [
        (f"fails-{number}", culprit.fails) for number, culprit in enumerate(dossier.culprits, 1)
    ]
    return "".join(_pins(name, releases, dossier.subject) for name, releases in environments)


def _pins(name: str, releases: Sequence[ReleaseFacts], subject: Subject) -> str:
    installed = [each for each in releases if not each.builds]
    building = [f"{each.name}=={each.version}" for each in releases if each.builds]
    named = {each.name for each in releases if each.builds}
    building += [
        line
        for line in _requirements(subject.build_constraints)
        if Requirement(line).name not in named
    ]
    texts = {
        f"{name}.txt": pinned(installed),
        f"{name}.more.txt": unreleased(installed),
        f"{name}.build.txt": "".join(f"{line}\n" for line in building),
    }
    return "".join(document(f'"$work"/{path}', text) for path, text in texts.items())


def _steps(dossier: Dossier) -> str:
    """Return the commands that try the base, and then each culprit."""
    lines = [
        f"printf '%s\\n' {quoted(say.breaks(dossier))}",
        "printf '%s\\n' 'as it was: making an environment'",
        "prepare passes || { show passes; give_up 'the environment of the base cannot be made'; }",
        f"message={quoted(telling(dossier.culprits[0]))}",
        "good passes || { show passes; give_up 'the test fails on the base already'; }",
        "printf '%s\\n' 'as it was: passes'",
    ]
    for number, culprit in enumerate(dossier.culprits, 1):
        what = "with " + " and ".join(map(say.release_name, culprit.moves))
        lines.append(f"message={quoted(telling(culprit))}")
        lines.append(f"try fails-{number} {quoted(what)}")
    return "".join(f"{line}\n" for line in lines)


def telling(culprit: Blamed) -> str:
    """Return the part of a failure's message that is the same in every run; "" for none."""
    failure = say.shown(culprit)
    return "" if failure.hung else _steady(failure)


def _steady(failure: Failure) -> str:
    """Return how far the message is the signature's, which holds nothing that differs by chance."""
    said = failure.message.strip().split("\n")[0]
    same = 0
    for one, other in zip(said, failure.signature.message.strip(), strict=False):
        if one != other:
            break
        same += 1
    part = said[:same].strip()
    return part if len(part) >= TELLING and part.isprintable() else failure.signature.type
