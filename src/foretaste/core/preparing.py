"""Preparing: how a prospect comes to be, from the events that tell of it.

The facts fold these events, and so does whoever tells of the past: there is one way to read them.
"""

from __future__ import annotations

from dataclasses import replace

from foretaste.core.events import Conflicted, Misconfigured, Prepared, ProspectWanted
from foretaste.core.prospect import Prospect, ProspectState


def prospect_of(event: ProspectWanted) -> Prospect:
    """Return the prospect that is to be prepared."""
    return Prospect(
        key=event.key,
        base=event.base,
        queue=event.queue,
        pipeline=event.pipeline,
        members=event.members,
        chain=event.chain,
        sizes=event.sizes,
    )


def answered(prospect: Prospect, event: Prepared | Conflicted | Misconfigured) -> Prospect:
    """Return the prospect with what came of its preparation."""
    if isinstance(event, Prepared):
        return replace(
            prospect,
            status=ProspectState.PREPARED,
            moves=event.moves,
            state=event.state,
            plans=event.plans,
        )
    if isinstance(event, Conflicted):
        return replace(
            prospect,
            status=ProspectState.CONFLICT,
            culprit=event.change,
            paths=event.paths,
            why=event.detail,
        )
    return replace(
        prospect,
        status=ProspectState.MISCONFIGURED,
        culprit=event.change,
        why=event.detail,
    )
