"""Gathering: what stands in the dossier beside the finding itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from foretaste.ports.index import IndexFile, IndexPage
from foretaste.ports.releases import Pin, Release
from foretaste.service.check.searching import Tried
from foretaste.service.check.states import States
from foretaste.service.check.subject import Subject, Tools, Wish
from foretaste.taste import dossier
from foretaste.taste.outcome import Ending, Failure
from foretaste.taste.releases import ReleaseFacts

SDIST = "sdist"


def facts_of_releases(
    states: States, wish: Wish, tools: Tools, *, blamed: bool = True
) -> tuple[ReleaseFacts, ...]:
    """Return what is known of every release of both states.

    The index is asked for what moved; where somebody is `blamed`, for all of them: whoever wants to
    see it again on another machine needs to know each file of a release. Where the index cannot be
    asked, upload times stay unknown.
    """
    moved = {move.name for move in states.lattice.moves.values()}
    both = (*states.base.values(), *states.candidate.values())
    names = moved | ({pin.name for pin in both} if blamed else set())
    pages = tools.index.pages(sorted(names)) if names else {}
    origins = {(patch.pin.name, patch.version): patch.origin for patch in wish.patches}
    found: dict[tuple[str, str], ReleaseFacts] = {}
    for pins in (states.base, states.candidate):
        for key, pin in pins.items():
            page = pages.get(pin.name)
            shown = page if isinstance(page, IndexPage) else None
            facts = _facts(pin, states.releases[key, pin.version], shown)
            origin = origins.get((pin.name, pin.version))
            if origin is not None:
                facts = replace(facts, origin=origin, hashes=(), built=False, vanished=False)
            found.setdefault((pin.name, pin.version), facts)
    return tuple(found.values())


def _facts(pin: Pin, release: Release, page: IndexPage | None) -> ReleaseFacts:
    files = () if page is None else tuple(_files(page, pin.version))
    uploads = [each.uploaded for each in files if each.uploaded is not None]
    built = bool(pin.wheel)
    usable = tuple(
        f"sha256:{each.sha256}"
        for each in files
        if each.sha256 and (each.kind == SDIST or not built)
    )
    return ReleaseFacts(
        name=pin.name,
        version=pin.version,
        # The hash of a wheel that was built here is nothing to anybody else.
        hashes=usable or (() if built else pin.hashes),
        built=built,
        uploaded=min(uploads).timestamp() if uploads else 0.0,
        yanked=_yanked(files),
        vanished=page is not None and not files and not built,
        starts=release.starts,
        scripts=release.scripts,
        plugins=release.plugins,
    )


def _files(page: IndexPage, version: str) -> Iterable[IndexFile]:
    return (each for each in page.files if each.version == version)


def _yanked(files: Sequence[IndexFile]) -> str | None:
    """Return why a release was withdrawn; it is when all of its files are (PEP 592)."""
    if not files or any(each.yanked is None for each in files):
        return None
    return files[0].yanked


def facts_of_subject(
    subject: Subject, python: str, as_of: datetime | None, tools: Tools
) -> dossier.Subject:
    """Return what a dossier says of what was checked."""
    recipe = subject.recipe
    return dossier.Subject(
        project=subject.project,
        version=subject.version,
        python=python,
        test=subject.test,
        base_from=subject.base_from,
        base_as_of=subject.base_date.timestamp() if subject.base_date else 0.0,
        as_of=as_of.timestamp() if as_of else tools.clock.wall(),
        timeout=recipe.timeout,
        env=recipe.env,
        installed=bool(recipe.install),
        files=subject.files,
        preinstall=recipe.preinstall,
        build_constraints=recipe.build_constraints,
        extra_build=recipe.extra_build,
    )


def facts_of_trials(tried: Sequence[Tried]) -> tuple[dossier.TrialFacts, ...]:
    """Return the trials for the record, by number."""
    return tuple(
        dossier.TrialFacts(
            number=each.trial.number,
            moved=tuple(sorted(each.trial.moved)),
            part=each.part,
            outcome=each.outcome.ending.value,
            failed=len(each.outcome.failures),
            seconds=each.outcome.seconds,
            why=each.outcome.why or each.trial.why,
        )
        for each in sorted(tried, key=lambda each: each.trial.number)
    )


def new_warnings(tried: Sequence[Tried], everything: frozenset[str]) -> tuple[str, ...]:
    """Return the warnings that the candidate wrote and the base never did."""
    before = {line for each in tried if not each.trial.moved for line in each.outcome.warnings}
    after = [
        line
        for each in tried
        if each.trial.moved == everything and each.outcome.ending is not Ending.LOST
        for line in each.outcome.warnings
    ]
    return tuple(line for line in dict.fromkeys(after) if line not in before)


def failures_of_base(tried: Sequence[Tried]) -> tuple[Failure, ...]:
    """Return how the base failed, the last time that it did."""
    runs = [each for each in tried if not each.trial.moved and each.outcome.failures]
    return runs[-1].outcome.failures if runs else ()


def seconds_by_phase(tried: Sequence[Tried]) -> Mapping[str, float]:
    """Return how long the phases of all trials took together."""
    found: dict[str, float] = {}
    for each in tried:
        for phase, seconds in each.phases.items():
            found[phase] = found.get(phase, 0.0) + seconds
    return found
