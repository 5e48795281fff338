"""Checking: `foretaste check` on this machine, from its options to what is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from foretaste.ports.errors import UserError
from foretaste.report.check.files import REPRODUCE, report_files
from foretaste.service.check.check import check as run_check
from foretaste.service.check.states import checked_releases
from foretaste.service.check.subject import Wish
from foretaste.service.starts import CheckOptions, Voices
from foretaste.taste.dossier import Dossier
from foretaste.wiring.asking import oracles_of
from foretaste.wiring.bench import open_bench
from foretaste.wiring.bisecting import further
from foretaste.wiring.patching import patches_of
from foretaste.wiring.subjects import subject_of


def check(options: CheckOptions, voices: Voices) -> tuple[Dossier, Mapping[str, str]]:
    """Check releases as the options say; return what was found, and where it was written.

    Raises:
        UserError: the project, the base or the releases cannot be used.
        TransientError: the index is out of reach.
        PermanentError: trials cannot be run here.
    """
    asked = Wish(
        releases=checked_releases(options.releases),
        as_of=options.as_of,
        slots=options.slots or len(os.sched_getaffinity(0)),
        budget=options.budget,
        confidence=options.confidence,
        oracles=frozenset(options.oracles),
    )
    _make(options.report)
    with open_bench(options, voices) as bench:
        subject = subject_of(options, bench)
        wish = replace(asked, patches=patches_of(options.patches, subject, bench))
        dossier = run_check(
            subject,
            wish,
            bench.tools,
            further=further(options.upstream, bench),
            oracles=oracles_of(options.oracles, bench),
        )
    return dossier, written(dossier, options.report)


def written(dossier: Dossier, folder: Path | None) -> Mapping[str, str]:
    """Write the report and the script where that is asked, and return their paths.

    Raises:
        UserError: they cannot be written.
    """
    if folder is None:
        return {}
    paths = {}
    try:
        for name, text in report_files(dossier, str(folder)).items():
            path = folder / name
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755 if name == REPRODUCE else 0o644)
            paths[path.stem] = str(path)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return {what: paths[what] for what in ("report", "reproduce") if what in paths}


def _make(folder: Path | None) -> None:
    """Make the report's folder: better refused now than when all trials are over."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> UserError:
    return UserError("FT904", f"the report cannot be written: {error}", where=str(folder))
