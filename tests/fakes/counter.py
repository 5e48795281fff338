"""A counter at which checks are made in this process, on an index of one's own.

What the index showed, wheels and environments are kept from one check to the next, so that a test
pays for its own releases only: each uses names of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from foretaste.adapters.git.command import Git
from foretaste.service.starts import CheckOptions, Voices
from foretaste.taste.dossier import Dossier
from foretaste.wiring.bench import Bench, open_bench
from foretaste.wiring.checking import check
from tests.fakes.dated_index import DatedFile, DatedIndex, dated_index
from tests.fakes.index import wheel

BEFORE = "2026-01-01"
BETWEEN = "2026-01-20"
AFTER = "2026-02-01"
# A backend as a release: it makes a wheel of every module beside it.
BACKEND = """
import os, zipfile

def build_wheel(folder, settings=None, metadata=None):
    name = "app-1-py3-none-any.whl"
    info = "app-1.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for each in sorted(os.listdir(".")):
            if each.endswith(".py"):
                archive.write(each)
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: app\\nVersion: 1\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
                         "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "".join("%s,,\\n" % n for n in archive.namelist()))
    return name
"""


def moment(day: str) -> datetime:
    """Return the beginning of a day, in UTC."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Counter:
    """Where checks are made; `said` and `detail` are what the last of them told."""

    index: DatedIndex
    cache: Path
    said: list[str] = field(default_factory=list)
    detail: list[str] = field(default_factory=list)

    def release(self, name: str, version: str, day: str, *requires: str, **more: Any) -> None:
        """Put a pure wheel on the index; `files` are its modules, else one that has the version."""
        module = {f"{name}.py": f"version = {version!r}\n"}
        lines = "".join(f"Requires-Dist: {each}\n" for each in requires)
        data = wheel(name, version, more.pop("files", module), lines)
        filename = f"{name}-{version}-py3-none-any.whl"
        self.index.add(DatedFile(filename=filename, data=data, day=day, **more))

    def moving(self, *names: str) -> None:
        """Put releases 1.0 and 2.0 of these on the index, the second after the base's day."""
        for name in names:
            self.release(name, "1.0", BEFORE)
            self.release(name, "2.0", BETWEEN)

    def options(self, project: Path, *releases: str, **more: Any) -> CheckOptions:
        """Return options for a folder, as of a day on which everything is there."""
        told: dict[str, Any] = {"command": "python test_app.py", "as_of": moment(AFTER)}
        return CheckOptions(project=project, releases=releases, slots=2, **{**told, **more})

    @property
    def voices(self) -> Voices:
        """What is told goes here."""
        self.said.clear()
        self.detail.clear()
        return Voices(say=self.said.append, detail=self.detail.append)

    def bench(self, options: CheckOptions) -> contextlib.AbstractContextManager[Bench]:
        """Open what a check is made with."""
        return open_bench(options, self.voices)

    def check(self, project: Path, *releases: str, **more: Any) -> Dossier:
        """Check a folder and return what was found."""
        return check(self.options(project, *releases, **more), self.voices)[0]


def write_project(folder: Path, dependencies: list[str], test: str = "", **files: str) -> Path:
    """Write a project that is not built, and return its folder; `files` are by name without `.txt`.

    `more` is added to its pyproject.toml.
    """
    folder.mkdir(exist_ok=True)
    pyproject = (
        f'[project]\nname = "app"\nversion = "1"\ndependencies = {json.dumps(dependencies)}\n'
        f"[tool.uv]\npackage = false\n{files.pop('more', '')}"
    )
    (folder / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    (folder / "test_app.py").write_text(test, encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def commit(folder: Path, day: str) -> None:
    """Make a folder a git repository with one commit of everything, made at a day."""
    git = Git()
    dates = {"GIT_AUTHOR_DATE": f"{day}T00:00:00Z", "GIT_COMMITTER_DATE": f"{day}T00:00:00Z"}
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "-q"), ("add", "-A"), (*who, "commit", "-q", "-m", "All")):
        subprocess.run(
            [git.path, "-C", str(folder), *arguments],
            check=True,
            env={**git.environment(), **dates},
        )


@contextlib.contextmanager
def open_counter(folder: Path) -> Iterator[Counter]:
    """Open a counter that keeps what it may need again below a folder."""
    with dated_index() as index:
        yield Counter(index=index, cache=folder)


def environment(counter: Counter) -> Mapping[str, str]:
    """Return the variables by which a check finds the counter's index and cache."""
    return {
        "UV_DEFAULT_INDEX": counter.index.address,
        "PIP_CONFIG_FILE": os.devnull,
        "XDG_CACHE_HOME": str(counter.cache),
    }


def at_counter(counter: Counter, setenv: Callable[[str, str], None]) -> Counter:
    """Return the counter, with the environment set for it."""
    for name, value in environment(counter).items():
        setenv(name, value)
    counter.said.clear()
    counter.detail.clear()
    return counter
