"""Labels: what people call a build, such as `tests[3.11][12,14]`.

The last bracket names the prospect: the items that it assumes and its own, in landing order, a
cycle as `A+B`. A build for one member of a cycle says which: `J[C,A+B:A]`. The form is that of
`scenarios/README.md`, so that a scenario, a log and a page name a build alike.
"""

from __future__ import annotations

from itertools import islice

from foretaste.core.build import Build
from foretaste.core.names import ChangeId, JobName, Member
from foretaste.core.prospect import Prospect


def items_of(prospect: Prospect) -> tuple[tuple[Member, ...], ...]:
    """Return the chain of a prospect as items: a cycle's members are one item."""
    members = iter(prospect.chain)
    sizes = prospect.sizes or (1,) * len(prospect.chain)
    return tuple(tuple(islice(members, size)) for size in sizes)


def prospect_name(prospect: Prospect, change: ChangeId | None = None) -> str:
    """Return a prospect's name such as `[A,B]`; with a member of a cycle, `[C,A+B:A]`."""
    items = items_of(prospect)
    names = ",".join("+".join(member.change for member in item) for item in items)
    alone = change is None or len(items[-1]) == 1
    return f"[{names}]" if alone else f"[{names}:{change}]"


def label_of(job: JobName, prospect: Prospect, change: ChangeId | None) -> str:
    """Return the label of a job's builds on a prospect."""
    return f"{job}{prospect_name(prospect, change)}"


def build_label(build: Build, prospect: Prospect | None) -> str:
    """Return a build's label; with its change only, where its prospect is no longer known."""
    if prospect is None:
        return f"{build.job}[{build.change or '?'}]"
    return label_of(build.job, prospect, build.change)
