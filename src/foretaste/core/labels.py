"""Labels: what people call a build, such as `tests[3.11][12,14]`.

The last bracket names the prospect: the items that it assumes and its own, in landing order, a
cycle as `A+B`. A build for one member of a cycle says which: `J[C,A+B:A]`. The form is that of
`scenarios/README.md`, so that a scenario, a log and a page name a build alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.core.build import Build
from foretaste.core.names import ChangeId, JobName, Member, ProspectKey
from foretaste.core.prospect import Prospect

Prospects = Mapping[ProspectKey, Prospect]


def items_of(prospect: Prospect, prospects: Prospects) -> tuple[tuple[Member, ...], ...]:
    """Return the chain of a prospect as items; what is no longer known counts as single changes.

    A check merges what a change needs one by one, so its members are no item.
    """
    if prospect.pipeline == "check":
        return tuple((member,) for member in prospect.chain)
    rest = prospect.chain[: len(prospect.chain) - len(prospect.members)]
    items = [prospect.members]
    below = prospects.get(prospect.base)
    while below is not None and below.members and rest[-len(below.members) :] == below.members:
        items.append(below.members)
        rest = rest[: -len(below.members)]
        below = prospects.get(below.base)
    return (*((member,) for member in rest), *reversed(items))


def prospect_name(prospect: Prospect, prospects: Prospects, change: ChangeId | None = None) -> str:
    """Return a prospect's name such as `[A,B]`; with a member of a cycle, `[C,A+B:A]`."""
    items = items_of(prospect, prospects)
    names = ",".join("+".join(member.change for member in item) for item in items)
    alone = change is None or len(prospect.members) == 1 or prospect.pipeline == "check"
    return f"[{names}]" if alone else f"[{names}:{change}]"


def label_of(
    job: JobName, prospect: Prospect, prospects: Prospects, change: ChangeId | None
) -> str:
    """Return the label of a job's builds on a prospect."""
    return f"{job}{prospect_name(prospect, prospects, change)}"


def build_label(build: Build, prospects: Prospects) -> str:
    """Return a build's label; only its change where its prospect is no longer known."""
    prospect = prospects.get(build.prospect)
    if prospect is None:
        return f"{build.job}[{build.change or '?'}]"
    return label_of(build.job, prospect, prospects, build.change)
