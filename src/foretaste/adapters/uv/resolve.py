"""Resolutions: which release of each package, with the hashes of its files.

Made once for a set of requirements and kept until somebody asks for a refresh, so that builds
of one queue stand on the same versions. Only wheels take part: uv never builds to find out what
a package needs. A package that has no wheel is built in the sandbox first (`sdists`), and its
wheel then takes part as one from the gate's own folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from foretaste.adapters.uv.folders import write_whole
from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.program import Uv
from foretaste.ports.errors import UserError

_FORMAT = 2
_NEEDS_WHEEL = re.compile(r"[Ww]heels are required for `([^`]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be resolved: requirements, constraints, and names that others provide.

    `built` names the folder of wheels built here that may be taken (`Building.key`).
    """

    packages: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    provided: tuple[str, ...] = ()
    built: str = ""

    def key(self, interpreter: Interpreter, indexes: str) -> str:
        """Return what its answer is kept under."""
        parts = [
            str(_FORMAT),
            interpreter.identity,
            indexes,
            *sorted(set(self.packages)),
            "constraints",
            *sorted(set(self.constraints)),
            "provided",
            *sorted(set(self.provided)),
            "built",
            self.built,
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Pins with hashes, in the form of a requirements file."""

    text: str


class NoWheelError(Exception):
    """These packages have no wheel that fits; they must be built before the question is asked."""

    def __init__(self, names: Sequence[str], question: Question, error: UserError) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(names)
        self.question = question
        self.error = error


class Resolutions:
    """Asks uv, and keeps the answers below `folder`."""

    def __init__(self, folder: Path, uv: Uv) -> None:
        self._folder = folder
        self._uv = uv
        self._anew = False

    def forget(self) -> None:
        """Ask anew from now on, and do not believe uv's own cache of the index either."""
        self._anew = True
        shutil.rmtree(self._folder, ignore_errors=True)

    def kept(self, question: Question, interpreter: Interpreter) -> Resolution | None:
        """Return the answer where it is known."""
        if not question.packages:
            return Resolution(text="")
        try:
            kept = json.loads(self._path(question, interpreter).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return Resolution(text=kept["lock"])

    def resolve(self, question: Question, interpreter: Interpreter) -> Resolution:
        """Return the answer, asked once.

        Raises:
            UserError: there is no solution.
            NoWheelError: packages must be built first.
            TransientError: the index is out of reach.
        """
        kept = self.kept(question, interpreter)
        if kept is not None:
            return kept
        answer = Resolution(text=self._ask(question, interpreter))
        write_whole(
            self._path(question, interpreter),
            json.dumps(
                {
                    "packages": sorted(question.packages),
                    "constraints": sorted(question.constraints),
                    "provided": sorted(question.provided),
                    "python": interpreter.identity,
                    "lock": answer.text,
                },
                indent=1,
            ),
        )
        return answer

    def _path(self, question: Question, interpreter: Interpreter) -> Path:
        return self._folder / f"{question.key(interpreter, self._uv.identity())}.json"

    def _ask(self, question: Question, interpreter: Interpreter) -> str:
        with _files(question) as (packages, options):
            try:
                return self._uv.run(
                    [
                        "pip", "compile", str(packages), *options,
                        *(["--refresh"] if self._anew else []),
                        *interpreter.for_uv, "--no-build",
                        "--generate-hashes", "--no-header", "--no-annotate",
                    ],
                    question.built,
                )  # fmt: skip
            except UserError as error:
                names = sorted(set(_NEEDS_WHEEL.findall(error.what)))
                if names:
                    raise NoWheelError(names, question, error) from error
                raise


@contextlib.contextmanager
def _files(question: Question) -> Iterator[tuple[Path, list[str]]]:
    """Write the question down for uv; yield its file and the options that name the others."""
    with tempfile.TemporaryDirectory(prefix="foretaste-") as name:
        folder = Path(name)
        packages = folder / "packages.in"
        packages.write_text("\n".join(question.packages) + "\n", encoding="utf-8")
        options = []
        for option, lines in (
            ("--constraints", question.constraints),
            ("--excludes", question.provided),
        ):
            if lines:
                file = folder / option.strip("-")
                file.write_text("\n".join(lines) + "\n", encoding="utf-8")
                options += [option, str(file)]
        yield packages, options
