"""Names: the plain strings that the gate speaks in, each with a type of its own.

They stand for what people see: a project, a branch, a change's number. Git object ids are full
hexadecimal strings.
"""

from __future__ import annotations

from typing import NamedTuple, NewType

ProjectName = NewType("ProjectName", str)
QueueName = NewType("QueueName", str)
ChangeId = NewType("ChangeId", str)
JobName = NewType("JobName", str)
BuildId = NewType("BuildId", str)
ProspectKey = NewType("ProspectKey", str)
Oid = NewType("Oid", str)


class Ref(NamedTuple):
    """One branch of one project."""

    project: ProjectName
    branch: str


class Member(NamedTuple):
    """One revision of one change, as it stands in an item; revisions count from 1."""

    change: ChangeId
    revision: int


State = tuple[tuple[Ref, Oid], ...]
"""What branches point at, sorted; the branches of one queue, all of them."""
