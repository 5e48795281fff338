"""Compiling: one question to `uv pip compile`, written down as its files and options."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.pinned import lines_of, parse_pins
from foretaste.adapters.uv.program import Uv
from foretaste.ports.errors import PortError
from foretaste.ports.releases import Asking, Pins

# uv starts no interpreter that is older, and needs none to choose for it.
_OLDEST = Version("3.6")
NO_SOLUTION = "FT621"
_SERVED = ("https://", "http://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What uv made of a question: pins, or why there are none (FT621); the projects it looked at.

    The hashes of placeholders among the pins mean nothing.
    """

    names: frozenset[str]
    pins: Pins
    error: PortError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiling:
    """What uv is asked; `shown` is the folder of placeholders.

    Packages in `held` stay at the base's version, whatever a release says of them.
    """

    asking: Asking
    interpreter: Interpreter
    shown: Path
    held: frozenset[str] = frozenset()

    def run(self, uv: Uv) -> Compiled:
        """Return what uv chooses.

        Raises:
            TransientError: the index is out of reach.
        """
        with tempfile.TemporaryDirectory(prefix="foretaste-") as name:
            folder = Path(name)
            wanted = _written(folder / "wanted.in", self.asking.requirements)
            limits = _written(folder / "limits.txt", self._limits())
            held = _written(folder / "held.txt", self._held())
            chosen = _written(folder / "chosen.txt", self._preferred())
            considered = uv.consider(
                [
                    "pip", "compile", str(wanted), "--constraints", str(limits),
                    "--overrides", str(held), "--output-file", str(chosen),
                    *self._interpreter(), *self._time(uv), *self._places(uv),
                    "--no-build", "--generate-hashes", "--no-header", "--no-annotate",
                ]
            )  # fmt: skip
            text = "" if considered.error else chosen.read_text(encoding="utf-8")
        if considered.error is not None and considered.error.code != NO_SOLUTION:
            raise considered.error
        pins = {pin.name: pin for pin in parse_pins(lines_of(text))}
        return Compiled(names=considered.names | frozenset(pins), pins=pins, error=considered.error)

    def _limits(self) -> Iterable[str]:
        yield from self.asking.constraints
        for name, version in self.asking.base.items():
            # A local version may stand behind an equals sign only.
            yield f"{name}>={Version(version).public}"
        for name, text in self.asking.excluded.items():
            yield f"{name}{text}"

    def _held(self) -> Iterable[str]:
        return (f"{name}=={self.asking.base[name]}" for name in sorted(self.held))

    def _preferred(self) -> Iterable[str]:
        """Yield the pins that uv leaves where they are as long as it can: its own rule for locks."""
        if self.asking.only is None:
            return ()
        return (
            f"{name}=={version}"
            for name, version in self.asking.base.items()
            if name not in self.asking.only
        )

    def _interpreter(self) -> list[str]:
        if Version(self.interpreter.version) >= _OLDEST:
            return ["--python", str(self.interpreter.path)]
        return ["--python", sys.executable, "--python-version", self.interpreter.version]

    def _time(self, uv: Uv) -> list[str]:
        """Return the options for a time; now is what the index says now, and not uv's cache."""
        if self.asking.as_of is None:
            return [] if uv.offline else ["--refresh"]
        return ["--exclude-newer", self.asking.as_of.isoformat()]

    def _places(self, uv: Uv) -> list[str]:
        """Return where packages come from.

        Folders of the user's do not say what was there at a time. For uv, a release that stands in
        one of them without a date hides the same one of an index; so they are left out there.
        """
        if self.asking.as_of is None:
            theirs = filter(None, uv.variables.get("UV_FIND_LINKS", "").split(","))
            return _each("--find-links", [str(self.shown), *theirs])
        more = [each for each in uv.indexes()[1:] if each.startswith(_SERVED)]
        # Named on the command line, these take the place of what the variable says.
        return _each("--index", more or [uv.index()]) + _each("--find-links", [str(self.shown)])


def _each(option: str, values: Iterable[str]) -> list[str]:
    return [part for value in values for part in (option, value)]


def _written(path: Path, lines: Iterable[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path
