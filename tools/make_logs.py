"""Run the scenes of `tests/cases/logs/scenes.toml` for real and keep what they write.

`python tools/make_logs.py VERSION=PATH …` names an interpreter for each version; scenes are run by those
that are given. What differs from machine to machine is replaced: the environment lies at /env, the
project at /job/work, Python's own library at /usr/lib, as in a build of Foretaste.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOGS = Path(__file__).resolve().parents[1] / "tests/cases/logs"
# Seconds: long enough for every scene to end that does, and for two dumps of those that hang.
ENDS, HANGS = 60.0, 1.4


def main(interpreters: Mapping[str, Path]) -> None:
    """Run every scene by every interpreter that is given for it."""
    scenes = tomllib.loads((LOGS / "scenes.toml").read_text("utf-8"))["scene"]
    for scene in scenes:
        for version in scene["pythons"]:
            if version in interpreters:
                log, status = _run(scene, version, interpreters[version])
                name = f"{scene['name']}-{version}"
                (LOGS / f"{name}.log").write_text(log, "utf-8")
                print(name, status)


def _run(scene: Mapping[str, Any], version: str, python: Path) -> tuple[str, int | None]:
    with tempfile.TemporaryDirectory(prefix="scene-") as made:
        root = Path(made).resolve()
        packages = root / f"env/lib/python{version}/site-packages"
        dependency = tomllib.loads((LOGS / "dependency.toml").read_text("utf-8"))
        _write(packages, {path: each["text"] for path, each in dependency.items()})
        _write(root / "work", scene["files"])
        command = re.sub(r"\bpython\b", str(python), scene["command"])
        timeout = HANGS if scene.get("timed_out") else ENDS
        text, status = _ended(command, root, packages, timeout)
        return _scrubbed(text, root, python), status


def _ended(command: str, root: Path, packages: Path, timeout: float) -> tuple[str, int | None]:
    environment = {
        "PYTHONPATH": str(packages),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
    }
    with subprocess.Popen(
        shlex.split(command),
        cwd=root / "work",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            out, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            return out.decode("utf-8", "replace"), None
    return out.decode("utf-8", "replace"), process.returncode


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.removeprefix("\n"), "utf-8")


def _scrubbed(text: str, root: Path, python: Path) -> str:
    prefix = python.resolve().parent.parent
    text = (
        text.replace(str(root / "env"), "/env")
        .replace(str(root / "work"), "/job/work")
        .replace(str(python), "/env/bin/python")
        .replace(str(prefix), "/usr")
    )
    # What stands below a frame of Python's own is not ours to keep.
    return re.sub(
        r"(File \"/usr/[^\n]*\n|\n/usr/lib/[^\n]*\n)((?: *[|+] )*    )\S[^\n]*(?:\n\2[^\n]*)*",
        r"\1\2…",
        text,
    )


if __name__ == "__main__":
    main({version: Path(path) for version, path in (each.split("=", 1) for each in sys.argv[1:])})
