"""uv, the program: resolves, fetches by hash and unpacks wheels; never builds anything.

It is run with the user's own configuration of indexes: uv's, and where there is none, pip's.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from foretaste.ports.errors import PermanentError, TransientError, UserError

_SECONDS = 600.0
_NO_SOLUTION = 1
# No file of a wheel is larger, in bytes; the largest known are under two gigabytes.
_LARGEST_FILE = 4 * 2**30
_SAID = 4000
# What uv says where the network or the disk is to blame; anything else is the package's fault.
_MAY_PASS = (
    "error sending request",
    "Failed to fetch",
    "Failed to download",
    "timed out",
    "No space left",
    "HTTP status",
)
_NAMED_INDEX = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)=(?=\S)")
# What uv logs of its resolver, and the names in it.
_RESOLVER = "uv_resolver=debug"
_LOGGED = ("DEBUG ", "INFO ", "WARN ", "TRACE ")
_CONSIDERED = re.compile(
    r"(?:Adding (?:direct|transitive) dependency(?: for [^:]*)?: |compatible version of )"
    r"([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)"
)
_NOT_CACHED = re.compile(r"[Bb]ecause (\S+) was not found in the cache")

# pip's settings that say where packages come from, and uv's variables for the same.
_FROM_PIP = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
}
_OWN_INDEXES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_CONFIG_FILE",
)
# What would point uv at another interpreter, project or way to install than the one asked for.
_TAKEN_OUT = ("VIRTUAL_ENV", "CONDA_PREFIX", "UV_PYTHON", "UV_PROJECT", "UV_WORKING_DIRECTORY",
              "UV_OFFLINE", "UV_COMPILE_BYTECODE", "UV_BREAK_SYSTEM_PACKAGES", "UV_TARGET",
              "UV_PREFIX", "UV_NO_CONFIG", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_PRERELEASE",
              "UV_RESOLUTION", "UV_EXCLUDE_NEWER", "UV_SYSTEM_PYTHON", "PYTHONPATH",
              "PYTHONHOME")  # fmt: skip


def find_uv() -> Path:
    """Return uv beside the interpreter that runs us, else the one on PATH.

    Raises:
        PermanentError: there is none.
    """
    beside = Path(sys.executable).parent / "uv"
    if beside.is_file():
        return beside
    found = shutil.which("uv")
    if found is None:
        raise PermanentError(
            "FT620", "uv is not installed", hint="install it beside Foretaste: pip install uv"
        )
    return Path(found)


def _pip_files(environ: Mapping[str, str]) -> list[Path]:
    """Return pip's configuration files, the weakest first."""
    if "PIP_CONFIG_FILE" in environ:
        return [Path(environ["PIP_CONFIG_FILE"])]
    home = Path(environ.get("HOME", "/"))
    configuration = Path(environ.get("XDG_CONFIG_HOME", home / ".config"))
    system = environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")
    return [
        *(Path(folder, "pip", "pip.conf") for folder in reversed(system)),
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        configuration / "pip" / "pip.conf",
    ]


