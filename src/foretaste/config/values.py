"""Values: the forms that text in the configuration may have, each with its rule and its hint."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import AfterValidator

from foretaste.config.globs import wrong_glob
from foretaste.config.mistakes import shown
from foretaste.core.policy import Operator, Step

# Seconds. A build that needs longer than a day is not what a queue can wait for.
LONGEST_TIMEOUT = 24 * 3600.0
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
DURATION = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")
PYTHON = re.compile(r"(?:2\.7|3\.[0-9]{1,2})(?:\.[0-9]{1,2})?")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
INSTANCE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,63})(?:\[([0-9.]{1,8})\])?")
ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+@-]{0,199}")
STEP = re.compile(r"([+*/-])([0-9]{1,4})")
LOCAL = re.compile(r"\.(?:\[[A-Za-z0-9._-]+(?:\s*,\s*[A-Za-z0-9._-]+)*\])?")
GROUP = re.compile(r"group:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
FILE = re.compile(r"-[rc] ([A-Za-z0-9_./+-]{1,200})")
# Characters of a command, of a value in `env`.
LONGEST_TEXT = 16 * 1024
LONGEST_LINE = 1024


class WrongValueError(ValueError):
    """A value that has the right type and cannot be; with what to write in its place.

    `place` is the element of a list that is wrong, from 0, where it is not the whole list.
    """

    def __init__(self, what: str, hint: str = "", *, place: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.place = place


def seconds(text: str) -> float:
    """Return a duration such as `90s`, `15m` or `1h30m` in seconds.

    Raises:
        WrongValueError: it is not one, or longer than a build may take.
    """
    found = DURATION.fullmatch(text)
    if found is None or not text:
        raise WrongValueError("not a duration", 'write "90s", "15m" or "1h30m"')
    total = sum(int(part) * UNITS[unit] for part, unit in zip(found.groups(0), "hms", strict=True))
    if not 0 < total <= LONGEST_TIMEOUT:
        raise WrongValueError("a time-out is between 1s and 24h")
    return total


def step(text: str) -> Step:
    """Return how a window changes, from text such as `+1` or `/2`.

    Raises:
        WrongValueError: it is not one, or it divides by nothing.
    """
    found = STEP.fullmatch(text)
    if found is None:
        raise WrongValueError("not a step", 'write "+1", "*2", "-1" or "/2"')
    operator, amount = Operator(found.group(1)), int(found.group(2))
    if amount == 0 and operator in {Operator.TIMES, Operator.OVER}:
        raise WrongValueError("a window cannot be multiplied or divided by 0")
    return Step(operator=operator, amount=amount)


def _formed(form: re.Pattern[str], what: str, hint: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if form.fullmatch(text) is None:
            raise WrongValueError(what, hint)
        return text

    return check


def _duration(text: str) -> str:
    seconds(text)
    return text


def _step(text: str) -> str:
    step(text)
    return text


def _glob(text: str) -> str:
    wrong = wrong_glob(text)
    if wrong:
        raise WrongValueError(wrong)
    return text


def _branch(text: str) -> str:
    names = text.split("/")
    bad = any(not name or name.startswith(".") or name.endswith((".", ".lock")) for name in names)
    if BRANCH.fullmatch(text) is None or bad or ".." in text or "@{" in text:
        raise WrongValueError("not the name of a branch", 'as in "main" or "release/3.x"')
    return text


def _text(most: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if "\0" in text or len(text) > most:
            raise WrongValueError(f"text of at most {most} characters without NUL")
        return text

    return check


def _command(text: str) -> str:
    if not text.strip():
        raise WrongValueError("an empty command would always pass", "write what is to be run")
    return _text(LONGEST_TEXT)(text)


def _env_name(text: str) -> str:
    if ENV_NAME.fullmatch(text) is None:
        raise WrongValueError("not the name of a variable", "letters, digits and _")
    if text.startswith("FORETASTE_"):
        raise WrongValueError("FORETASTE_ variables are the gate's own")
    return text


def _requirement(text: str) -> str:
    """Check what may be installed: nothing that would make the gate read a file or an address."""
    found = FILE.fullmatch(text)
    if LOCAL.fullmatch(text) or GROUP.fullmatch(text):
        return text
    if found is not None:
        names = found.group(1).split("/")
        if ".." in names or "" in names or names[0].startswith("-"):
            raise WrongValueError("not a path from the top of the project")
        return text
    return _index_requirement(text)


def _index_requirement(text: str) -> str:
    try:
        requirement = Requirement(_text(LONGEST_LINE)(text))
    except InvalidRequirement:
        raise WrongValueError(
            "not a requirement",
            '".", ".[extra]", "group:NAME", "-r FILE", "-c FILE" or one as in "pytest>=8"',
        ) from None
    if requirement.url:
        raise WrongValueError(
            "only releases on the index are installed, no addresses",
            "a project of this gate goes into `with`",
        )
    return text


def _unique(values: Sequence[str]) -> Sequence[str]:
    for place, value in enumerate(values):
        if value in values[:place]:
            raise WrongValueError(f"{shown(value)} is there twice", place=place)
    return values


def _at_most(most: int) -> Callable[[Sequence[str]], Sequence[str]]:
    def check(values: Sequence[str]) -> Sequence[str]:
        if len(values) > most:
            raise WrongValueError(f"at most {most} are taken")
        return values

    return check


def _matrix(values: Sequence[str]) -> Sequence[str]:
    if not values:
        raise WrongValueError("an empty matrix is no job at all", 'as in ["3.11", "3.13"]')
    return values


NAME_HINT = "letters, digits and . _ - , at most 64, the first a letter or digit"

Name = Annotated[str, AfterValidator(_formed(NAME, "not a name", NAME_HINT))]
JobRef = Annotated[
    str,
    AfterValidator(_formed(INSTANCE, "not the name of a job", 'as in "tests" or "tests[3.11]"')),
]
Python = Annotated[str, AfterValidator(_formed(PYTHON, "not a version of Python", 'as in "3.11"'))]
Duration = Annotated[str, AfterValidator(_duration)]
WindowStep = Annotated[str, AfterValidator(_step)]
GlobText = Annotated[str, AfterValidator(_glob)]
Branch = Annotated[str, AfterValidator(_branch)]
Command = Annotated[str, AfterValidator(_command)]
EnvName = Annotated[str, AfterValidator(_env_name)]
EnvValue = Annotated[str, AfterValidator(_text(LONGEST_TEXT))]
Installed = Annotated[str, AfterValidator(_requirement)]
FromIndex = Annotated[str, AfterValidator(_index_requirement)]

# The numbers are far above any project seen, and low enough to read and plan in no time.
JobRefs = Annotated[list[JobRef], AfterValidator(_at_most(100)), AfterValidator(_unique)]
Names = Annotated[list[Name], AfterValidator(_at_most(100)), AfterValidator(_unique)]
Globs = Annotated[list[GlobText], AfterValidator(_at_most(50)), AfterValidator(_unique)]
Branches = Annotated[list[Branch], AfterValidator(_at_most(100)), AfterValidator(_unique)]
Pythons = Annotated[
    list[Python], AfterValidator(_matrix), AfterValidator(_at_most(20)), AfterValidator(_unique)
]
InstallList = Annotated[list[Installed], AfterValidator(_at_most(100))]
IndexList = Annotated[list[FromIndex], AfterValidator(_at_most(100))]
