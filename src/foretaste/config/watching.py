"""Watching: what the gate's settings say of new releases, for one project.

The nearest word counts: of the project on a package, of the project, of the gate on a package, of
the gate. What may go at once need not wait, whoever says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from foretaste.config.ages import Release, age, at_once
from foretaste.config.gate import GATE, GateSettings
from foretaste.config.globs import any_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for one project; ages are in seconds, names normalised."""

    enabled: bool = True
    minimum_age: float = 0.0
    ages: Mapping[str, float] = field(default_factory=dict)
    at_once: frozenset[Release] = frozenset()
    files: tuple[str, ...] = ()
    trials: int = 1
    budget: int = 60

    def age_of(self, name: str, version: str) -> float:
        """Return how many seconds a release must have been on the index before it lands."""
        if (name, "") in self.at_once or (name, version) in self.at_once:
            return 0.0
        return self.ages.get(name, self.minimum_age)

    def holds(self, path: str) -> bool:
        """Whether the pins of the file are moved."""
        return any_matches(self.files, (path,))


def rules_of(settings: GateSettings, project: str) -> Rules:
    """Return the rules for a project; the gate's own is never bumped."""
    watch, table = settings.table.watch, settings.table.project.get(project)
    if table is None or project == GATE:
        return Rules(enabled=False)
    own = table.watch
    ages = {} if own.minimum_age is not None else _ages(watch.ages)
    return Rules(
        enabled=watch.enabled and own.enabled,
        minimum_age=age(watch.minimum_age if own.minimum_age is None else own.minimum_age),
        ages={**ages, **_ages(own.ages)},
        at_once=frozenset(map(at_once, (*watch.at_once, *own.at_once))),
        files=tuple(watch.files if own.files is None else own.files),
        trials=watch.trials,
        budget=watch.budget,
    )


def interval_of(settings: GateSettings) -> float:
    """Return the seconds between two looks at the index."""
    return age(settings.table.watch.interval)


def _ages(written: Mapping[str, str]) -> dict[str, float]:
    return {str(canonicalize_name(name)): age(text) for name, text in written.items()}
