"""Touching: whether a change alters what its project's jobs are.

Such a change lands only with the approval of someone who has the role `config`
(docs/decisions/0006): what tests a branch is not changed in passing, be it by way of a file from
which a template or the search for tests makes its jobs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from foretaste.config.document import read_document
from foretaste.config.gate import GATE
from foretaste.config.load import IN_PYPROJECT, OWN_FILE, PYPROJECT
from foretaste.config.mistakes import Mistake
from foretaste.core.change import Change
from foretaste.core.names import Oid, Ref
from foretaste.service.settings import ReadFile

Redefines = Callable[[str, Oid, Oid], bool]
"""Tells of a project, its branch's tip and a commit whether jobs are other ones in the commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touching:
    """Compares what a branch would hold with what it holds now."""

    read: ReadFile
    tip: Callable[[Ref], Oid | None]
    redefines: Redefines

    def __call__(self, change: Change, tested: Oid) -> bool:
        """Return whether the branch's configuration changes when it moves to `tested`.

        It is the merge that is compared: a change that was made before the configuration was
        altered alters nothing. What cannot be read counts as altered.
        """
        if change.project == GATE:
            return True
        tip = self.tip(change.ref)
        if tip is None:
            return True
        old, new = (
            [self.read(change.project, commit, path) for path in (OWN_FILE, PYPROJECT)]
            for commit in (tip, tested)
        )
        if old[0] != new[0] or _ours(old[1]) != _ours(new[1]):
            return True
        return self.redefines(change.project, tip, tested)


def _ours(raw: bytes | None) -> Any:  # noqa: ANN401 - any TOML
    """Return what a pyproject.toml says to us; its bytes where it cannot be read."""
    if raw is None:
        return {}
    read = read_document(PYPROJECT, raw)
    if isinstance(read, Mistake):
        return raw
    table: Any = read.data
    for key in IN_PYPROJECT:
        table = table.get(key, {}) if isinstance(table, dict) else {}
    return table
