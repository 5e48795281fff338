"""Layout: what makes a folder of packages the environment of an interpreter.

Python 3 reads `pyvenv.cfg` beside a link to its program. Python 2 takes the folder that its program
itself lies in, with a standard library beside it, for its own: there an environment has the program
itself, and links to each part of the standard library beside packages of its own.
"""

from __future__ import annotations

from pathlib import Path

from foretaste.adapters.uv.folders import site_packages
from foretaste.adapters.uv.interpreters import Interpreter

_KEPT_APART = frozenset({"site-packages", "dist-packages"})


def finish(environment: Path, interpreter: Interpreter) -> None:
    """Make a folder an environment: the interpreter's links, and its mark."""
    scripts = environment / "bin"
    scripts.mkdir(exist_ok=True)
    site_packages(environment, interpreter).mkdir(parents=True, exist_ok=True)
    if interpreter.is_old:
        _finish_old(environment, interpreter)
        return
    for name in ("python", "python3", f"python{interpreter.minor}"):
        (scripts / name).symlink_to(interpreter.path)
    (environment / "pyvenv.cfg").write_text(
        f"home = {interpreter.path.parent}\n"
        "include-system-site-packages = false\n"
        f"version = {interpreter.version}\n",
        encoding="utf-8",
    )


def _finish_old(environment: Path, interpreter: Interpreter) -> None:
    """Make a folder an environment of Python 2: its program and its standard library."""
    program = environment / "bin" / f"python{interpreter.minor}"
    program.write_bytes(interpreter.path.read_bytes())
    program.chmod(0o755)
    for name in ("python", f"python{interpreter.minor[0]}"):
        (environment / "bin" / name).symlink_to(program.name)
    library = interpreter.prefix / "lib" / f"python{interpreter.minor}"
    beside = environment / "lib" / f"python{interpreter.minor}"
    beside.mkdir(parents=True, exist_ok=True)
    for part in library.iterdir():
        if part.name not in _KEPT_APART:
            (beside / part.name).symlink_to(part)
    headers = environment / "include"
    headers.mkdir(exist_ok=True)
    for part in (interpreter.prefix / "include").glob(f"python{interpreter.minor}*"):
        (headers / part.name).symlink_to(part)
