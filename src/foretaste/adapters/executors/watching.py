"""Watching: what is put into the sandbox so that a build's tests are told one by one.

The files of `inside/` are mounted read-only. Python finds `sitecustomize` there by PYTHONPATH, to
which they are only added, and pytest is given its plugin by that. What they write lies beside the
JUnit report, and is read by `told_tests`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from foretaste.ports.environments import JOB_FOLDER, STACKS_SIGNAL
from foretaste.ports.executor import Watch

INSIDE = "/foretaste"
"""Where a job finds the files."""

TESTS = "tests.jsonl"
STACKS = "stacks-"
_ONLY = "/foretaste-only"
# How names begin that are told of imports and of nothing else (`inside/foretaste_imports`).
_OF_IMPORTS = ("import ", "use ")
_IMPORTS = 'python "$FORETASTE_INSIDE/foretaste_imports.py"'
_BOTH = f'/bin/sh -c "$1"; status=$?; {_IMPORTS}; exit $status'


def variables(watch: Watch, own: Mapping[str, str]) -> dict[str, str]:
    """Return what a watched job's environment has beyond its `own` variables."""
    out = f"{JOB_FOLDER}/out"
    added = {
        "PYTHONPATH": ":".join(filter(None, (INSIDE, own.get("PYTHONPATH", "")))),
        "FORETASTE_INSIDE": INSIDE,
        "FORETASTE_TESTS": f"{out}/{TESTS}",
        "FORETASTE_STACKS": f"{out}/{STACKS}",
        "FORETASTE_STACKS_SIGNAL": str(STACKS_SIGNAL),
    }
    return {**added, "FORETASTE_ONLY": _ONLY} if asked_for(watch) else added


def command(run: str, watch: Watch | None) -> list[str]:
    """Return the command of a build: what it runs, and what is asked beside it.

    Of both, one is left out where no test of its kind is asked for.
    """
    only = () if watch is None else asked_for(watch)
    imports = [name for name in only if name.startswith(_OF_IMPORTS)]
    if watch is None or not watch.imports or (only and not imports):
        return ["/bin/sh", "-c", run]
    if only and len(imports) == len(only):
        return ["/bin/sh", "-c", _IMPORTS]
    return ["/bin/sh", "-c", _BOTH, "sh", run]


def asked_for(watch: Watch) -> Sequence[str]:
    """Return the tests that a runner may choose; none where one is not a test's name.

    What is told of a run as a whole has its name between brackets.
    """
    return () if any(name.startswith("(") for name in watch.only) else watch.only


class Inside:
    """Keeps the files for jobs below `folder`, readable by the sandbox's user."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def readable(self, watch: Watch, attempt: str) -> dict[str, Path]:
        """Return what must be mounted, by its path inside; undone by `forget`.

        Raises:
            OSError: the disk is full.
        """
        found = {INSIDE: self._files()}
        names = asked_for(watch)
        if names:
            path = self._only(attempt)
            text = "".join(f"{json.dumps(name)}\n" for name in names)
            path.write_text(text, encoding="ascii")
            path.chmod(0o644)
            found[_ONLY] = path
        return found

    def forget(self, attempt: str) -> None:
        """Remove what was written for one attempt; idempotent."""
        self._only(attempt).unlink(missing_ok=True)

    def _only(self, attempt: str) -> Path:
        return self._folder / f"{attempt}.only"

    def _files(self) -> Path:
        """Return a copy of the files: an installation may be closed to the sandbox's user."""
        texts = {
            entry.name: entry.read_bytes()
            for entry in (files("foretaste") / "adapters" / "executors" / "inside").iterdir()
            if entry.name.endswith(".py")
        }
        digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()
        target = self._folder / digest[:16]
        if not target.is_dir():
            self._write(texts, target)
        return target

    def _write(self, texts: Mapping[str, bytes], target: Path) -> None:
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._folder.chmod(0o755)
        made = Path(tempfile.mkdtemp(dir=self._folder, prefix=".made-"))
        for name, data in texts.items():
            (made / name).write_bytes(data)
            (made / name).chmod(0o644)
        made.chmod(0o755)
        try:
            made.rename(target)
        except OSError:
            # Another build was first, with the same content.
            shutil.rmtree(made, ignore_errors=True)
            if not os.path.isdir(target):  # noqa: PTH112 -- asked again, after a race
                raise
