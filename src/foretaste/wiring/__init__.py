"""Wiring: the only place that names concrete adapters, and what a person starts with it.

Each entry loads what it needs when it is called, so that the command line stays quick.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foretaste.service.access import Access
    from foretaste.service.starts import (
        Audience,
        CheckOptions,
        DemoOptions,
        ReplayOptions,
        Say,
        ServeOptions,
        Voices,
    )
    from foretaste.taste.dossier import Dossier
    from foretaste.taste.replay import Replay
    from foretaste.wiring.serving import MakeApp


def _aloud(line: str) -> None:
    """Say a line on standard error, where whoever started the gate reads it."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the face of `serve` is this line


def serve(options: ServeOptions, make_app: MakeApp, say: Say = _aloud) -> None:
    """Run a gate until it is interrupted.

    Raises:
        UserError: it cannot be served so.
        PermanentError: what it needs is not there.
    """
    from foretaste.wiring import serving  # noqa: PLC0415 - only when it is run

    serving.serve(options, make_app, say)


def simulate(file: Path, on: str) -> Mapping[str, Any]:
    """Run one scenario file, in memory or `on` git, and return what came of it.

    Raises:
        UserError: the file cannot be read.
    """
    from foretaste.wiring import simulating  # noqa: PLC0415 - only when it is run

    return simulating.simulate(file, on)


def access(directory: Path) -> Access:
    """Return the tokens of the gate in a folder."""
    from foretaste.adapters.clock import SystemClock  # noqa: PLC0415 - only when it is used
    from foretaste.service.access import Access as Tokens  # noqa: PLC0415
    from foretaste.wiring.layout import Layout  # noqa: PLC0415

    return Tokens(Layout(directory=directory).tokens, SystemClock())


def demo(options: DemoOptions, make_app: MakeApp, audience: Audience) -> None:
    """Run the demo.

    Raises:
        UserError: it cannot be run so.
        PermanentError: what it needs is not there.
    """
    from foretaste.wiring import demonstrating  # noqa: PLC0415 - only when it is run

    demonstrating.demo(options, make_app, audience)


def examine() -> Iterable[Mapping[str, Any]]:
    """Measure this machine, a record a probe."""
    from foretaste.wiring import examining  # noqa: PLC0415 - only when it is run

    return examining.examine()


def check(options: CheckOptions, voices: Voices) -> tuple[Dossier, Mapping[str, str]]:
    """Check releases; return what was found, and the paths of what was written by what it is.

    Raises:
        UserError: the project, the base or the releases cannot be used.
        TransientError: the index is out of reach.
        PermanentError: trials cannot be run here.
    """
    from foretaste.wiring import checking  # noqa: PLC0415 - only when it is run

    return checking.check(options, voices)


def replay(options: ReplayOptions, voices: Voices) -> Replay:
    """Walk a past stretch of time, draw it where that is asked, and return what came of it.

    Raises:
        UserError: the stretch, the base or the plot is not to be had.
        TransientError: the index is out of reach.
        PermanentError: what it needs is not there.
    """
    from foretaste.wiring import replaying  # noqa: PLC0415 - only when it is run

    return replaying.replay(options, voices)
