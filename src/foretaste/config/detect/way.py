"""Way: how a project says that it is tested, whichever of its tools says it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

from foretaste.config.detect.dependencies import names_of
from foretaste.config.mistakes import shown

# The name of a session or environment that runs the tests, the likeliest first.
TEST_NAMES = ("tests", "test", "testing", "unit", "unittests", "pytest", "py")
PYTEST = re.compile(r"(?:^|[\s/])(?:py\.test|pytest)(?:\s|$)", re.MULTILINE)
UNITTEST = re.compile(r"(?:^|\s)-m\s+unittest(?:\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Commands and what they need, as read.

    `unread` are commands of which a part is no literal: what is left of such a list may test
    nothing, so it is never run. `left_out` is what would have been installed besides.
    """

    tool: str
    found: str
    commands: tuple[str, ...] = ()
    install: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the commands are all there, so that running them says what the tool would."""
        return bool(self.commands) and not self.unread

    @property
    def all_commands(self) -> str:
        """All that was written, a line each."""
        return "\n".join((*self.commands, *self.unread))

    @property
    def run(self) -> str:
        """The commands as one, a line each."""
        return "\n".join(self.commands)

    @property
    def with_pytest(self) -> bool:
        """Whether pytest runs the tests."""
        return bool(PYTEST.search(self.all_commands))

    @property
    def with_unittest(self) -> bool:
        """Whether the standard library runs the tests."""
        return bool(UNITTEST.search(self.all_commands))

    @property
    def names(self) -> frozenset[str]:
        """The names of the packages that are installed."""
        return names_of(self.install)


def unread(way: Way) -> str:
    """Say why the commands of a way cannot be run."""
    if not way.unread:
        return f"{way.found} has no command"
    return f"{way.found} has a command that only {way.tool} can read: {shown(way.unread[0])}"


def installable(requirements: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part what pip was to install into what a job may and what it may not, such as an address.

    Options of pip stand for themselves, but for `-r FILE`, `-c FILE` and `-e .`.
    """
    kept: dict[str, None] = {}
    left: list[str] = []
    for each in requirements:
        written = _written(each)
        if written is None:
            left.append(each)
        else:
            kept[written] = None
    return tuple(kept), tuple(left)


def pip_arguments(arguments: Iterable[str]) -> list[str]:
    """Join options of pip with what they stand for: `-r`, `a.txt` to `-r a.txt`."""
    joined: list[str] = []
    for each in arguments:
        if joined and joined[-1] in {"-r", "-c", "-e", "--requirement", "--constraint", "--group"}:
            joined[-1] += f" {each}"
        else:
            joined.append(each)
    return [each for each in joined if each not in {"-U", "--upgrade", "-q", "--quiet", "--pre"}]


def _written(text: str) -> str | None:
    """Return a requirement as `install` has it, None where it may not stand there."""
    local = re.fullmatch(r"(?:(?:-e|--editable)[ =]?)?\.(?:/)?(\[[\w., -]+\])?", text)
    if local:
        return f".{(local.group(1) or '').replace(' ', '')}"
    for long, short in (("--requirement", "-r"), ("--constraint", "-c")):
        text = re.sub(rf"^{long}[ =]", f"{short} ", text)
    listed = re.fullmatch(r"(-[rc]) ?([A-Za-z0-9_][A-Za-z0-9_./+-]*)", text)
    if listed:
        return f"{listed.group(1)} {listed.group(2)}" if ".." not in listed.group(2) else None
    group = re.fullmatch(r"--group[ =]([A-Za-z0-9._-]+)", text)
    if group:
        return f"group:{group.group(1)}"
    try:
        return None if Requirement(text).url else text
    except InvalidRequirement:
        return None
