"""Wheels built here: of a tree, in the sandbox, without network, once.

A wheel is kept under what made it: the tree, the interpreter and the lock of the build
environment. What comes out of the sandbox is taken as data: a regular file of a sound name.
"""

from __future__ import annotations

import email.parser
import hashlib
import json
import lzma
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from foretaste.adapters.uv import driver
from foretaste.adapters.uv.folders import write_whole
from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.locking import only_one
from foretaste.adapters.uv.requirements import BuildSystem, checked
from foretaste.ports.environments import (
    ENVIRONMENT_FOLDER,
    JOB_FOLDER,
    Confinement,
    Environment,
    Sandbox,
    Say,
)
from foretaste.ports.errors import UserError

_FORMAT = 2
_SECONDS = 900.0
_LARGEST_WHEEL = 512 * 2**20
_LARGEST_TEXT = 2**20
_LAST_LINES = 40
# Of a build's output: a line that is longer is cut in two, and a build that writes more is ended.
_LONGEST_LINE = 2**16
_LARGEST_OUTPUT = 64 * 2**20
# As file systems have it. Of a name's tags all combinations are made: a long one has billions.
_LONGEST_NAME = 255
_UNREADABLE = (OSError, EOFError, StopIteration, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
               ValueError, RuntimeError)  # fmt: skip
_DRIVER = "/driver.py"
_OUT = f"{JOB_FOLDER}/out"
# A fixed time in archives makes the same tree give the same wheel; 1980 is where ZIP begins.
_EPOCH = "315532800"
# A version for projects that ask git for theirs: the tree has none, and what others require of
# its version is not looked at.
_VERSION = "0.0.0+foretaste"
_VERSION_VARIABLES = ("SETUPTOOLS_SCM_PRETEND_VERSION", "PBR_VERSION", "PDM_BUILD_SCM_VERSION",
                      "POETRY_DYNAMIC_VERSIONING_BYPASS", "VERSIONINGIT_VERSION")  # fmt: skip

