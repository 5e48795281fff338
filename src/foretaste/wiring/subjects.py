"""Subjects: a project's folder, read for a check.

The project's configuration says how it is tested, its lock what it stands on, its metadata what it
asks for. What a person says on the command line goes before all of them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from foretaste.adapters.uv.requirements import load_pyproject
from foretaste.config.bases import find_base, read_base
from foretaste.config.resolve import Definition
from foretaste.config.tested import trial_job
from foretaste.config.tree import FolderTree
from foretaste.config.uvsettings import extra_build
from foretaste.config.versions import Asked, Base
from foretaste.ports.errors import UserError
from foretaste.ports.executor import EnvironmentSpec
from foretaste.service.check.subject import Recipe, Subject
from foretaste.service.starts import CheckOptions
from foretaste.wiring.bench import Bench

# Bytes of files that the script which shows a failure carries with it.
SMALL = 64 * 1024
MOST_SMALL = 20
PYTHON_VERSION = re.compile(r"(\d+\.\d+(?:\.\d+)?)")
# Newer ones are tried first, where the interpreter that runs us is not one that the project takes.
MINORS = tuple(f"3.{minor}" for minor in range(19, 7, -1))


def subject_of(
    options: CheckOptions, bench: Bench, definition: Definition | None = None
) -> Subject:
    """Return the project of a folder as a check takes it.

    `definition` is the job that tests it, where a gate knows it; None: it is found out.

    Raises:
        UserError: it cannot be read, or says nothing of how it is tested.
        TransientError: it must be built to know what it asks for, and the index is out of reach.
    """
    tree = FolderTree(folder=options.project.resolve())
    pyproject = load_pyproject(tree.read)
    if definition is None:
        definition = trial_job(tree, command=options.command, job=options.job)
    name = _named(pyproject, tree.folder)
    source = bench.snapshots.take(name, tree.folder)
    spec = _spec(options, definition, tree, bench)
    base = _base(options, spec, tree, bench)
    when = _base_date(options, base, bench)
    loose = _without_locks(spec.install, base, tree)
    wants = bench.environments.requirements(
        replace(spec, install=loose), [source], bench.tools.detail
    )
    return Subject(
        project=name,
        version=_text(_table(pyproject, "project"), "version"),
        source=source,
        recipe=Recipe(
            run=definition.command,
            python=spec.python,
            install=(".",) if wants.own else (),
            preinstall=spec.preinstall,
            build_constraints=spec.build_constraints,
            extra_build=extra_build(tree),
            env=definition.env,
            timeout=min(options.timeout, definition.timeout),
        ),
        requirements=wants.requirements,
        constraints=wants.constraints,
        base=None if base is None else base.versions,
        base_hashes={} if base is None else base.hashes,
        base_from=_said(base, when, tree.folder),
        base_date=when,
        build_requires=wants.build,
        test=options.command or definition.run,
        files=_small_files(tree),
    )


def _spec(
    options: CheckOptions, definition: Definition, tree: FolderTree, bench: Bench
) -> EnvironmentSpec:
    return EnvironmentSpec(
        python=_python(options, definition, tree, bench),
        install=definition.install,
        preinstall=definition.preinstall,
        build_constraints=definition.build_constraints,
    )


def _base(
    options: CheckOptions, spec: EnvironmentSpec, tree: FolderTree, bench: Bench
) -> Base | None:
    """Return the versions that work today, None where a date has to say them.

    Raises:
        UserError: the file, or the project's lock, cannot be used.
    """
    asked = Asked(
        markers=bench.tools.releases.markers(spec.python),
        extras=_extras(spec.install),
        groups=frozenset(
            each.removeprefix("group:") for each in spec.install if each.startswith("group:")
        ),
        files=_files(spec.install),
    )
    if options.base is None:
        return None if options.base_as_of else find_base(tree, asked)
    try:
        data = options.base.read_bytes()
    except OSError as error:
        what = f"the base cannot be read: {error.strerror}"
        raise UserError("FT904", what, where=str(options.base)) from error
    return read_base(str(options.base.resolve()), data, asked)


def _without_locks(
    install: tuple[str, ...], base: Base | None, tree: FolderTree
) -> tuple[str, ...]:
    """Return what is asked for, without files of pins that the base was read from.

    What such a file was made from is asked for in its place, where it is there: the pins say what
    works today, not what is allowed.
    """
    read = () if base is None else base.found.split(", ")
    # One that a person names is told by its whole path, one that was found by its path in the tree.
    locks = {tree.folder / path for path in read}
    found = []
    for entry in install:
        path = posixpath.normpath(entry.removeprefix("-r ").strip())
        if not entry.startswith("-r ") or tree.folder / path not in locks:
            found.append(entry)
        elif tree.read(source := f"{path.rpartition('.')[0]}.in") is not None:
            found.append(f"-r {source}")
    return tuple(found)


def _files(install: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each.removeprefix("-r ") for each in install if each.startswith("-r "))


def _extras(install: tuple[str, ...]) -> frozenset[str]:
    """Return the extras of the project itself that are installed: of ".[test]", test."""
    own = [each.partition("[")[2].removesuffix("]") for each in install if each.startswith(".[")]
    return frozenset(
        str(canonicalize_name(name.strip())) for each in own for name in each.split(",")
    )


def _base_date(options: CheckOptions, base: Base | None, bench: Bench) -> datetime | None:
    """Return of when the base is: as it is said, else of the last commit; None without git.

    A file of versions that is given may be of any time.
    """
    if options.base_as_of is not None:
        return options.base_as_of
    if options.base is not None:
        return None
    committed = bench.work_trees.committed_at(options.project.resolve())
    if committed is not None:
        return datetime.fromtimestamp(committed, UTC)
    if base is not None:
        return None
    raise UserError(
        "FT905",
        "nothing says which versions work today: no lock, and no commit to take the date of",
        where=str(options.project),
        hint="name a file of versions with --base, or a day with --base-as-of",
    )


def _said(base: Base | None, when: datetime | None, folder: Path) -> str:
    """Return where the base was read, a file of the project's by its path in it."""
    if base is not None:
        path = Path(base.found).resolve()
        inside = Path(base.found).is_absolute() and path.is_relative_to(folder)
        return path.relative_to(folder).as_posix() if inside else base.found
    return f"what resolved as of {when:%Y-%m-%d %H:%M} UTC" if when is not None else ""


