"""Environments as folders: wheels unpacked, compiled once, and put in place whole.

An environment is made for one place, `ENVIRONMENT_FOLDER` in the sandbox: that is what its
scripts name. It is never started here: whatever runs on this side runs the plain interpreter
with `-I -S`, which looks at no file that a wheel brought.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.ports.environments import ENVIRONMENT_FOLDER
from foretaste.ports.errors import TransientError

_COMPILING = 900.0
# Bytes of address space; the largest modules that there are take half of one gigabyte.
_COMPILING_IN = 4 * 2**30
# From so many modules on two processes are faster than one, which starts 40 ms sooner.
_MANY = 40
_LONGEST_SHEBANG = 4096
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


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, readable by everybody."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def sweep(folder: Path) -> None:
    """Remove what makers left that were killed."""
    for path in folder.glob(f"{_MADE}*-*"):
        pid = path.name.removeprefix(_MADE).partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            shutil.rmtree(path, ignore_errors=True)


def finish_scripts(scripts: Path, interpreter: Interpreter) -> None:
    """Let scripts name the interpreter where jobs find it."""
    for script in scripts.iterdir() if scripts.is_dir() else ():
        if not script.is_symlink() and script.is_file():
            _point(script, interpreter)


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


def open_to_all(environment: Path) -> None:
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
    # Python 2.7 reads no line that does not end.
    listed = "".join(f"{path}\n" for path in paths).encode()
    with subprocess.Popen(
        # Without byte code every job pays: an import of 0.86 s was measured at 2.8 s then.
        [
            str(interpreter.path), *interpreter.alone, "-m", "compileall", "-q",
            *_at_once(interpreter, paths), "-i", "-",
        ],
        stdin=subprocess.PIPE,
        env={},
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:  # fmt: skip
        # A module of some megabytes may take all memory to compile; nothing begins before the list.
        resource.prlimit(process.pid, resource.RLIMIT_AS, (_COMPILING_IN, _COMPILING_IN))
        try:
            process.communicate(listed, timeout=_COMPILING)
        except BaseException as error:
            # Not yet waited for, so that the group is its own: with those that share the work.
            os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            raise TransientError("FT628", "compiling an environment takes too long") from error


def _at_once(interpreter: Interpreter, paths: list[Path]) -> tuple[str, ...]:
    """Return the options that share the work, where there is so much that it is worth the start."""
    modules = (module for path in paths for module in path.rglob("*.py"))
    many = sum(1 for _ in itertools.islice(modules, _MANY)) == _MANY
    return ("-j", "2") if many and not interpreter.is_old else ()
