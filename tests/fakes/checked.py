"""A project that is checked as a person would check it: by the program, on an index of one's own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.dated_index import DatedFile, DatedIndex, dated_index
from tests.fakes.index import wheel

PROGRAM = Path(sys.executable).parent / "foretaste"
SECONDS = 240.0
BEFORE = "2026-01-01"
AFTER = "2026-02-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How a check ended, and what it said."""

    status: int
    said: Mapping[str, Any]
    errors: str

    @property
    def failures(self) -> str:
        """Everything that is said of failures, as text."""
        return json.dumps([each["failure"] for each in self.said.get("culprits", ())])

    @property
    def whole(self) -> str:
        """Everything that was printed, as text."""
        return json.dumps(self.said) + self.errors


@dataclass(slots=True, kw_only=True)
class CheckedProject:
    """A project in a folder, an index, and a cache that only it uses."""

    folder: Path
    cache: Path
    index: DatedIndex

    def release(
        self, name: str, version: str, day: str, files: Mapping[str, str], requires: str = ""
    ) -> None:
        """Put a pure wheel on the index; `requires` are lines of its metadata."""
        data = wheel(name, version, files, requires)
        self.index.add(DatedFile(filename=f"{name}-{version}-py3-none-any.whl", data=data, day=day))

    def write(self, dependencies: list[str], base: list[str], test: str, more: str = "") -> None:
        """Write the project, the versions that it stands on, and its test."""
        pyproject = (
            f'[project]\nname = "app"\nversion = "0"\ndependencies = {json.dumps(dependencies)}\n'
            f"[tool.uv]\npackage = false\n{more}"
        )
        (self.folder / "pyproject.toml").write_text(pyproject, encoding="utf-8")
        (self.folder / "base.txt").write_text("\n".join(base) + "\n", encoding="utf-8")
        (self.folder / "test_app.py").write_text(test, encoding="utf-8")

    def age(self, seconds: float) -> None:
        """Make all that is kept of the index older, as if so much time had passed."""
        aged = 0
        for path in self.cache.rglob("*.json"):
            said = json.loads(path.read_bytes())
            if isinstance(said, dict) and isinstance(said.get("at"), float):
                path.write_text(json.dumps({**said, "at": said["at"] - seconds}), encoding="utf-8")
                aged += 1
        assert aged, "nothing is kept"

    def environment(self) -> dict[str, str]:
        """Return an environment in which the index is the only one."""
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("UV_", "PIP_", "FORETASTE_"))
        }
        return kept | {
            "UV_DEFAULT_INDEX": self.index.address,
            "PIP_CONFIG_FILE": os.devnull,
            "XDG_CACHE_HOME": str(self.cache),
        }

    def run(self, command: str, *arguments: str) -> Checked:
        """Run a command of the program in the project, as JSON."""
        ended = subprocess.run(
            [str(PROGRAM), command, "--project", str(self.folder), *arguments, "--json"],
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            env=self.environment(),
            timeout=SECONDS,
        )
        said = json.loads(ended.stdout) if ended.stdout.strip() else {}
        return Checked(status=ended.returncode, said=said, errors=ended.stderr)

    def check(self, *arguments: str, as_of: str = AFTER) -> Checked:
        """Check it against everything that the index has, or had; `as_of` "" is now."""
        base = str(self.folder / "base.txt")
        when = ("--as-of", as_of) if as_of else ()
        return self.run("check", "--base", base, "--test", "python test_app.py", *when, *arguments)


@contextlib.contextmanager
def checked_project(folder: Path) -> Iterator[CheckedProject]:
    """Give a project below a folder, with an index that answers."""
    for name in ("project", "cache"):
        (folder / name).mkdir()
    with dated_index() as index:
        yield CheckedProject(folder=folder / "project", cache=folder / "cache", index=index)