def _python(options: CheckOptions, definition: Definition, tree: FolderTree, bench: Bench) -> str:
    """Return the interpreter to test with: what is said, else one that the project takes."""
    said = options.python or definition.python or _pinned_python(tree)
    if said:
        return said
    asked = _text(_table(load_pyproject(tree.read), "project"), "requires-python")
    for minor in ("", *MINORS):
        try:
            version = bench.tools.releases.markers(minor)["python_full_version"]
        except UserError:
            continue
        if _takes(asked, version):
            return ".".join(version.split(".")[:2])
    raise UserError(
        "FT625",
        f"no Python here that the project takes ({asked})",
        where="pyproject.toml",
        hint="install one (uv python install), or name another with --python",
    )


def _pinned_python(tree: FolderTree) -> str:
    """Return what `.python-version` says, where it names a version of CPython."""
    text = (tree.read(".python-version") or b"").decode(errors="replace").strip()
    found = PYTHON_VERSION.fullmatch(text.splitlines()[0].strip()) if text else None
    return found.group(1) if found else ""


def _takes(asked: str, version: str) -> bool:
    try:
        return SpecifierSet(asked).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True


def _small_files(tree: FolderTree) -> Mapping[str, str]:
    """Return the project's files where they are few and small, for a script that takes them along.

    Nothing where there are more: the script then asks for the project's folder.
    """
    paths = [path for path in tree.paths() if not path.startswith(".")]
    # Looked at before it is read: it may be a gigabyte.
    if len(paths) > MOST_SMALL or sum(map(_size, (tree.folder / path for path in paths))) > SMALL:
        return {}
    found = {path: tree.read(path) or b"" for path in paths}
    if sum(map(len, found.values())) > SMALL:
        return {}
    try:
        return {path: data.decode() for path, data in found.items()}
    except UnicodeDecodeError:
        return {}


def _size(path: Path) -> int:
    """Return a file's bytes, 0 for one that has gone; a link's own, not what it points to."""
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _named(pyproject: Mapping[str, object], folder: Path) -> str:
    return _text(_table(pyproject, "project"), "name") or folder.name


def _table(table: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = table.get(key)
    return found if isinstance(found, dict) else {}


def _text(table: Mapping[str, object], key: str) -> str:
    found = table.get(key)
    return found if isinstance(found, str) else ""
