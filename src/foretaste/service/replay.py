"""Replay: a past stretch of time, release by release, through the check.

Only uploads that the index still shows are walked; each look is the same check that `foretaste
check --as-of` makes, on the versions that had passed until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from foretaste.ports.environments import Say
from foretaste.ports.errors import PortError, TransientError, UserError
from foretaste.ports.index import IndexFile, IndexPage
from foretaste.taste.dossier import Dossier
from foretaste.taste.finding import Baseline
from foretaste.taste.replay import (
    Replay,
    Rhythm,
    Upload,
    Versions,
    after,
    fail,
    miss,
    next_look,
    note,
    passed_over,
)

Look = Callable[[Versions, datetime], Dossier]
"""Checks what there was at a time against versions that work, as `foretaste check` does."""

Pages = Callable[[Iterable[str]], Mapping[str, IndexPage | PortError]]
"""Asks the index for projects' files, or says why there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What is walked: from when to when, from which versions on, and how often is looked.

    `known` are releases that were there at some time in the stretch, from locks of then. `allowed`
    are the specifiers that the project itself has for packages, by normalised name.
    """

    begin: datetime
    end: datetime
    state: Versions
    rhythm: Rhythm = field(default_factory=Rhythm)
    known: tuple[tuple[str, str], ...] = ()
    allowed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayTools:
    """What a replay is made with."""

    pages: Pages
    look: Look
    say: Say


def replay(stretch: Stretch, tools: ReplayTools) -> Replay:
    """Walk the stretch and return what became of every release in it.

    Raises:
        UserError: the stretch begins with versions that fail, or that are gone from the index.
        TransientError: the index is out of reach.
        PermanentError: trials cannot be run here.
    """
    walk = _Walk(stretch, tools)
    walk.learn(stretch.state)
    walk.miss()
    while walk.step():
        pass
    return walk.replay


@dataclass(slots=True)
class _Walk:
    """A walk on its way; `waiting` are the uploads that no look has seen."""

    stretch: Stretch
    tools: ReplayTools
    replay: Replay = field(init=False)
    waiting: list[Upload] = field(default_factory=list)
    _pages: dict[str, IndexPage] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin where the stretch does."""
        begin, end = self.stretch.begin.timestamp(), self.stretch.end.timestamp()
        self.replay = Replay(begin=begin, end=end, state=dict(self.stretch.state))

    def learn(self, names: Iterable[str], since: float | None = None) -> None:
        """Have the uploads of packages that are new here wait, those after `since`."""
        new = sorted(set(names) - set(self._pages))
        if not new:
            return
        for name, page in self.tools.pages(new).items():
            if isinstance(page, TransientError):
                raise page
            shown = page if isinstance(page, IndexPage) else IndexPage(name=name, files=())
            self._pages[name] = shown
            self.waiting += [
                each
                for each in uploads_of(shown)
                if (since or self.replay.begin) < each.at <= self.replay.end
            ]

    def miss(self) -> None:
        """Say which releases were there once and are not on the index any more."""
        known = {*self.stretch.known, *self.stretch.state.items()}
        self.learn({name for name, _ in known})
        for name, version in sorted(known):
            if version not in {file.version for file in self._pages[name].files}:
                self.replay = miss(self.replay, name, version)

    def step(self) -> bool:
        """Take the next look, if there is one."""
        at = next_look(self.waiting, self.replay.begin, self.stretch.rhythm)
        if at is None or at > self.replay.end:
            return False
        seen = sorted((each for each in self.waiting if each.at < at), key=lambda each: each.at)
        self.waiting = [each for each in self.waiting if each.at >= at]
        asked = []
        for upload in seen:
            over = passed_over(upload, self.replay.state, self.stretch.allowed)
            if over is None:
                asked.append(upload)
            else:
                self.replay = note(self.replay, upload, at, over)
        if asked:
            self._look(asked, at)
        return True

    def _look(self, asked: list[Upload], at: float) -> None:
        moment = datetime.fromtimestamp(at, UTC)
        named = ", ".join(f"{each.name} {each.version}" for each in asked)
        self.tools.say(f"{moment:%Y-%m-%d %H:%M}: {named}")
        first = not self.replay.looks
        try:
            dossier = self.tools.look(self.replay.state, moment)
        except UserError as error:
            if first:
                raise
            self.replay = fail(self.replay, asked, at, error.what)
            return
        if first and dossier.baseline is Baseline.FAILED:
            raise UserError("FT974", f"its tests fail on the versions of then: {dossier.reason}")
        minimum_age = self.stretch.rhythm.minimum_age
        self.replay = after(self.replay, asked, at, (dossier, minimum_age))
        self.learn(self.replay.state, since=at)


def uploads_of(page: IndexPage) -> Iterator[Upload]:
    """Yield a project's releases whose upload time the index gives, in no order."""
    versions: dict[str, list[IndexFile]] = {}
    for file in page.files:
        versions.setdefault(file.version, []).append(file)
    for version, files in versions.items():
        times = [file.uploaded for file in files if file.uploaded is not None]
        if times:
            # PEP 592: a release is withdrawn when all of its files are.
            kept = any(file.yanked is None for file in files)
            yield Upload(
                name=page.name,
                version=version,
                at=min(times).timestamp(),
                yanked=None if kept else files[0].yanked,
            )
