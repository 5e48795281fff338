"""Metadata: what an unpacked release says of itself, read as data."""

from __future__ import annotations

import email.parser
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from packaging.utils import canonicalize_name

from foretaste.ports.errors import UserError
from foretaste.ports.releases import Release

Listing = Mapping[str, tuple[str, ...]]
"""Names of files by folder, the folders below an environment ("lib/python3.11/site-packages")."""

_LARGEST = 8 * 2**20
_STARTS_BY_ITSELF = frozenset({"sitecustomize", "usercustomize"})
_CODE = (".py", ".so", ".pyd", ".pyc")
_SCRIPTS = frozenset({"console_scripts", "gui_scripts"})
# A namespace that pkg_resources or pkgutil keeps says so in its __init__.py.
_NAMESPACE = re.compile(r"declare_namespace|extend_path")
_DEEPEST = 4


def describe(tree: Path, site: str, files: Listing) -> Release:
    """Return what a release says of itself; `site` is where packages are below `tree`.

    Raises:
        UserError: its metadata cannot be read.
    """
    info, *others = (name for name in files if _is_info(name, site, ".dist-info"))
    if others:
        # Whoever looks for plugins would find both, and people be told of one.
        raise UserError("FT661", f"it is {posixpath.basename(info)} and another release as well")
    text = _text(tree / info / "METADATA")
    metadata = email.parser.Parser().parsestr(text, headersonly=True)
    name = metadata.get("Name", "").strip()
    if not name:
        raise UserError("FT661", f"{posixpath.basename(info)} names no release")
    infos = (name for name in files if _is_info(name, site, ".dist-info", ".egg-info"))
    points = _entry_points(_text(tree / each / "entry_points.txt") for each in infos)
    return Release(
        name=canonicalize_name(name),
        version=metadata.get("Version", "").strip(),
        requires=tuple(" ".join(line.split()) for line in metadata.get_all("Requires-Dist", [])),
        requires_python=metadata.get("Requires-Python", "").strip(),
        owns=tuple(sorted(_Owned(tree, site, files).paths())),
        starts=tuple(sorted(_starts(tree, site, files))),
        scripts=tuple(sorted(files.get("bin", ()))),
        plugins={group: names for group, names in points.items() if group not in _SCRIPTS},
    )


def _is_info(folder: str, site: str, *ends: str) -> bool:
    return posixpath.dirname(folder) == site and folder.endswith(ends)


def _text(path: Path) -> str:
    """Return a file's text, "" where there is none.

    Raises:
        UserError: it is too large to be read.
    """
    if not path.is_file():
        return ""
    if path.stat().st_size > _LARGEST:
        raise UserError("FT661", f"{path.name} is too large", where=path.parent.name)
    return path.read_text(encoding="utf-8", errors="replace")


def _entry_points(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the names of entry points by group, as whoever loads them reads them.

    That is line by line, whatever stands between: a stricter reader would miss what a looser loads.
    """
    found: dict[str, set[str]] = {}
    for text in texts:
        group = ""
        for line in filter(None, map(str.strip, text.splitlines())):
            if line.startswith("[") and line.endswith("]"):
                group = line.strip("[]").strip()
            elif group and not line.startswith("#"):
                found.setdefault(group, set()).add(line.partition("=")[0].strip())
    return {group: tuple(sorted(found[group])) for group in sorted(found)}


def _starts(tree: Path, site: str, files: Listing) -> Iterator[str]:
    """Yield what runs code whenever an interpreter starts (the module `site` of Python)."""
    paths = {
        name: _lines(tree / site / name) for name in files.get(site, ()) if name.endswith(".pth")
    }
    yield from (name for name, lines in paths.items() if any(map(_is_import, lines)))
    adds = any(line.strip() and not line.startswith("#") for line in chain(*paths.values()))
    yield from _hooks(site, files, adds=adds)


def _lines(path: Path) -> list[str]:
    # Newer Pythons read a mark of the order of bytes as none of the first line.
    return _text(path).removeprefix("\ufeff").splitlines()


def _is_import(line: str) -> bool:
    return line.startswith(("import ", "import\t"))


def _hooks(site: str, files: Listing, *, adds: bool) -> Iterator[str]:
    """Yield the modules that an interpreter imports by itself; `adds` is whether a .pth adds."""
    for folder, names in files.items():
        # What is in a folder that a .pth adds to the path starts as well.
        if folder == site or (adds and folder.startswith(f"{site}/")):
            below = folder.removeprefix(site).lstrip("/")
            yield from (posixpath.join(below, name) for name in names if _is_hook(name))
    for name in _STARTS_BY_ITSELF:
        if f"{site}/{name}" in files:
            yield name


def _is_hook(name: str) -> bool:
    stem, _, suffix = name.partition(".")
    return stem in _STARTS_BY_ITSELF and f".{suffix}".endswith(_CODE)


class _Owned:
    """Finds the importable paths that a release brings."""

    def __init__(self, tree: Path, site: str, files: Listing) -> None:
        self._tree = tree
        self._site = site
        self._files = files
        self._folders: dict[str, set[str]] = {}
        for folder in files:
            below = folder
            # A folder of folders only holds no file, and is none of the listing's.
            while below:
                self._folders.setdefault(posixpath.dirname(below), set()).add(below)
                below = posixpath.dirname(below)

    def paths(self) -> Iterator[str]:
        """Yield the paths, below the folder of packages."""
        yield from self._in(self._site, 0)

    def _in(self, folder: str, depth: int) -> Iterator[str]:
        for name in self._files.get(folder, ()):
            if name.endswith(_CODE) and not (depth and name.startswith("__init__.")):
                yield self._below(f"{folder}/{name}")
        for inner in self._folders.get(folder, ()):
            base = posixpath.basename(inner)
            if not base.isidentifier() or base == "__pycache__" or not self._holds_code(inner):
                continue
            if depth < _DEEPEST and self._is_shared(inner):
                yield from self._in(inner, depth + 1)
            else:
                yield self._below(inner)

    def _below(self, path: str) -> str:
        return path.removeprefix(f"{self._site}/")

    def _holds_code(self, folder: str) -> bool:
        if any(name.endswith(_CODE) for name in self._files.get(folder, ())):
            return True
        return any(map(self._holds_code, self._folders.get(folder, ())))

    def _is_shared(self, folder: str) -> bool:
        """Whether other releases may bring parts of the folder (a namespace package)."""
        names = self._files.get(folder, ())
        if "__init__.py" in names:
            path = self._tree / folder / "__init__.py"
            return bool(_NAMESPACE.search(_text(path)))
        return not any(name.startswith("__init__.") for name in names)
