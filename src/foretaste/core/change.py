"""Change: a commit proposed to one branch of one project, and what its host says of it.

A change's revisions count from 1 and the newest counts. What stands here is a copy of what the
forge said when it was last asked: an approval that arrived since is not known yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from foretaste.core.names import ChangeId, Member, Oid, ProjectName, Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreleased:
    """A state of a dependency that is not released yet, which a change is tested with.

    `commit` is what `ref` of the repository at `url` stood for when the change was pushed, `place`
    where we keep it. Another commit is another revision of the change, and so another prospect.
    """

    name: str
    url: str
    ref: str
    commit: Oid
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change as its forge last showed it.

    `number` orders changes by age. `parent` is the change that it is stacked on, `depends_on`
    what its message names, in that order; `approved_by` holds those whose approval of exactly
    this revision stands, `approval` counts every approval that it was ever given: a higher count
    than at its last verdict says that someone wants it tried again. `version` counts every edit
    that its host made of it: an older copy that arrives late is no news. `unreleased` are states of
    dependencies that take the place of their releases in its builds.
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
    unreleased: tuple[Unreleased, ...] = ()

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
    def only_checked(self) -> bool:
        """Whether a check is all that it gets, whoever approves it: it needs what is not released."""
        return bool(self.unreleased) and not self.landable

    @property
    def ready(self) -> bool:
        """Whether its host would let it be tested for landing."""
        return self.open and self.landable and bool(self.approved_by)
