"""Forward: how far packages that are held back can move after all, towards the version that breaks.

Between a held package's version in the base and the one in the candidate there may be others that
pass. Which of them are compatible with the rest is for a resolver to say, so nothing is assumed: a
*cap* is the highest version that a held package may have, and a try is a cap for each. The newest
are tried first, then the middle of what is left, since an old break is rarer than a new one; what
passes is only ever what was run.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

Caps = Mapping[str, str]
"""The highest version allowed, by key of a move."""


class Answer(enum.Enum):
    """What came of a try; `NONE` where nothing could be resolved under the caps."""

    PASSED = "passed"
    FAILED = "failed"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """One search for the highest caps that pass.

    `versions` has for each held key what lies between base and candidate, the oldest first. `at`
    is for each key the place of the highest version that passes (-1: its base), `fails` those that
    are known not to.
    """

    versions: Mapping[str, tuple[str, ...]]
    left: int
    at: Mapping[str, int] = field(default_factory=dict)
    fails: Mapping[str, frozenset[int]] = field(default_factory=dict)
    whole: bool = True

    def caps(self) -> dict[str, str]:
        """Return the best caps that passed, for those keys that could move at all."""
        return {key: self.versions[key][at] for key, at in sorted(self.at.items()) if at >= 0}

    def ask(self) -> dict[str, str] | None:
        """Return the caps to try next, for every key that moves in the try; None for the end."""
        if self.left <= 0:
            return None
        if self.whole and not self.at and len(self.versions) > 1:
            newest = {key: those[-1] for key, those in sorted(self.versions.items()) if those}
            if len(newest) > 1:
                return newest
        for key in sorted(self.versions):
            place = self._next(key)
            if place is not None:
                return {**self.caps(), key: self.versions[key][place]}
        return None

    def _next(self, key: str) -> int | None:
        """Return the place of the version of a package to try next: the newest, then the middle."""
        fails = self.fails.get(key, frozenset())
        open_ = [
            place
            for place in range(self.at.get(key, -1) + 1, len(self.versions[key]))
            if place not in fails
        ]
        if not open_:
            return None
        return open_[-1] if not fails else open_[len(open_) // 2]

    def tell(self, tried: Caps, answer: Answer) -> Forward:
        """Return what is known after a try."""
        places = {key: self.versions[key].index(version) for key, version in tried.items()}
        after = replace(self, left=self.left - (answer is not Answer.NONE))
        if answer is Answer.PASSED:
            return replace(after, at={**self.at, **places})
        moved = [key for key, place in places.items() if place > self.at.get(key, -1)]
        if len(moved) > 1:
            return replace(after, whole=False)
        fails = {key: self.fails.get(key, frozenset()) | {places[key]} for key in moved}
        return replace(after, fails={**self.fails, **fails})
