"""Environments as folders: wheels unpacked, compiled once, and put in place whole.

An environment is made for one place, `ENVIRONMENT_FOLDER` in the sandbox: that is what its
scripts name. It is never started here: whatever runs on this side runs the plain interpreter
with `-I -S`, which looks at no file that a wheel brought.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.program import Uv
from foretaste.adapters.uv.resolve import Resolution
from foretaste.adapters.uv.wheels import Wheel
from foretaste.ports.environments import ENVIRONMENT_FOLDER, Say
from foretaste.ports.errors import TransientError

_COMPILING = 900.0
_LONGEST_SHEBANG = 4096
_STARTS_BY_ITSELF = ("sitecustomize.py", "usercustomize.py")
_MADE = ".made-"


def site_packages(environment: Path, interpreter: Interpreter) -> Path:
    """Return where an environment's packages are."""
    return environment / "lib" / f"python{interpreter.minor}" / "site-packages"


def make_whole(target: Path, fill: Callable[[Path], None]) -> None:
    """Fill a folder beside `target`, then let it become it; it is there whole or not at all.

    Raises:
        TransientError: the disk is full.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{_MADE}{os.getpid()}-"))
    made.chmod(0o755)
    try:
        fill(made)
        made.rename(target)
    except OSError as error:
        raise TransientError("FT628", f"{target.name} could not be written: {error}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what makers left that were killed."""
    for path in folder.glob(f"{_MADE}*-*"):
        pid = path.name.removeprefix(_MADE).partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            shutil.rmtree(path, ignore_errors=True)


class Folders:
    """Makes environments out of pins and wheels."""

    def __init__(self, uv: Uv) -> None:
        self._uv = uv

    def base(self, made: Path, interpreter: Interpreter, pins: Resolution, say: Say) -> None:
        """Fill `made` with the pinned releases, fetched by hash."""
        if pins.text.strip():
            with tempfile.NamedTemporaryFile("w", suffix=".txt") as lock:
                lock.write(pins.text)
                lock.flush()
                self._install(made, interpreter, ["--require-hashes", "-r", lock.name])
        site = site_packages(made, interpreter)
        site.mkdir(parents=True, exist_ok=True)
        _finish(made, interpreter)
        compile_all(interpreter, [site])
        tell_what_starts(site, say)

    def layer(
        self, made: Path, interpreter: Interpreter, base: Path, wheels: Iterable[Wheel]
    ) -> None:
        """Fill `made` with the files of `base`, shared with it, and the wheels on top."""
        # `cp` makes it, as a copy of the base and not inside of one that is there.
        made.rmdir()
        subprocess.run(["cp", "-al", str(base), str(made)], check=True, stdin=subprocess.DEVNULL)
        wheels = list(wheels)
        self._install(made, interpreter, ["--no-index", *(str(wheel.path) for wheel in wheels)])
        _finish(made, interpreter)
        site = site_packages(made, interpreter)
        compile_all(interpreter, list(_brought(site, wheels)))

    def _install(self, made: Path, interpreter: Interpreter, what: list[str]) -> None:
        self._uv.run(
            [
                "pip", "install", "--python", str(interpreter.path), "--prefix", str(made),
                "--no-deps", "--no-build", "--break-system-packages", *what,
            ]
        )  # fmt: skip
        (made / ".lock").unlink(missing_ok=True)


def _brought(site: Path, wheels: Iterable[Wheel]) -> Iterator[Path]:
    """Yield the Python files that the wheels brought, as their records say."""
    names = {wheel.name for wheel in wheels}
    for record in site.glob("*.dist-info/RECORD"):
        if canonicalize_name(record.parent.name.partition("-")[0]) in names:
            text = record.read_text(encoding="utf-8", errors="replace")
            paths = [site / line.partition(",")[0] for line in text.splitlines()]
            yield from (path for path in paths if path.suffix == ".py" and path.is_file())


def _finish(environment: Path, interpreter: Interpreter) -> None:
    """Make it an environment: the interpreter's links, its mark, scripts that find it."""
    scripts = environment / "bin"
    scripts.mkdir(exist_ok=True)
    for name in ("python", "python3", f"python{interpreter.minor}"):
        link = scripts / name
        # A wheel may have brought a script of this name; the interpreter it is not.
        link.unlink(missing_ok=True)
        link.symlink_to(interpreter.path)
    mark = environment / "pyvenv.cfg"
    # Another file in its place: the one that is there is a base's too, and jobs may start on it.
    mark.unlink(missing_ok=True)
    mark.write_text(
        f"home = {interpreter.path.parent}\n"
        "include-system-site-packages = false\n"
        f"version = {interpreter.version}\n",
        encoding="utf-8",
    )
    for script in scripts.iterdir():
        if not script.is_symlink() and script.is_file():
            _point(script, interpreter)
    _open_to_all(environment)


def _point(script: Path, interpreter: Interpreter) -> None:
    """Let a script name the interpreter where jobs find it."""
    with script.open("rb") as file:
        head = file.read(_LONGEST_SHEBANG)
        outside = str(interpreter.path).encode()
        first, _, rest = head.partition(b"\n")
        if not first.startswith(b"#!") or outside not in head:
            return
        inside = f"{ENVIRONMENT_FOLDER}/bin/python".encode()
        if outside in first:
            text = first.replace(outside, inside) + b"\n" + rest + file.read()
        else:
            text = head.replace(outside, inside, 1) + file.read()
    mode = script.stat().st_mode
    # Another file in its place: this one may be shared with uv's cache or with a base.
    script.unlink()
    script.write_bytes(text)
    script.chmod(mode)


def _open_to_all(environment: Path) -> None:
    """Let the sandbox's user read it, whatever the umask and the wheels say."""
    for folder, _, files in os.walk(environment):
        _permit(folder, 0o755)
        for name in files:
            path = os.path.join(folder, name)  # noqa: PTH118 -- thousands of them
            if not os.path.islink(path):  # noqa: PTH114
                _permit(path, 0o444)


def _permit(path: str, bits: int) -> None:
    mode = os.stat(path).st_mode & 0o7777  # noqa: PTH116
    if mode & bits != bits:
        os.chmod(path, mode | bits)  # noqa: PTH101


def compile_all(interpreter: Interpreter, paths: list[Path]) -> None:
    """Compile once, by the plain interpreter; what does not compile is left for the job to find.

    Raises:
        TransientError: it takes too long.
    """
    if not paths:
        return
    listed = "\n".join(map(str, paths)).encode()
    try:
        subprocess.run(
            # Without byte code every job pays: an import of 0.86 s was measured at 2.8 s then.
            [str(interpreter.path), "-I", "-S", "-m", "compileall", "-q", "-j", "2", "-i", "-"],
            input=listed,
            env={},
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_COMPILING,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TransientError("FT628", "compiling an environment takes too long") from error


def tell_what_starts(site: Path, say: Say) -> None:
    """Say which files run code whenever an interpreter starts in this environment."""
    for path in sorted(site.glob("*.pth")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if any(line.startswith(("import ", "import\t")) for line in lines):
            say(f"warning: {path.name} runs code at every start of Python in this environment")
    for name in _STARTS_BY_ITSELF:
        if (site / name).exists():
            say(f"warning: {name} runs code at every start of Python in this environment")
