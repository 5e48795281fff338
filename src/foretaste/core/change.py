"""Change: a commit proposed to one branch of one project, and what its host says of it.

A change's revisions count from 1 and the newest counts. What stands here is a copy of what the
forge said when it was last asked: an approval that arrived since is not known yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from foretaste.core.names import ChangeId, Member, Oid, ProjectName, Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change as its forge last showed it.

    `number` orders changes by age. `parent` is the change that it is stacked on, `depends_on`
    what its message names, in that order; `approved_by` holds those whose approval of exactly
    this revision stands, `approval` counts every approval that it was ever given: a higher count
    than at its last verdict says that someone wants it tried again. `version` counts every edit
    that its host made of it: an older copy that arrives late is no news.
    """

    id: ChangeId
    number: int = 0
    version: int = 0
    project: ProjectName
    branch: str
    revision: int = 1
    commit: Oid
    parent: ChangeId | None = None
    depends_on: tuple[ChangeId, ...] = ()
    approved_by: tuple[str, ...] = ()
    approval: int = 0
    open: bool = True
    landable: bool = True
    subject: str = ""
    owner: str = ""
    topic: str = ""
    change_key: str = ""

    @property
    def ref(self) -> Ref:
        """The branch that it is proposed to."""
        return Ref(self.project, self.branch)

    @property
    def member(self) -> Member:
        """The change at its newest revision."""
        return Member(self.id, self.revision)

    @property
    def needs(self) -> tuple[ChangeId, ...]:
        """What must land before it or with it, nearest first: its parent, then Depends-On."""
        parent = () if self.parent is None else (self.parent,)
        return parent + tuple(need for need in self.depends_on if need != self.parent)

    @property
    def ready(self) -> bool:
        """Whether its host would let it be tested for landing."""
        return self.open and self.landable and bool(self.approved_by)
