"""Keeping: which commits the gate's repositories keep alive, and under which names.

Every revision of a change can be fetched as `refs/changes/NUMBER/REVISION`. The commit of a
prospect is let go when no prospect needs it any more. Both may be done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from foretaste.adapters.git.repository import GitRepository
from foretaste.core.change import Change
from foretaste.core.events import ChangesSeen, Prepared, Recorded
from foretaste.core.facts import Facts
from foretaste.core.names import Oid
from foretaste.ports.errors import PermanentError

AT_ONCE: Final = 64
"""Prospects' commits that are let go together: it costs two calls of git each time."""


@dataclass(slots=True, kw_only=True)
class Keeping:
    """Follows the log and keeps what it tells of; `facts` are those of now."""

    repository: GitRepository
    facts: Callable[[], Facts]
    made: dict[tuple[str, Oid], None] = field(default_factory=dict)

    def begin(self) -> None:
        """Name the open changes, and let go of what no prospect of the facts needs.

        For the start, when nothing is being prepared.

        Raises:
            TransientError: a repository cannot be written now.
            PermanentError: a revision's name stands for another commit.
        """
        facts = self.facts()
        self._name(change for change in facts.changes.values() if change.open)
        needed = _needed(facts)
        for project in {str(ref.project) for ref in facts.tips}:
            gone = [
                oid for oid in self.repository.prospects(project) if (project, oid) not in needed
            ]
            self.repository.forget(project, gone)

    def see(self, recorded: Recorded) -> None:
        """Take in one event.

        Raises:
            TransientError: a repository cannot be written now.
            PermanentError: a revision's name stands for another commit.
        """
        match recorded.event:
            case ChangesSeen(changes=changes):
                self._name(changes)
            case Prepared(moves=moves):
                self.made.update(dict.fromkeys((str(m.ref.project), m.new) for m in moves))
                if len(self.made) >= 2 * AT_ONCE:
                    self._let_go()
            case _:
                pass

    def _name(self, changes: Iterable[Change]) -> None:
        for change in changes:
            where = (change.project, change.number, change.revision, change.commit)
            if not self.repository.keep(*where):
                name = f"refs/changes/{change.number}/{change.revision}"
                what = f"{name} of {change.project} is not the commit {change.commit}"
                raise PermanentError("FT303", what, hint="somebody wrote into the repository")

    def _let_go(self) -> None:
        """Forget what was made and is needed no more, once it is worth the calls."""
        needed = _needed(self.facts())
        gone = [made for made in self.made if made not in needed]
        if len(gone) < AT_ONCE:
            return
        for project in {project for project, _ in gone}:
            self.repository.forget(project, [oid for name, oid in gone if name == project])
        for made in gone:
            del self.made[made]


def _needed(facts: Facts) -> set[tuple[str, Oid]]:
    return {
        (str(ref.project), oid)
        for prospect in facts.prospects.values()
        for ref, oid in (*prospect.state, *((move.ref, move.new) for move in prospect.moves))
    }