MakeEnvironment = Callable[[Sequence[str]], Environment]
"""Makes a build environment with these requirements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A wheel's file and what its metadata says."""

    path: Path
    name: str
    version: str
    requires: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What one asker wants releases without a wheel to be built with.

    `constraints` hold for everything that builds; `extra` are requirements more for single
    releases, by normalised name.
    """

    constraints: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What stands for it: what one asker had built is not what another one gets."""
        said = (
            sorted(self.constraints),
            sorted((name, sorted(self.extra[name])) for name in self.extra),
        )
        return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """Whom a build is for, what it is built with, and where its output goes.

    `places` stands for where packages come from: of the same name and version, each index may have
    another source.
    """

    interpreter: Interpreter
    make: MakeEnvironment
    say: Say
    recipe: Recipe = field(default_factory=Recipe)
    places: str = ""

    @property
    def key(self) -> str:
        """What stands for everything that the same source is built with."""
        said = f"{self.interpreter.identity}\n{self.recipe.key}\n{self.places}"
        return hashlib.sha256(said.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is built: a folder that nobody writes to, under a key that stands for its content.

    `where` names it for people. `version` is told to projects that ask git for theirs.
    """

    folder: Path
    key: str
    where: str
    system: BuildSystem
    version: str = _VERSION


def read_wheel(path: Path) -> Wheel:
    """Return what a wheel's metadata says.

    Raises:
        UserError: it is no sound wheel.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entry = next(
                item
                for item in archive.infolist()
                if item.filename.count("/") == 1 and item.filename.endswith(".dist-info/METADATA")
            )
            if entry.file_size > _LARGEST_TEXT:
                raise UserError("FT627", "the wheel's metadata is too large", where=path.name)
            text = archive.read(entry).decode("utf-8", errors="replace")
        metadata = email.parser.Parser().parsestr(text, headersonly=True)
        # Both go into files of requirements, where a line more would act.
        name = canonicalize_name(str(metadata.get("Name", "")), validate=True)
        version = str(metadata.get("Version", ""))
        Version(version)
    except _UNREADABLE as error:
        raise UserError("FT627", f"no sound wheel: {error!r}", where=path.name) from error
    return Wheel(
        path=path,
        name=name,
        version=version,
        requires=tuple(metadata.get_all("Requires-Dist", [])),
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


class Wheels:
    """Builds wheels below `folder`."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self._known: dict[Path, Wheel] = {}

    def build(self, sources: Sources, building: Building) -> Wheel:
        """Return the wheel of a tree, built once.

        Raises:
            UserError: the build fails; its last lines are in the error, all of them in the log.
        """
        environment = building.make(sources.system.requires)
        place = self._place(sources, building, environment.lock)
        if (wheel := self._in(place)) is not None:
            return wheel
        with only_one(place):
            if (wheel := self._in(place)) is None:
                building.say(f"building {sources.where}")
                self._build_into(place, sources, environment, building)
                wheel = self._in(place)
        if wheel is None:
            raise UserError("FT627", "the build left no wheel", where=sources.where)
        return wheel

    def needs(self, sources: Sources, building: Building) -> tuple[str, ...]:
        """Return what builds a tree: what it says, and what its backend asks for beyond, asked once.

        Raises:
            UserError: the backend cannot be asked.
        """
        system = sources.system
        environment = building.make(system.requires)
        kept = self._place(sources, building, environment.lock).with_suffix(".json")
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=self._folder, prefix=".build-") as made:
                result = self._run(Path(made), sources, environment, building.say, wanted="needs")
            texts = _texts(result.get("needs"), sources.where)
            write_whole(kept, json.dumps(texts))
        return (*system.requires, *json.loads(kept.read_text(encoding="utf-8")))

    def _place(self, sources: Sources, building: Building, lock: str) -> Path:
        key = "\n".join((str(_FORMAT), sources.key, building.key, lock))
        return self._folder / hashlib.sha256(key.encode()).hexdigest()[:32]

    def _in(self, place: Path) -> Wheel | None:
        if place not in self._known:
            found = sorted(place.glob("*.whl"))
            if not found:
                return None
            self._known[place] = read_wheel(found[0])
        return self._known[place]

    def _build_into(
        self, place: Path, sources: Sources, environment: Environment, building: Building
    ) -> None:
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".build-") as made:
            folder = Path(made)
            result = self._run(folder, sources, environment, building.say)
            if needs := result.get("needs"):
                requires = (*sources.system.requires, *_texts(needs, sources.where))
                ready = building.make(requires)
                result = self._run(folder, sources, ready, building.say, wanted="wheel")
            name = str(result.get("wheel"))
            _check_name(name, sources.where)
            place.mkdir(mode=0o755, parents=True, exist_ok=True)
            place.chmod(0o755)
            (folder / name).chmod(0o644)
            # Last, and at once: a wheel that is in its place is whole.
            (folder / name).replace(place / name)

    def _run(
        self,
        folder: Path,
        sources: Sources,
        environment: Environment,
        say: Say,
        *,
        wanted: str = "either",
    ) -> dict[str, object]:
        """Run the driver in the sandbox; bring its result and the wheel into `folder`."""
        lines = _Lines(say)
        system = sources.system
        running = self._sandbox.start(
            [
                str(environment.python), _DRIVER, system.backend, ":".join(system.path), _OUT,
                wanted,
            ],
            Confinement(
                readable={
                    ENVIRONMENT_FOLDER: environment.path,
                    _DRIVER: Path(driver.__file__),
                    **{str(path): path for path in environment.readable},
                },
                folders={"work": sources.folder, "out": None},
                env=_variables(sources.folder, sources.version),
                cwd=f"{JOB_FOLDER}/work",
                seconds=_SECONDS,
            ),
            lines.take,
        )  # fmt: skip
        try:
            ended = running.wait()
            if ended.status != 0:
                raise UserError(
                    "FT626",
                    f"{sources.where} does not build ({_how(ended.status, ended.limit)}):\n"
                    f"{lines.last()}",
                    where=sources.where,
                )
            return _take_out(running.results(), folder, sources.where)
        finally:
            running.close()


def _how(status: int | None, limit: str) -> str:
    return limit or f"exit status {status}"


def _variables(folder: Path, version: str) -> dict[str, str]:
    variables = {
        "PATH": f"{ENVIRONMENT_FOLDER}/bin:/usr/local/bin:/usr/bin:/bin",
        "VIRTUAL_ENV": ENVIRONMENT_FOLDER,
        # A wheel of the same tree is the same file, which names the layer it goes into.
        "SOURCE_DATE_EPOCH": _EPOCH,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if not (folder / "PKG-INFO").exists():
        variables |= dict.fromkeys(_VERSION_VARIABLES, version)
    return variables


def _texts(value: object, where: str) -> list[str]:
    """Return what a backend asks for; it is the package's own word, so nothing but names passes."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UserError("FT627", "the build's requirements are no list of strings", where=where)
    return [checked(item, f"what builds {where}") for item in value]


def _check_name(name: str, where: str) -> None:
    wrong = UserError("FT627", f"no sound wheel's name: {name[:_LONGEST_NAME]!r}", where=where)
    if len(name) > _LONGEST_NAME or "/" in name:
        raise wrong
    try:
        parse_wheel_filename(name)
    except InvalidWheelFilename as error:
        raise wrong from error


def _take_out(results: int, folder: Path, where: str) -> dict[str, object]:
    """Copy the driver's result, and the wheel that it names, out of the job's folder."""
    out = os.open("out", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=results)
    try:
        _copy_out(out, "result.json", folder, _LARGEST_TEXT)
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        if isinstance(name := result.get("wheel"), str):
            _check_name(name, where)
            _copy_out(out, name, folder, _LARGEST_WHEEL)
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise UserError(
            "FT627", f"the build's result cannot be read: {error}", where=where
        ) from error
    finally:
        os.close(out)
    return dict(result)


def _copy_out(results: int, name: str, folder: Path, largest: int) -> None:
    # A link would lead out of the job's folder, and a pipe would keep the gate waiting.
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=results)
    with os.fdopen(descriptor, "rb") as source, (folder / name).open("wb") as copy:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > largest:
            raise ValueError(f"{name} is no file of a sound size")
        shutil.copyfileobj(source, copy)


class _Lines:
    """Hands a build's output on, line by line, and keeps the end of it."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._rest = b""
        self._left = _LARGEST_OUTPUT
        self._kept: list[str] = []

    def take(self, data: bytes) -> bool:
        """Take what was written; False where it is more than anybody reads."""
        self._left -= len(data)
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._tell(self._rest + line)
            self._rest = b""
        self._rest += rest
        if len(self._rest) > _LONGEST_LINE:
            self._tell(self._rest)
            self._rest = b""
        return self._left >= 0

    def _tell(self, line: bytes) -> None:
        text = line.decode(errors="replace")
        self._say(text)
        self._kept = [*self._kept, text][-_LAST_LINES:]

    def last(self) -> str:
        """Return the last lines."""
        return "\n".join([*self._kept, self._rest.decode(errors="replace")]).strip()
