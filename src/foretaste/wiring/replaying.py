"""Replaying: `foretaste replay` on this machine, put together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.plots import draw, plottable
from foretaste.config.bases import read_base
from foretaste.config.versions import Asked
from foretaste.ports.errors import UserError
from foretaste.service.check.check import check
from foretaste.service.check.states import base_of
from foretaste.service.check.subject import Subject, Wish
from foretaste.service.replay import ReplayTools, Stretch
from foretaste.service.replay import replay as walk
from foretaste.service.starts import ReplayOptions, Voices
from foretaste.taste.dossier import Dossier
from foretaste.taste.moves import BUILD
from foretaste.taste.replay import Replay, Rhythm, Versions
from foretaste.wiring.bench import Bench, open_bench
from foretaste.wiring.subjects import subject_of


def replay(options: ReplayOptions, voices: Voices) -> Replay:
    """Walk a past stretch of time, draw it where that is asked, and return what came of it.

    Raises:
        UserError: the stretch, the base or the plot is not to be had.
        TransientError: the index is out of reach.
        PermanentError: what it needs is not there.
    """
    if options.plot is not None:
        plottable(options.plot)
    _refuse(options)
    with open_bench(options.check, voices) as bench:
        subject = _subject(options, bench)
        stretch = Stretch(
            begin=options.begin,
            end=options.end,
            state=_versions(subject, bench),
            rhythm=Rhythm(every=options.every, minimum_age=options.minimum_age),
            known=tuple(_known(options.known, subject, bench)),
            allowed=_allowed(subject, bench),
        )
        looks = _Looks(subject=subject, options=options, bench=bench)
        tools = ReplayTools(pages=bench.tools.index.pages, look=looks.take, say=voices.say)
        found = walk(stretch, tools)
    if options.plot is not None:
        draw(found, options.plot, subject.project)
    return found


def _refuse(options: ReplayOptions) -> None:
    now = datetime.fromtimestamp(SystemClock().wall(), UTC)
    if options.begin >= options.end or options.end > now:
        what = f"from {options.begin:%Y-%m-%d %H:%M} to {options.end:%Y-%m-%d %H:%M} is no way back"
        raise UserError("FT970", what, hint="--from is before --to, and --to not in the future")


def _subject(options: ReplayOptions, bench: Bench) -> Subject:
    """Return the project on what worked at the beginning: a lock of today was not there then."""
    subject = subject_of(options.check, bench)
    if options.check.base is not None:
        return subject
    found = f"what resolved as of {options.begin:%Y-%m-%d}"
    return replace(subject, base=None, base_hashes={}, base_date=options.begin, base_from=found)


def _versions(subject: Subject, bench: Bench) -> Versions:
    base = base_of(subject, bench.tools).base
    return {key: pin.version for key, pin in base.items() if not key.startswith(BUILD)}


def _allowed(subject: Subject, bench: Bench) -> Mapping[str, str]:
    """Return what the project's own requirements say of packages, where they say it of all uses."""
    environment = bench.tools.releases.markers(subject.recipe.python)
    found: dict[str, list[str]] = {}
    for text in (*subject.requirements, *subject.constraints):
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({**environment, "extra": ""}):
            found.setdefault(canonicalize_name(requirement.name), []).append(
                str(requirement.specifier)
            )
    return {name: ",".join(filter(None, specifiers)) for name, specifiers in found.items()}


def _known(files: Iterable[Path], subject: Subject, bench: Bench) -> Iterator[tuple[str, str]]:
    """Yield the releases that stand in locks of then."""
    asked = Asked(markers=bench.tools.releases.markers(subject.recipe.python))
    for path in files:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UserError("FT971", f"it cannot be read: {error}", where=str(path)) from error
        yield from read_base(str(path), data, asked).versions.items()


@dataclass(slots=True, kw_only=True)
class _Looks:
    """Takes looks, each under a name of its own."""

    subject: Subject
    options: ReplayOptions
    bench: Bench
    _taken: int = field(default=0)

    def take(self, state: Versions, at: datetime) -> Dossier:
        """Check what there was at a time against versions that work."""
        self._taken += 1
        asked = self.options.check
        wish = Wish(
            as_of=at,
            slots=asked.slots or len(os.sched_getaffinity(0)),
            budget=asked.budget,
            confidence=asked.confidence,
        )
        # Each look is a check of its own: it begins now, and its builds have names of their own.
        tools = replace(
            self.bench.tools,
            run=f"{self.bench.tools.run}-{self._taken}",
            began=self.bench.clock.monotonic(),
        )
        found = "what had passed until then"
        # The files of a lock are those of other versions by now.
        subject = replace(self.subject, base=state, base_hashes={}, base_from=found)
        return check(subject, wish, tools)