def _pip_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return where pip would look for packages, by setting."""
    parser = configparser.RawConfigParser()
    for path in _pip_files(environ):
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue
    settings = {}
    for name in _FROM_PIP:
        variable = "PIP_" + name.upper().replace("-", "_")
        value = environ.get(variable) or parser.get("global", name, fallback="") or ""
        if value.strip():
            settings[name] = " ".join(value.split())
    return settings


def _uv_is_configured(environ: Mapping[str, str]) -> bool:
    home = Path(environ.get("HOME", "/"))
    configuration = Path(environ.get("XDG_CONFIG_HOME", home / ".config"))
    files = (configuration / "uv" / "uv.toml", Path("/etc/uv/uv.toml"))
    return any(name in environ for name in _OWN_INDEXES) or any(map(Path.is_file, files))


def uv_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for uv, with pip's indexes where uv has none of its own."""
    variables = {name: value for name, value in environ.items() if name not in _TAKEN_OUT}
    variables |= {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
    if not _uv_is_configured(environ):
        settings = _pip_settings(environ)
        for name, value in settings.items():
            separator = "," if name == "find-links" else " "
            variables[_FROM_PIP[name]] = separator.join(value.split())
        if settings:
            # pip takes the best version of all indexes; uv would stop at the first that has any.
            variables.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return variables


def address_of(index: str, environ: Mapping[str, str]) -> str:
    """Return the address of an index that is written as uv takes it: `URL`, or `NAME=URL`.

    Of one with a name, user and password may stand in variables that are made of the name.
    """
    found = _NAMED_INDEX.match(index)
    if found is None:
        return index
    address = index[found.end() :]
    variable = "UV_INDEX_" + re.sub(r"[^A-Z0-9]", "_", found[1].upper())
    user, password = (environ.get(f"{variable}_{part}", "") for part in ("USERNAME", "PASSWORD"))
    scheme, separator, rest = address.partition("://")
    if not (user or password) or not separator or "@" in rest.partition("/")[0]:
        return address
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """The projects that uv's resolver looked at, those that it went back from too.

    `error` is why it found no solution, None where it found one.
    """

    names: frozenset[str]
    error: UserError | TransientError | None


class Uv:
    """Runs uv for one gate, in `folder`; `offline` lets it use only what is cached.

    Below `wheels` are folders of wheels that were built here, of packages that have none
    elsewhere, one for each way to build them.
    """

    def __init__(
        self,
        folder: Path,
        wheels: Path,
        *,
        offline: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self.wheels = wheels
        self._program: Path | None = None
        self._variables = uv_variables(os.environ if environ is None else environ)
        self.offline = offline

    def identity(self) -> str:
        """Return a digest of where packages come from: another source, other answers."""
        said = sorted(
            (name, value)
            for name, value in self._variables.items()
            if name in {*_OWN_INDEXES, "UV_INDEX_STRATEGY"}
        )
        return hashlib.sha256(repr(said).encode()).hexdigest()

    def index(self) -> str:
        """Return the simple index that packages come from: the user's own, or the default."""
        own = self._variables.get("UV_DEFAULT_INDEX") or self._variables.get("UV_INDEX_URL")
        if own:
            return address_of(own, self._variables)
        from pypi_simple import PYPI_SIMPLE_ENDPOINT  # noqa: PLC0415 - half a second to import

        return PYPI_SIMPLE_ENDPOINT

    def indexes(self) -> tuple[str, ...]:
        """Return all simple indexes that packages come from, the default one first."""
        more = [
            address_of(each, self._variables)
            for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL")
            for each in self._variables.get(name, "").split()
        ]
        return tuple(dict.fromkeys([self.index(), *more]))

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment that uv runs in."""
        return self._variables

    def run(self, arguments: Sequence[str], built: str = "") -> str:
        """Run uv and return what it printed.

        `built` names the folder of wheels built here that may be taken, "" for none.

        Raises:
            UserError: there is no solution (FT621).
            TransientError: the index is out of reach, or something needed is not cached.
            PermanentError: uv is not installed.
        """
        status, printed, said = self._done(arguments, self._with(built))
        if status != 0:
            raise self._failed(status, said)
        return printed

    def consider(self, arguments: Sequence[str]) -> Considered:
        """Run uv's resolver and return which projects it looked at, and whether in vain.

        Raises:
            TransientError: uv took too long.
            PermanentError: uv is not installed.
        """
        status, _, said = self._done(arguments, {**self._variables, "RUST_LOG": _RESOLVER})
        logged = [line for line in said.splitlines() if line.startswith(_LOGGED)]
        rest = "\n".join(line for line in said.splitlines() if not line.startswith(_LOGGED))
        return Considered(
            names=frozenset(name for line in logged for name in _CONSIDERED.findall(line)),
            error=None if status == 0 else self._failed(status, rest),
        )

    def _done(self, arguments: Sequence[str], env: Mapping[str, str]) -> tuple[int, str, str]:
        """Run uv; return its exit status, and what it printed to both streams."""
        if self._program is None:
            self._program = find_uv()
        self._folder.mkdir(parents=True, exist_ok=True)
        offline = ["--offline"] if self.offline else []
        with subprocess.Popen(
            [str(self._program), *arguments, *offline, "--quiet"],
            cwd=self._folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            # An archive of a few megabytes may hold a file that fills the disk (attack C35).
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
            try:
                printed, said = process.communicate(timeout=_SECONDS)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise TransientError("FT623", f"uv took more than {_SECONDS:.0f} s") from error
        return process.returncode, printed.decode(), said.decode(errors="replace")

    def _with(self, built: str) -> Mapping[str, str]:
        wheels = self.wheels / built
        if not built or not wheels.is_dir():
            return self._variables
        others = self._variables.get("UV_FIND_LINKS", "")
        links = f"{wheels},{others}" if others else str(wheels)
        return {**self._variables, "UV_FIND_LINKS": links}

    def _failed(self, status: int, said: str) -> UserError | TransientError:
        if status == -signal.SIGXFSZ:
            return UserError("FT661", f"a file unpacks to more than {_LARGEST_FILE} bytes")
        said = said.strip()[-_SAID:]
        missing = sorted(set(_NOT_CACHED.findall(said)))
        if self.offline and (missing or "network was disabled" in said):
            names = ", ".join(missing) or "what it needs"
            return TransientError(
                "FT624", f"offline, and not in the cache: {names}", hint="run it once online"
            )
        if status == _NO_SOLUTION:
            return UserError("FT621", f"the requirements cannot be installed together: {said}")
        if any(sign in said for sign in _MAY_PASS):
            return TransientError("FT623", f"packages cannot be fetched now: {said}")
        return UserError("FT627", f"a package cannot be installed: {said}")
