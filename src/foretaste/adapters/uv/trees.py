"""The port TreeWheels: wheels of commits of a dependency, in place of its releases.

Each is built in the sandbox without network, as any project is, with what built projects at the
time: tools of today refuse much of what was right then. Where nothing of then fits together (what
builds may not have been pinned to a date), the tools of today are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from foretaste.adapters.uv.environments import Supplies
from foretaste.adapters.uv.interpreters import Interpreters
from foretaste.adapters.uv.requirements import build_system, load_pyproject
from foretaste.adapters.uv.wheels import Building, Sources, Wheels
from foretaste.ports.environments import Environment, Environments, Say
from foretaste.ports.errors import UserError
from foretaste.ports.executor import EnvironmentSpec
from foretaste.ports.releases import Asking, Pin, Pins, Resolver
from foretaste.ports.upstreams import TreeWheel


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildTools:
    """Where the tools come from that build: who chooses them, and who makes their environment."""

    resolver: Resolver
    environments: Environments


class UvTreeWheels:
    """Keeps wheels below `folder`; fulfils `foretaste.ports.upstreams.TreeWheels`."""

    def __init__(self, folder: Path, supplies: Supplies, tools: BuildTools) -> None:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder.chmod(0o755)
        self._supplies = supplies
        self._tools = tools
        self._interpreters = Interpreters()
        self._wheels = Wheels(folder, supplies.sandbox)

    def make(self, wanted: TreeWheel, say: Say) -> Pin:
        """Return the wheel as a pin.

        Raises:
            UserError: it does not build, or is another package.
            TransientError: the index is out of reach, the disk is full.
        """
        source, trees = wanted.source, self._supplies.trees
        system = build_system(load_pyproject(lambda path: trees.read(source, path)))
        sources = Sources(
            folder=self._supplies.bases.folder(source),
            key=f"{source.project} {source.tree} {wanted.version}",
            where=f"{wanted.name} at {source.commit[:12]}",
            system=system,
            version=wanted.version,
        )
        building = Building(
            interpreter=self._interpreters.find(wanted.python),
            make=lambda requires: self._environment(wanted, requires, say),
            say=say,
        )
        wheel = self._wheels.build(sources, building)
        if canonicalize_name(wheel.name) != canonicalize_name(wanted.name):
            what = f"the repository is {wheel.name}'s, not {wanted.name}'s"
            raise UserError("FT965", what, where=source.commit)
        return Pin(
            name=canonicalize_name(wanted.name),
            version=wheel.version,
            hashes=(f"sha256:{wheel.digest}",),
            wheel=str(wheel.path.absolute()),
        )

    def _environment(self, wanted: TreeWheel, requires: Sequence[str], say: Say) -> Environment:
        pins = self._resolved(wanted, requires, say) if requires else {}
        spec = EnvironmentSpec(
            python=wanted.python, pins=tuple(pin.line for _, pin in sorted(pins.items()))
        )
        return self._tools.environments.make(spec, (wanted.source,), say)

    def _resolved(self, wanted: TreeWheel, requires: Sequence[str], say: Say) -> Pins:
        asking = Asking(
            python=wanted.python,
            requirements=tuple(requires),
            constraints=wanted.build_constraints,
            as_of=wanted.as_of,
            build_constraints=wanted.build_constraints,
            extra_build=wanted.extra_build,
        )
        try:
            return self._tools.resolver.resolve(asking, say)
        except UserError as error:
            if error.code != "FT621" or wanted.as_of is None:
                raise
            say(f"nothing of then fits together ({error.what.partition(chr(10))[0]})")
            return self._tools.resolver.resolve(replace(asking, as_of=None), say)
