"""Ports with faults: the twins of `foretaste.simulation`, which go wrong where a test says so.

A fault is used up when it has happened, so that whoever tries again succeeds. Nothing here
answers anything that the twin itself would not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from foretaste.core.names import ChangeId, Member, Oid, Ref
from foretaste.ports.errors import PermanentError, PortError, TransientError
from foretaste.ports.executor import JobSpec, Listener
from foretaste.ports.repository import Clash, Merge, Merged, Swap
from foretaste.simulation.executor import MemoryExecutor
from foretaste.simulation.forge import MemoryForge
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.repository import MemoryRepository


def passing(what: str = "the disk is full") -> TransientError:
    """Return an error that may pass."""
    return TransientError("FT801", what)


def lasting(what: str = "the repository is broken") -> PermanentError:
    """Return an error that does not pass by waiting."""
    return PermanentError("FT301", what)


@dataclass(slots=True)
class Faults:
    """What goes wrong, by the name of the call: `tip R1`, `swap R1`, `merge`, `start`, `tell`."""

    errors: dict[str, list[PortError]] = field(default_factory=dict)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    after: dict[str, list[PortError]] = field(default_factory=dict)

    def begin(self, call: str) -> None:
        """Let something happen before a call, or the call fail."""
        if call in self.before:
            self.before.pop(call)()
        if self.errors.get(call):
            raise self.errors[call].pop(0)

    def end(self, call: str) -> None:
        """Let a call fail that has done its work: only the answer is lost."""
        if self.after.get(call):
            raise self.after[call].pop(0)


@dataclass(slots=True)
class FaultyRepository(MemoryRepository):
    """Repositories in memory.

    A swap in a project that is in `denies` is done and answered with a no, one in `sulks` is not
    done; what is read back of a branch in `garbles` is not what it holds.
    """

    faults: Faults = field(default_factory=Faults)
    denies: set[str] = field(default_factory=set)
    sulks: set[str] = field(default_factory=set)
    garbles: set[Ref] = field(default_factory=set)

    def tip(self, ref: Ref) -> Oid | None:
        """Return what the branch points at."""
        self.faults.begin(f"tip {ref.project}")
        return MemoryRepository.tip(self, ref)

    def tips(self) -> Mapping[Ref, Oid]:
        """Return every branch."""
        self.faults.begin("tips")
        return MemoryRepository.tips(self)

    def merge(self, merge: Merge) -> Merged | Clash:
        """Merge by file."""
        self.faults.begin("merge")
        return MemoryRepository.merge(self, merge)

    def swap(self, project: str, swaps: tuple[Swap, ...]) -> bool:
        """Move the branches of one project, all or none."""
        self.faults.begin(f"swap {project}")
        if project in self.sulks:
            return False
        moved = MemoryRepository.swap(self, project, swaps)
        self.faults.end(f"swap {project}")
        return moved and project not in self.denies

    def tree(self, ref: Ref) -> Oid | None:
        """Return the id of the tree at the branch's tip, of another one where that is garbled."""
        self.faults.begin(f"tree {ref.project}")
        return Oid("0" * 40) if ref in self.garbles else MemoryRepository.tree(self, ref)


@dataclass(slots=True)
class FaultyExecutor(MemoryExecutor):
    """An executor that cannot always start a build."""

    faults: Faults = field(default_factory=Faults)

    def start(self, spec: JobSpec, listener: Listener) -> None:
        """Begin a build."""
        self.faults.begin("start")
        MemoryExecutor.start(self, spec, listener)


@dataclass(slots=True)
class FaultyForge(MemoryForge):
    """A host that cannot always be reached."""

    faults: Faults = field(default_factory=Faults)

    def may_land(self, member: Member) -> str:
        """Say why the host will not land the change, "" where it will."""
        self.faults.begin("may_land")
        return MemoryForge.may_land(self, member)

    def tell(self, change: ChangeId, report: str, kind: str) -> None:
        """Take a message about a change."""
        self.faults.begin("tell")
        MemoryForge.tell(self, change, report, kind)


def faulty_place() -> tuple[MemoryPlace, Faults]:
    """Return a scenario's place with a repository and an executor that share their faults."""
    faults = Faults()
    place = MemoryPlace(
        repository=FaultyRepository(faults=faults), executor=FaultyExecutor(faults=faults)
    )
    return place, faults
