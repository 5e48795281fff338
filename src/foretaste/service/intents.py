"""Intents: what a person or a face asks of the gate, and the answer that it gets.

Faces check who is asking (token, role) before they send one; `by` is that person. An answer is
given only when what it says is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from foretaste.core.change import Unreleased
from foretaste.core.names import ChangeId, Oid, ProjectName


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One commit that a push proposes; a stack is several, lowest first.

    `change_key` is its Change-Id trailer or "" ; `depends_on` what Depends-On lines name, as
    written (`PROJECT/NUMBER` or a change's URL). `unreleased` are the states of dependencies that
    such lines name (`NAME@URL@REF`), `lands` whether it may land with them.
    """

    commit: Oid
    parent: Oid
    subject: str
    change_key: str = ""
    depends_on: tuple[str, ...] = ()
    unreleased: tuple[Unreleased, ...] = ()
    lands: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    """A push to `refs/for/<branch>`."""

    project: ProjectName
    branch: str
    topic: str
    proposals: tuple[Proposal, ...]
    approve: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """An approval of one change at `revision`; 0 means the newest, as the face showed it."""

    change: ChangeId
    revision: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """The asker's approval goes."""

    change: ChangeId
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandon:
    """The change is closed; `why` is a sentence for its story, or ""."""

    change: ChangeId
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """An abandoned change is open again."""

    change: ChangeId
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """These changes are to go first."""

    changes: tuple[ChangeId, ...]
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dequeue:
    """The change is to leave its queue."""

    change: ChangeId
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """The change is to be looked at again."""

    change: ChangeId
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The gate is to start and land nothing."""

    why: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """The gate is to go on."""

    by: str = ""


Intent = (
    Propose | Approve | Withdraw | Abandon | Reopen | Promote | Dequeue | Enqueue | Hold | Resume
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of an intent.

    `code` is "" where it was taken, else an `FTnnn` with `what` and `hint`. `changes` are the
    changes it was about, as numbered by the gate.
    """

    code: str = ""
    what: str = ""
    hint: str = ""
    changes: tuple[ChangeId, ...] = field(default=())

    @property
    def taken(self) -> bool:
        """Whether the gate did as asked."""
        return not self.code
