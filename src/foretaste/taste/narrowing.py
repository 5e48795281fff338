"""Narrowing: of packages that can only move together, the one to blame.

The search cannot tell apart what cannot be installed apart. People can: a failure often points at
one of them, and where it does not, the one that asked for the others brought them along. The rest
of such a unit *had to come along*, and is said to be needed, never blamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from foretaste.taste.finding import Culprit, Finding
from foretaste.taste.lattice import Lattice, Moved
from foretaste.taste.suspicion import pointing

Asks = Mapping[str, Moved]
"""For each move, the moves of packages that its releases require, directly."""


def narrowed(found: Finding, lattice: Lattice, asks: Asks, owners: Mapping[str, str]) -> Finding:
    """Return the finding with each culprit's units narrowed to whom the failure is about."""
    culprits = tuple(_narrowed(each, lattice, asks, owners) for each in found.culprits)
    blamed = frozenset[str]().union(*(each.keys for each in culprits))
    before = frozenset[str]().union(*(each.keys for each in found.culprits))
    held = {
        key: _beside(key, lattice, blamed) if key in before - blamed else why
        for key, why in found.held.items()
    }
    return replace(found, culprits=culprits, held=held)


def _narrowed(culprit: Culprit, lattice: Lattice, asks: Asks, owners: Mapping[str, str]) -> Culprit:
    units = {lattice.unit(key) & culprit.keys for key in culprit.keys}
    keys = frozenset[str]().union(*(_chosen(culprit, unit, asks, owners) for unit in units))
    return replace(culprit, keys=keys, needed=culprit.needed | (culprit.keys - keys))


def _chosen(culprit: Culprit, unit: Moved, asks: Asks, owners: Mapping[str, str]) -> Moved:
    """Return whom to blame of a unit: at whom failures point most, else who asks for the others."""
    if len(unit) == 1:
        return unit
    pointed = {
        key: max(pointing(failure, key, owners) for failure in culprit.failures) for key in unit
    }
    most = max(pointed.values())
    if most > 1.0:
        return frozenset(key for key, factor in pointed.items() if factor == most)
    return unit - frozenset[str]().union(*(_brought(key, unit, asks) for key in unit)) or unit


def _brought(key: str, unit: Moved, asks: Asks) -> Moved:
    """Return what a member of the unit asks for in it, to the end; never itself."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        new = (asks.get(waiting.pop(), frozenset()) & unit) - found
        found |= new
        waiting += new
    return frozenset(found) - {key}


def _beside(key: str, lattice: Lattice, blamed: Iterable[str]) -> str:
    others = sorted(lattice.unit(key) & frozenset(blamed))
    return f"moves only with {', '.join(others)}"
