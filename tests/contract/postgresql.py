"""A PostgreSQL of the tests' own, on a socket in a temporary folder, where one is installed.

It is never installed by the tests: where the server or its driver is missing, they are skipped
and say so. The server refuses to run as root, so then it runs as the user `postgres`.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def missing() -> str:
    """Return why there can be no server here; "" where there can."""
    if _program("initdb") is None or _program("pg_ctl") is None:
        return "no PostgreSQL is installed"
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg, the driver of PostgreSQL, is not installed"
    if os.getuid() == 0 and _user() is None:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


@contextmanager
def server() -> Iterator[str]:
    """Run a server and give the address of its database for tests; end it with its folder."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if _user() is not None:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        _run("initdb", "-D", str(data), "-U", "gate", "-A", "trust", "-E", "UTF8", "--no-sync")
        # On no TCP port, and with no wait for the disk: what is tested here is not its durability.
        options = f"-k {folder} -h '' -F"
        _run("pg_ctl", "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql://gate@/postgres?host={folder}"
        finally:
            _run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: str, *arguments: str) -> None:
    command = [_program(program) or program, *arguments]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, user=_user(), cwd="/", timeout=60
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def _program(name: str) -> str | None:
    return next((str(bin_ / name) for bin_ in _DEBIAN if (bin_ / name).exists()), None) or (
        shutil.which(name)
    )


def _user() -> str | None:
    """Return whom the server is to run as; None where it is whoever runs the tests."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return None
