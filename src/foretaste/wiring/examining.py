"""Examining: what this machine has and keeps out, as records for `foretaste doctor`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.git.command import Git
from foretaste.adapters.sandbox.bubblewrap import Bubblewrap
from foretaste.adapters.sandbox.probes import measure
from foretaste.adapters.uv.interpreters import Interpreters
from foretaste.ports.errors import PortError


def examine() -> Iterator[Mapping[str, Any]]:
    """Yield a record a probe: its name, whether all is well, what was found, what mends it."""
    yield from _programs()
    with tempfile.TemporaryDirectory(prefix="foretaste-doctor-") as name:
        folder = Path(name)
        sandbox = Bubblewrap(folder / "sandbox", SystemClock())
        try:
            report = measure(sandbox, folder)
        finally:
            sandbox.close()
    yield _record("sandbox level", ok=report.holds, found=f"{report.level}", hint=report.why)
    for probe in report.probes:
        ok = probe.kept_out or probe.wanted
        found = f"{probe.tried}: {'kept out' if probe.kept_out else 'reached'}"
        yield _record(probe.name, ok=ok, found=found, hint=probe.note)


def _programs() -> Iterator[Mapping[str, Any]]:
    try:
        git = Git()
        yield _record("git", ok=True, found=git.path)
    except PortError as error:
        yield _record("git", ok=False, found=error.what, hint=error.hint)
    try:
        ours = Interpreters().find("")
        yield _record("python", ok=True, found=str(ours.path))
    except PortError as error:
        yield _record("python", ok=False, found=error.what, hint=error.hint)
    found = shutil.which("bwrap") or ""
    hint = "" if found else "install bubblewrap; without it jobs are refused"
    yield _record("bubblewrap", ok=bool(found), found=found or "not on PATH", hint=hint)


def _record(probe: str, *, ok: bool, found: str, hint: str = "") -> Mapping[str, Any]:
    return {"probe": probe, "ok": ok, "found": found, "hint": hint}
