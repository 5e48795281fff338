"""Patching: `--with`, unreleased states of dependencies, from where they lie to wheels.

NAME@git+URL@REF is a branch, tag or commit of a git repository; NAME@DIR is a folder as it lies
there. Each is built in the sandbox, as a release's sdist would be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from foretaste.adapters.executors.bases import WarmBases
from foretaste.adapters.git.shelf import Shelf
from foretaste.adapters.git.trees import GitTrees
from foretaste.adapters.git.upstreams import GitUpstreams
from foretaste.adapters.uv.environments import Supplies
from foretaste.adapters.uv.trees import BuildTools, UvTreeWheels
from foretaste.ports.errors import UserError
from foretaste.ports.executor import Source
from foretaste.ports.upstreams import TreeWheel
from foretaste.service.check.subject import Patch, Subject
from foretaste.wiring.bench import Bench

FORM = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)@(?P<place>.+)")
GIT = "git+"
# What a project is told that asks git for its version and was not installed before.
UNKNOWN = "0.0.0"
DIGITS = 12


def patches_of(texts: Sequence[str], subject: Subject, bench: Bench) -> tuple[Patch, ...]:
    """Return the patched dependencies, each built as a wheel.

    Raises:
        UserError: one is not written as it must be, is not there, or does not build.
        TransientError: it cannot be had now.
    """
    return tuple(_patches(texts, subject, bench)) if texts else ()


def _patches(texts: Sequence[str], subject: Subject, bench: Bench) -> Iterator[Patch]:
    shelf = Shelf(bench.cache / "upstreams" / "repositories")
    try:
        for text in texts:
            yield _patch(text, subject, bench, shelf)
    finally:
        shelf.close()


def _patch(text: str, subject: Subject, bench: Bench, shelf: Shelf) -> Patch:
    found = FORM.fullmatch(text)
    if found is None:
        raise UserError(
            "FT906",
            f"{text!r} names no unreleased state",
            hint="NAME@git+URL@REF, or NAME@DIR: urllib3@git+https://git.example.org/urllib3@main",
        )
    name, place = str(canonicalize_name(found["name"])), found["place"]
    if place.startswith(GIT):
        source, supplies = _from_git(place.removeprefix(GIT), bench, shelf)
    else:
        place = str(Path(place).resolve())
        source = bench.snapshots.take(name, Path(place))
        supplies = Supplies(
            trees=bench.snapshots, bases=bench.snapshots, sandbox=bench.sandbox, clock=bench.clock
        )
    builds = BuildTools(resolver=bench.tools.resolver, environments=bench.environments)
    wheels = UvTreeWheels(bench.cache / "upstreams" / "wheels", supplies, builds)
    wanted = TreeWheel(
        source=source,
        name=name,
        version=(subject.base or {}).get(name, UNKNOWN),
        python=subject.recipe.python,
        build_constraints=subject.recipe.build_constraints,
        extra_build=subject.recipe.extra_build,
    )
    pin = wheels.make(wanted, bench.tools.detail)
    return Patch(pin=pin, origin=place, mark=source.commit[:DIGITS])


def _from_git(place: str, bench: Bench, shelf: Shelf) -> tuple[Source, Supplies]:
    address, ref = _split(place)
    upstream = GitUpstreams(shelf).open(address)
    trees = GitTrees(shelf)
    supplies = Supplies(
        trees=trees,
        bases=WarmBases(bench.cache / "upstreams" / "bases", trees, bench.clock),
        sandbox=bench.sandbox,
        clock=bench.clock,
    )
    return upstream.source(upstream.find(ref)), supplies


def _split(place: str) -> tuple[str, str]:
    """Return the address and the ref of a place; an @ before a URL's path is the user's."""
    scheme, separator, rest = place.rpartition("://")
    host, slash, path = rest.partition("/") if separator else ("", "", rest)
    name, _, ref = path.rpartition("@")
    # No ref has a colon (git-check-ref-format), but "git@example.org:name" has one.
    if not name or not ref or ":" in ref:
        raise UserError("FT906", f"{place!r} says no ref", hint="git+URL@REF, with a branch or tag")
    return f"{scheme}{separator}{host}{slash}{name}", ref
