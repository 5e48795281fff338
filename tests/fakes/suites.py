"""Suites: projects with the pytest that runs us among their files, so that no index is needed.

`with_pytest` gives the files of a project; its tests run with `RUN`, and `VARIABLES` in the job's
environment. Pytest has no distribution there, so no plugin is found installed. It comes compiled,
for jobs that start with it by the dozen.
"""

from __future__ import annotations

import importlib.util
import py_compile
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

RUN = "python -m pytest -q -p no:cacheprovider"
VARIABLES: Mapping[str, str] = {"PYTHONPATH": "/job/work/.pytest", "PYTHONDONTWRITEBYTECODE": "1"}
# Of pygments, the words of all languages are most, and pytest wants those of Python only.
_LANGUAGES = "pygments/lexers/"
_WANTED = frozenset({"__init__.py", "_mapping.py", "python.py", "diff.py"})
_PACKAGES = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py")


@cache
def pytest_files() -> Mapping[str, bytes]:
    """Return the files of pytest and of what it needs, by their paths in a project."""
    found: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for path, inside in _sources():
            found[f".pytest/{inside}"] = path.read_bytes()
            compiled = Path(scratch, "compiled")
            # By no time stamp: the copy in a job is a new file.
            kind = py_compile.PycInvalidationMode.UNCHECKED_HASH
            py_compile.compile(str(path), cfile=str(compiled), invalidation_mode=kind)
            cached = importlib.util.cache_from_source(inside.as_posix())
            found[f".pytest/{cached}"] = compiled.read_bytes()
    return found


def _sources() -> Iterator[tuple[Path, Path]]:
    """Yield each file, and its path below the folder that the packages are in."""
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        file = Path(spec.origin)
        package = file.name == "__init__.py"
        above = file.parent.parent if package else file.parent
        for path in file.parent.rglob("*.py") if package else (file,):
            inside = path.relative_to(above)
            if not inside.as_posix().startswith(_LANGUAGES) or inside.name in _WANTED:
                yield path, inside


def with_pytest(files: Mapping[str, str]) -> dict[str, str | bytes]:
    """Return a project's files with pytest among them."""
    return {**pytest_files(), **files}
