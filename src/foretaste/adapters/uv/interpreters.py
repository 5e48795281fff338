"""Interpreters: found where uv, pyenv and the system keep them, on PATH, and the one that runs us."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.version import Version

from foretaste.ports.errors import UserError

# Runs on every Python there may be, 2.7 too. The markers are PEP 508's, which says how each is
# found; Python 2 has no `sys.implementation`, and an empty name for it.
_ASK = """
import json, os, platform, sys, sysconfig
def text(info):
    numbers = ".".join(map(str, info[:3]))
    return numbers if info[3] == "final" else numbers + info[3][0] + str(info[4])
own = getattr(sys, "implementation", None)
version = ".".join(map(str, sys.version_info[:3]))
print(json.dumps({
    "version": version,
    "prefix": getattr(sys, "base_prefix", sys.prefix),
    "tag": own.cache_tag if own else "cpython-%d%d" % sys.version_info[:2],
    "platform": sysconfig.get_platform(),
    "markers": {
        "implementation_name": own.name if own else "",
        "implementation_version": text(own.version) if own else "0",
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(map(str, sys.version_info[:2])),
        "sys_platform": sys.platform,
    },
}))
"""
# What needs no file of the interpreter's own site-packages, and looks at no variable of ours.
_ALONE = ("-I", "-S")
_ALONE_IN_2 = ("-E", "-s", "-S")
_OLDEST_SERVED = Version("3.6")
_OLDEST_TO_BE_HAD = Version("3.8")
_SECONDS = 30.0
_VERSION = re.compile(r"\d+(\.\d+){0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """An interpreter: `path` is the program itself, `version` three numbers."""

    path: Path
    version: str
    prefix: Path
    tag: str
    platform: str
    markers: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def is_old(self) -> bool:
        """Whether it is Python 2, which is started and laid out otherwise."""
        return self.version.startswith("2.")

    @property
    def is_served(self) -> bool:
        """Whether uv starts it and installs for it."""
        return Version(self.version) >= _OLDEST_SERVED

    @property
    def for_uv(self) -> tuple[str, ...]:
        """The options that have uv choose releases for it, by its version alone if need be."""
        if self.is_served:
            return ("--python", str(self.path))
        return ("--python", sys.executable, "--python-version", self.version)

    @property
    def alone(self) -> tuple[str, ...]:
        """The options that start it without anything from a site-packages or a variable."""
        return _ALONE_IN_2 if self.is_old else _ALONE

    @property
    def minor(self) -> str:
        """The version's first two numbers, as folders are named after them."""
        return ".".join(self.version.split(".")[:2])

    @property
    def identity(self) -> str:
        """What environments are keyed by."""
        return f"{self.tag} {self.version} {self.platform} {self.path}"

    @property
    def readable(self) -> tuple[Path, ...]:
        """What must be visible to run it, beyond `/usr`."""
        return () if self.prefix.is_relative_to("/usr") else (self.prefix,)


def _ask(path: Path) -> Interpreter | None:
    """Return what an interpreter says of itself, None where it does not run."""
    said = _said(path, _ALONE) or _said(path, _ALONE_IN_2)
    try:
        facts = json.loads(said)
        return Interpreter(
            path=path,
            version=facts["version"],
            prefix=Path(facts["prefix"]),
            tag=facts["tag"],
            platform=facts["platform"],
            markers=facts["markers"],
        )
    except (ValueError, KeyError, TypeError):
        return None


def _said(path: Path, alone: tuple[str, ...]) -> bytes:
    try:
        return subprocess.run(
            [str(path), *alone, "-c", _ASK],
            env={},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return b""


def _newest_first(paths: Iterator[Path]) -> list[Path]:
    """Sort folders like `3.11.7` or `cpython-3.11.7-linux`, the newest version first."""

    def numbers(path: Path) -> tuple[int, ...]:
        found = _VERSION.search(path.name)
        return tuple(map(int, found.group().split("."))) if found else ()

    return sorted(paths, key=numbers, reverse=True)


def _running() -> Path:
    """Return the program that runs us, below its virtual environment."""
    minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
    program = Path(sys.base_prefix, "bin", minor)
    return program if program.exists() else Path(sys.executable).resolve()


def _candidates(wanted: str) -> Iterator[Path]:
    """Yield programs that may be the wanted version, the best first."""
    yield _running()
    minor = ".".join(wanted.split(".")[:2])
    name = f"python{minor}"
    home = Path(os.environ.get("HOME", "/"))
    data = Path(os.environ.get("XDG_DATA_HOME", home / ".local" / "share"))
    kept = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", data / "uv" / "python"))
    pyenv = Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions"
    folders = [
        *_newest_first(kept.glob(f"cpython-{minor}*")),
        *_newest_first(pyenv.glob(f"{minor}*")),
    ]
    for folder in folders:
        yield folder / "bin" / name
    for place in os.environ.get("PATH", "").split(":"):
        # Never one of the folder that we happen to be in. pyenv's shims are scripts: asked without
        # variables, they do not run.
        if place.startswith("/"):
            yield Path(place, name)
    for folder in (Path("/usr/local"), Path("/usr")):
        yield folder / "bin" / name


def _to_install(wanted: str) -> str:
    """Return how to get an interpreter."""
    if Version(wanted) >= _OLDEST_TO_BE_HAD:
        return f"uv python install {wanted}"
    return "one as old as that comes from pyenv or from your system"


class Interpreters:
    """Finds interpreters, asking each program once."""

    def __init__(self) -> None:
        self._known: dict[str, Interpreter] = {}
        self._lock = threading.Lock()

    def find(self, wanted: str) -> Interpreter:
        """Return an interpreter of version `wanted` ("3.11", "3.11.7", "" for ours).

        Raises:
            UserError: there is none here; says which there are.
        """
        with self._lock:
            if wanted not in self._known:
                self._known[wanted] = self._search(wanted)
            return self._known[wanted]

    def _search(self, wanted: str) -> Interpreter:
        if wanted and not _VERSION.fullmatch(wanted):
            raise UserError("FT625", f"{wanted!r} is no Python version", hint='like "3.11"')
        for path in _candidates(wanted):
            if not path.is_file():
                continue
            found = _ask(path.resolve())
            if found is not None and f"{found.version}.".startswith(f"{wanted}." if wanted else ""):
                return found
        raise UserError(
            "FT625",
            f"no Python {wanted} here",
            hint=f"found: {', '.join(self._versions()) or 'none'}; {_to_install(wanted)}",
        )

    def _versions(self) -> list[str]:
        """Return the minor versions that are here."""
        minors = ["2.7", *(f"3.{minor}" for minor in range(5, 20))]
        here = []
        for minor in minors:
            found = (path.is_file() for path in _candidates(minor) if path.name == f"python{minor}")
            if any(found):
                here.append(minor)
        return here
