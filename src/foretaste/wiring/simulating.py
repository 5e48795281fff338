"""Simulating: scenario files, in a world in memory or on git."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foretaste.simulation.run import Result, run_file


def simulate(file: Path, on: str) -> Mapping[str, Any]:
    """Run one scenario file and return what came of it.

    Raises:
        UserError: the file cannot be read.
    """
    if on == "git":
        from foretaste.wiring.simulating_on_git import run_on_git  # noqa: PLC0415 - only if asked

        return _told(run_on_git(file))
    return _told(run_file(file))


def _told(result: Result) -> Mapping[str, Any]:
    return {
        "file": result.file,
        "title": result.title,
        "ok": result.ok,
        "differences": list(result.differences),
        "story": list(result.story),
    }
