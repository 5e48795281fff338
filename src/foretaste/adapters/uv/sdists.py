"""Releases that have no wheel: fetched by hash, built in the sandbox, kept as wheels.

The simple index is asked directly, because uv reads an sdist's metadata only by building it on
this side. The newest release that the requirements allow is taken.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from foretaste.adapters.uv.archives import Archives
from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.locking import only_one
from foretaste.adapters.uv.program import Uv
from foretaste.adapters.uv.requirements import BuildSystem, build_system, load_pyproject
from foretaste.adapters.uv.resolve import NoWheelError, Question
from foretaste.adapters.uv.wheels import Building, Recipe, Sources, Wheel, Wheels
from foretaste.ports.errors import TransientError, UserError
from foretaste.ports.index import IndexFile

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage


class Sdists:
    """Builds releases without a wheel; sources are kept below `folder`."""

    def __init__(self, folder: Path, uv: Uv, wheels: Wheels) -> None:
        self._folder = folder
        self._uv = uv
        self._wheels = wheels

    def build(self, name: str, error: NoWheelError, building: Building) -> None:
        """Put a wheel of the release that the question wants where uv finds it for this asker.

        Raises:
            UserError: no release fits, it does not build, or it builds something else.
            TransientError: the index is out of reach.
        """
        self._online(name)
        # Two builds that miss the same wheel build it once.
        with only_one(self._folder / name):
            package = self._choose(name, error, building)
            building.say(f"{name} {package.version} has no wheel; it is built from its source")
            wheel = self._build(package, name, building)
            folder = self._uv.wheels / building.key
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(wheel.path, folder / wheel.path.name)

    def exactly(self, name: str, file: IndexFile, building: Building) -> Wheel:
        """Return the wheel of one sdist of the index, built once for each way to build it.

        Raises:
            UserError: it has no hash, is not what it names, does not build, or builds something
                else.
            TransientError: it cannot be fetched.
        """
        package = _as_package(name, file)
        if self._archives().kept(file.sha256) is None:
            self._online(name)
        with only_one(self._folder / name):
            return self._build(package, name, building)

    def files(self, name: str, file: IndexFile) -> Path:
        """Return the folder with the files of one sdist of the index; nothing of it is run.

        Raises:
            UserError: it has no hash, or is not what it names.
            TransientError: it cannot be fetched.
        """
        kept = self._archives().kept(file.sha256)
        if kept is not None:
            return kept
        self._online(name)
        with only_one(self._folder / name):
            return self._archives().unpacked(_as_package(name, file))

    def _online(self, name: str) -> None:
        if self._uv.offline:
            raise TransientError(
                "FT624",
                f"offline, and {name} has no wheel in the cache",
                hint="run it once online",
            )

    def _build(self, package: DistributionPackage, name: str, building: Building) -> Wheel:
        sources = _sources(self._archives().unpacked(package), package, building.recipe)
        wheel = self._wheels.build(sources, building)
        _check_release(wheel, name, package)
        return wheel

    def _choose(self, name: str, error: NoWheelError, building: Building) -> DistributionPackage:
        """Return the newest sdist that the requirements and the interpreter allow."""
        allowed = _allowed(name, error.question)
        fitting = [
            (version, package)
            for version, package in self._releases(name)
            if version in allowed and _runs_on(package, building.interpreter)
        ]
        if not fitting:
            raise error.error
        newest = max(fitting, key=lambda pair: pair[0])
        built = canonicalize_name(name).replace("-", "_")
        if any((self._uv.wheels / building.key).glob(f"{built}-{newest[0]}-*.whl")):
            # It was built already and did not help: something else stands in the way.
            raise error.error
        return newest[1]

    def _archives(self) -> Archives:
        return Archives(self._folder, self._uv.index())

    def _releases(self, name: str) -> Iterator[tuple[Version, DistributionPackage]]:
        for package in self._archives().packages(name):
            if package.package_type == "sdist" and not package.is_yanked and package.version:
                try:
                    yield Version(package.version), package
                except InvalidVersion:
                    continue


def _check_release(wheel: Wheel, name: str, package: DistributionPackage) -> None:
    """Pass a wheel that is the release which was built, in its metadata and in its file's name.

    It goes where every project's packages are looked for: one of another name, or of a version
    that the index does not have, would be taken for another package there (attack A07).

    Raises:
        UserError: it is something else.
    """
    named, version, _, _ = parse_wheel_filename(wheel.path.name)
    try:
        same = version == Version(wheel.version) == Version(package.version or "")
    except InvalidVersion:
        same = False
    if not same or {str(named), wheel.name} != {str(canonicalize_name(name))}:
        raise UserError(
            "FT627",
            f"the source of {name} {package.version} builds {wheel.path.name}, another release",
            where=package.filename,
        )


def _sources(folder: Path, package: DistributionPackage, recipe: Recipe) -> Sources:
    def read(path: str) -> bytes | None:
        file = folder / path
        return file.read_bytes() if file.is_file() and not file.is_symlink() else None

    system = build_system(load_pyproject(read))
    if system == BuildSystem():
        # Old sources are many, and old setuptools asks for it each time, at the cost of a start.
        system = replace(system, requires=(*system.requires, "wheel"))
    extra = recipe.extra.get(canonicalize_name(package.project or ""), ())
    return Sources(
        folder=folder,
        key=f"sdist {folder.name}",
        where=f"{package.project} {package.version}",
        system=replace(system, requires=(*system.requires, *extra)),
    )


def _allowed(name: str, question: Question) -> SpecifierSet:
    """Return what the question itself says of a package's versions."""
    allowed = SpecifierSet()
    for text in (*question.packages, *question.constraints):
        requirement = Requirement(text)
        if canonicalize_name(requirement.name) == canonicalize_name(name):
            allowed &= requirement.specifier
    return allowed


def _runs_on(package: DistributionPackage, interpreter: Interpreter) -> bool:
    try:
        return interpreter.version in SpecifierSet(package.requires_python or "")
    except InvalidSpecifier:
        return True


def _as_package(name: str, file: IndexFile) -> DistributionPackage:
    from pypi_simple import DistributionPackage  # noqa: PLC0415 - half a second to import

    return DistributionPackage(
        filename=file.filename,
        url=file.url,
        project=name,
        version=file.version,
        package_type="sdist",
        digests={"sha256": file.sha256} if file.sha256 else {},
        requires_python=file.requires_python or None,
        has_sig=None,
    )
