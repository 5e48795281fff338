"""Real incidents as projects: each is checked as any project is, and its answer judged.

Nothing here tells Foretaste what a case is about: it gets a project, versions and a date.
"""

from __future__ import annotations

import json
import math
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from packaging.utils import canonicalize_name

from foretaste.adapters.clock import SystemClock

PROGRAM: Final = Path(sys.executable).parent / "foretaste"
PATIENCE: Final = 900.0
"""Seconds after which a check is given up; a cold one may have to build old sdists."""

EXITS: Final = {"accept": 0, "reject": 1, "undecided": 3}
TOGETHER: Final = "pair-conjunction"
"""The kind of the cases whose culprits break only together; others break each by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One incident; the keys of its `case.json` are those of the folder's README."""

    folder: Path
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.data["name"])

    @property
    def kind(self) -> str:
        """What kind of incident it is."""
        return str(self.data["kind"])

    @property
    def moves(self) -> Mapping[str, Sequence[str | None]]:
        """What moves, by normalised name: from which version to which, None for no version."""
        bumps: Mapping[str, Sequence[str | None]] = self.data["candidate_bumps"]
        return {canonicalize_name(name): versions for name, versions in bumps.items()}

    @property
    def culprit(self) -> Mapping[str, str]:
        """What must be held back: the version by normalised name."""
        return {canonicalize_name(name): new for name, new in self.data["culprit"].items()}

    @property
    def verdict(self) -> str:
        """What is to be said; noise does not excuse a release that breaks the consumer."""
        return "reject" if self.culprit else "accept"

    @property
    def sets(self) -> tuple[frozenset[str], ...]:
        """The minimal sets of moves that break the consumer."""
        names = frozenset(self.culprit)
        if self.kind == TOGETHER:
            return (names,)
        return tuple(frozenset({name}) for name in sorted(names))


