"""Families: which changes must land together, and in which order.

Changes that need each other in a circle are one item (a strongly connected group); what they
need stands before them. The order among what a change needs is that of its message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from foretaste.core.names import ChangeId

Needs = Callable[[ChangeId], Iterable[ChangeId]]


def groups(start: ChangeId, needs: Needs) -> tuple[tuple[ChangeId, ...], ...]:
    """Return the groups of all that `start` needs, what is needed first, `start`'s own last.

    Tarjan's algorithm (SIAM J. Comput. 1(2), 1972), without recursion, so that a stack of a
    thousand changes is no deeper than one.
    """
    found: dict[ChangeId, int] = {}
    low: dict[ChangeId, int] = {}
    path: list[ChangeId] = []
    result: list[tuple[ChangeId, ...]] = []
    work = [(start, iter(tuple(needs(start))))]
    found[start] = low[start] = 0
    path.append(start)
    while work:
        node, rest = work[-1]
        child = next(rest, None)
        if child is None:
            work.pop()
            if work:
                above = work[-1][0]
                low[above] = min(low[above], low[node])
            if low[node] == found[node]:
                place = path.index(node)
                result.append(tuple(path[place:]))
                del path[place:]
        elif child not in found:
            found[child] = low[child] = len(found)
            path.append(child)
            work.append((child, iter(tuple(needs(child)))))
        elif child in path:
            low[node] = min(low[node], found[child])
    return tuple(result)
