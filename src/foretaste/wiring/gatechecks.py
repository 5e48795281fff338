"""Checks in a gate: what a watcher asks, answered by the same check that `foretaste check` makes.

A commit's files are written out into a folder of the gate's, and checked there as a person's would
be, with the job that the gate itself tests the project with. Trials have an executor of their own
with as many slots as the settings allow, so that no build of a change waits for one.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from foretaste.adapters.git.objects import Objects
from foretaste.adapters.git.trees import GitTrees
from foretaste.adapters.index.simple import SimpleIndex
from foretaste.adapters.uv.program import Uv
from foretaste.adapters.uv.relock import UvRelock
from foretaste.config.tested import testing_job
from foretaste.ports.errors import UserError
from foretaste.ports.executor import Source
from foretaste.service.check.check import check
from foretaste.service.check.subject import Subject, Wish
from foretaste.service.starts import CheckOptions, ServeOptions, Voices
from foretaste.service.watch.asking import CheckedBump, Question
from foretaste.service.watch.stopping import Excluding, Stoppable
from foretaste.service.watch.telling import told
from foretaste.wiring.bench import Bench, open_bench
from foretaste.wiring.house import House
from foretaste.wiring.subjects import subject_of
from foretaste.wiring.watching import Means

LOG = structlog.get_logger("foretaste.watch")
NO_BASE: Final = "FT905"
BASE: Final = "foretaste-pins.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateChecker:
    """Checks releases for one gate; everything lies below `folder`."""

    house: House
    folder: Path
    allow_unsandboxed: bool = False

    def check(self, question: Question, stop: threading.Event) -> CheckedBump:
        """Return what the releases do to the project.

        Raises:
            PortError: it could not be found out.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="commit-") as made:
            project = Path(made, question.ref.project)
            source = Source(project=question.ref.project, commit=question.commit, tree="")
            GitTrees(self.house.shelf).export(source, project)
            options = CheckOptions(
                project=project,
                slots=question.trials,
                allow_unsandboxed=self.allow_unsandboxed,
            )
            voices = Voices(say=_note(question), detail=_nothing)
            with open_bench(options, voices, self.folder) as bench:
                return self._checked(question, options, bench, stop)

    def _checked(
        self, question: Question, options: CheckOptions, bench: Bench, stop: threading.Event
    ) -> CheckedBump:
        wish = Wish(as_of=question.as_of, slots=question.trials, budget=question.budget)
        executor = Stoppable(executor=bench.tools.executor, stop=stop)
        resolver = Excluding(resolver=bench.tools.resolver, excluded=question.excluded)
        tools = replace(bench.tools, executor=executor, resolver=resolver)
        with executor.watched():
            return told(check(self._subject(question, options, bench), wish, tools))

    def _subject(self, question: Question, options: CheckOptions, bench: Bench) -> Subject:
        """Return the project, as the gate tests it, on what it pins."""
        ref, settings = question.ref, self.house.settings.now()
        jobs = self.house.builds.jobs(self.house.settings.now)
        definition = testing_job(jobs.resolved(ref.project, question.commit, settings))
        try:
            subject = subject_of(options, bench, definition)
        except UserError as error:
            if error.code != NO_BASE:
                raise
            # What only constrains is no lock to a person's check, but here it is what moves.
            pins = options.project.with_name(BASE)
            lines = (f"{name}=={version}\n" for name, version in sorted(question.base.items()))
            pins.write_text("".join(lines), encoding="utf-8")
            subject = subject_of(replace(options, base=pins), bench, definition)
        committed = Objects(self.house.shelf).commit(ref.project, question.commit).date
        return replace(
            subject, project=ref.project, base_date=datetime.fromtimestamp(committed, UTC)
        )


def means_of(house: House, options: ServeOptions) -> Means:
    """Return what the watcher of a gate watches with."""
    folder = house.layout.watch
    uv = Uv(folder / "uv", folder / "wheels", offline=options.offline)
    return Means(
        index=SimpleIndex(folder / "index", uv.indexes(), house.clock, offline=options.offline),
        checker=GateChecker(
            house=house, folder=folder / "checks", allow_unsandboxed=options.allow_unsandboxed
        ),
        relock=UvRelock(uv=uv, folder=folder / "locks"),
    )


def _note(question: Question) -> Callable[[str], None]:
    ref = question.ref

    def say(line: str) -> None:
        LOG.info("check", project=ref.project, branch=ref.branch, said=line)

    return say


def _nothing(_line: str) -> None:
    """Leave out what only a person who waits would read."""