def load_cases(folder: Path, only: Sequence[str] = ()) -> list[Case]:
    """Return the cases below a folder, sorted by name; with `only`, those that it names in part.

    Raises:
        SystemExit: there are none.
    """
    cases = [
        Case(folder=path.parent, data=json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*/case.json"))
    ]
    found = [case for case in cases if not only or any(word in case.name for word in only)]
    if not found:
        raise SystemExit(f"no cases below {folder}" + (f" named {', '.join(only)}" * bool(only)))
    return found


# ---- A case as a project -----------------------------------------------------------------------


def write_project(case: Case, folder: Path) -> None:
    """Make the project that a consumer of the case would have."""
    for path in case.folder.iterdir():
        if path.name != "case.json":
            shutil.copy(path, folder / path.name)
            (folder / path.name).chmod(0o644)
    (folder / "pyproject.toml").write_text(_pyproject(case), encoding="utf-8")


def _pyproject(case: Case) -> str:
    environment = {
        "preinstall": case.data.get("pre_install"),
        "build-constraints": case.data.get("build_constraints"),
    }
    lines = [
        "[project]",
        f"name = {json.dumps(case.name)}",
        'version = "0"',
        f"dependencies = {json.dumps(case.data['consumer_requirement'])}",
        "",
        "[tool.uv]",
        "package = false",
    ]
    given = {key: value for key, value in environment.items() if value}
    if given:
        lines += ["", "[tool.foretaste.environment]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in given.items()]
    return "\n".join(lines) + "\n"


def command_for(case: Case, project: Path, jobs: int, *, exact: bool = False) -> list[str]:
    """Return the command line that checks the project.

    Candidates that were withdrawn since are asked for by name; with `exact`, all of them are.
    """
    yanked = {canonicalize_name(name) for name in case.data.get("yanked") or ()}
    named = {name: new for name, (_, new) in case.moves.items() if new is not None}
    releases = [f"{name}=={new}" for name, new in named.items() if exact or name in yanked]
    return [
        str(PROGRAM), "check", "--project", str(project), "--base", str(project / "base.txt"),
        "--as-of", str(case.data["cand_date"]), "--python", str(case.data["python"]),
        "--test", shlex.join(case.data["test"]), "--jobs", str(jobs), "--json", *releases,
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What `foretaste check` said of a case; `seconds` is the wall time of the whole command.

    `strayed` says which releases the index as of then gives in place of the incident's culprits,
    where it does: then the answer is of a second check, which was given the incident's own.
    """

    status: int
    seconds: float
    said: Mapping[str, Any] = field(default_factory=dict)
    errors: str = ""
    strayed: str = ""

    @property
    def moves(self) -> dict[str, list[str | None]]:
        """What moved: from which version to which, by name."""
        return {each["name"]: [each["from"], each["to"]] for each in self.said.get("moves", ())}

    @property
    def verdict(self) -> str:
        """The verdict, "" where there is none."""
        return str(self.said.get("verdict", ""))

    @property
    def sets(self) -> list[dict[str, str]]:
        """Each culprit's set: the new version by name."""
        return [
            {move["name"]: str(move["to"]) for move in culprit["set"]}
            for culprit in self.said.get("culprits", ())
        ]

    @property
    def blamed(self) -> dict[str, str]:
        """The union of the culprits' sets."""
        return {name: new for each in self.sets for name, new in each.items()}

    @property
    def held(self) -> frozenset[str]:
        """The names of what is to be held back."""
        return frozenset(self.said.get("hold_back", ()))

    @property
    def trials(self) -> int:
        """How many trials were run, base and candidate among them."""
        return int(self.said.get("trials", 0))


def check(case: Case, jobs: int) -> Answer:
    """Check a case as the project that it is, in a new folder."""
    with tempfile.TemporaryDirectory(prefix="foretaste-case-") as name:
        write_project(case, Path(name))
        answer = run(command_for(case, Path(name), jobs))
        strayed = _strayed(case, answer)
        if not strayed:
            return answer
        exactly = run(command_for(case, Path(name), jobs, exact=True))
        return replace(exactly, strayed=strayed)


def run(command: Sequence[str]) -> Answer:
    """Run a command line to its end."""
    clock = SystemClock()
    began = clock.monotonic()
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return Answer(status=-1, seconds=PATIENCE, errors=f"took more than {PATIENCE:.0f} s")
    seconds = clock.monotonic() - began
    try:
        said = json.loads(ended.stdout)
    except ValueError:
        return Answer(status=ended.returncode, seconds=seconds, errors=_last(ended.stderr))
    return Answer(status=ended.returncode, seconds=seconds, said=said, errors=_last(ended.stderr))


def _strayed(case: Case, answer: Answer) -> str:
    """Say which releases of culprits were not the incident's, "" where all were."""
    if not answer.said:
        return ""
    found = {name: new for name, (_, new) in answer.moves.items()}
    return ", ".join(
        f"{name} {found.get(name) or 'unmoved'} in place of {wanted}"
        for name, wanted in sorted(case.culprit.items())
        if found.get(name) != wanted
    )


def _last(text: str) -> str:
    """Return the error that a command ended with, without the notes before it."""
    lines = text.strip().splitlines()
    begins = [place for place, line in enumerate(lines) if line.startswith("error")]
    return "\n".join(lines[begins[-1] if begins else -3 :])


# ---- Right or wrong ----------------------------------------------------------------------------


def faults(case: Case, answer: Answer) -> list[str]:
    """Return what is wrong about an answer, a sentence each; nothing where it is right."""
    if not answer.said:
        return [f"no answer: exit status {answer.status}, {answer.errors}"]
    found = []
    if answer.verdict != case.verdict:
        reason = answer.said.get("reason", "")
        found.append(f"{answer.verdict} instead of {case.verdict} ({reason or 'no reason'})")
    if answer.status != EXITS.get(answer.verdict):
        found.append(f"exit status {answer.status} with the verdict {answer.verdict}")
    if answer.blamed != dict(case.culprit):
        found.append(f"blames {_named(answer.blamed)} instead of {_named(case.culprit)}")
    if {frozenset(each) for each in answer.sets} != set(case.sets):
        found.append(f"sets {[sorted(each) for each in answer.sets]}")
    return found + _holding_faults(case, answer)


def _holding_faults(case: Case, answer: Answer) -> list[str]:
    """Return what is wrong about what is held back.

    Of what breaks only together, one is enough. What only comes in with a culprit cannot move
    without it, and counts for nothing here.
    """
    come_along = {name for name, (old, _) in case.moves.items() if old is None}
    held = answer.held - (come_along - set(case.culprit))
    enough = all(held & each for each in case.sets)
    if enough and held <= set(case.culprit):
        return []
    return [f"holds {', '.join(sorted(held)) or 'nothing'} instead of {_named(case.culprit)}"]


def _named(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {new}" for name, new in sorted(versions.items())) or "nothing"


# ---- What simpler ways would need --------------------------------------------------------------


class Oracle:
    """Tells whether a set of a case's moves passes, as is known of the case; counts what it is asked.

    The base and the candidate are known to everybody, and cost nothing.
    """

    def __init__(self, case: Case) -> None:
        self._sets = case.sets
        self._told = {frozenset[str](), frozenset(case.moves)}
        self.names = sorted(case.moves)
        self.trials = 0

    def passes(self, moved: Sequence[str]) -> bool:
        """Return whether the consumer's tests pass when just these moves are made."""
        wanted = frozenset(moved)
        self.trials += wanted not in self._told
        self._told.add(wanted)
        return not any(each <= wanted for each in self._sets)


def one_by_one(oracle: Oracle) -> list[str]:
    """Make each move on top of those that passed; return what had to be held."""
    kept: list[str] = []
    held = []
    for name in oracle.names:
        if oracle.passes([*kept, name]):
            kept.append(name)
        else:
            held.append(name)
    return held


def bisection(oracle: Oracle) -> list[str]:
    """Halve the list to the first move at which it fails, hold that, and begin again."""
    left, held = list(oracle.names), []
    while not oracle.passes(left):
        good, bad = 0, len(left)
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if oracle.passes(left[:middle]) else (good, middle)
        held.append(left.pop(bad - 1))
    return held


def cost(way: Callable[[Oracle], list[str]], case: Case) -> int:
    """Return how many trials a way needs on a case, beyond base and candidate."""
    oracle = Oracle(case)
    way(oracle)
    return oracle.trials


def median(values: Sequence[float]) -> float:
    """Return the middle value, the mean of the middle two, 0 for none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    low, high = math.floor((len(ordered) - 1) / 2), math.ceil((len(ordered) - 1) / 2)
    return (ordered[low] + ordered[high]) / 2
