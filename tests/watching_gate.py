"""A gate that watches: whole and served on loopback by this process, as `foretaste serve` does it.

Only the index and the check of the releases are fakes that a test holds.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from foretaste.adapters.clock import SystemClock
from foretaste.ports.errors import UserError
from foretaste.service.starts import ServeOptions
from foretaste.service.watch.asking import Checker
from foretaste.service.watch.watcher import Watcher
from foretaste.web.app import create_app
from foretaste.wiring.house import House, open_house
from foretaste.wiring.serving import Server, Web, listen
from foretaste.wiring.watching import Means, watcher_of
from tests.fakes.watched import MemoryIndex, ToldChecker
from tests.live_forge import Clone
from tests.running_gate import RunningGate

CLOCK = SystemClock()
SETTINGS = """\
[user.foretaste]
roles = ["approve"]

[watch]
minimum_age = "3d"
at_once = ["urgent"]

[project.alpha]
gate = ["tests"]

[project.alpha.job.tests]
run = "sh ./check.sh"
install = []
"""
CHECK = """\
echo checking
if grep broken *.txt; then exit 1; fi
"""
LOCK = """\
# What alpha stands on.
tiny==1.0  # small
urgent==0.1
"""


def no_uv_lock(*_: object) -> bytes:
    """Refuse to move a uv.lock, of which there is none here."""
    raise UserError("FT945", "there is no uv.lock")


@dataclass
class WatchingGate(RunningGate):
    """A gate in this process, on a folder, with a watcher whose index and checks a test holds."""

    index: MemoryIndex = None  # type: ignore[assignment]
    checker: ToldChecker = None  # type: ignore[assignment]
    watcher: Watcher = None  # type: ignore[assignment]

    def until_shown(self, state: str) -> dict[str, Any]:
        """Have the index looked at until the branch stands so, and return it."""
        found: dict[str, Any] = {}
        ended = threading.Event()
        until = CLOCK.monotonic() + 30.0
        while CLOCK.monotonic() < until:
            self.watcher.look()
            shown = self.ask("releases")["releases"]
            found = next((each for each in shown if each["project"] == "alpha"), {})
            if found.get("state") == state:
                return found
            ended.wait(0.05)
        raise AssertionError(f"it is not {state}: {found}")


MakeChecker = Callable[[House], Checker]
"""Makes what checks releases for a gate."""


@contextlib.contextmanager
def watching_gate(
    folder: Path, index: MemoryIndex, checker: ToldChecker | MakeChecker
) -> Iterator[WatchingGate]:
    """Serve a gate on the folder while inside."""
    options = ServeOptions(directory=folder, port=0)
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(listen(options))
        house: House = open_house(options)
        stack.callback(house.close)
        made = checker if isinstance(checker, ToldChecker) else checker(house)
        watcher = watcher_of(house, Means(index=index, checker=made, relock=no_uv_lock))
        watcher.pulse = 0.1
        web = Web(make_app=create_app, listening=listening)
        server = Server(house, options, web, watcher)
        listening.listen()
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        stack.callback(thread.join, 30)
        stack.callback(server.stop)
        gate = WatchingGate(folder=folder, port=listening.getsockname()[1])
        gate.index, gate.watcher = index, watcher
        if isinstance(checker, ToldChecker):
            gate.checker = checker
        with httpx2.Client(transport=httpx2.HTTPTransport(retries=10), timeout=30) as client:
            client.get(f"{gate.url}/healthz")
        yield gate


def with_alpha(gate: WatchingGate, work: Path) -> None:
    """Make the project alpha by a change of the settings, through the gate, with its lock."""
    clone = gate.clone("gate", work / "settings")
    clone.commit("foretaste.toml", "Add a project", content=SETTINGS)
    clone.push("-otopic=projects", "-oapprove", "HEAD:refs/for/main", token=gate.token)
    assert gate.ended(1) == ["merged"], gate.change(1)
    gate.until(lambda: len(gate.ask("projects")["projects"]) == 2)
    _import(gate, work / "first")


def _import(gate: WatchingGate, path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True)
    first = Clone(path=path, url=f"{gate.url}/git/alpha")
    (path / "check.sh").write_text(CHECK, encoding="utf-8")
    (path / "requirements.txt").write_text(LOCK, encoding="utf-8")
    first.git("add", ".")
    first.commit("first.txt", "Begin")
    first.push("HEAD:refs/heads/main", token=gate.token)


def file_of(gate: WatchingGate, path: str = "requirements.txt") -> str:
    """Return a file of the guarded branch."""
    return gate.git("alpha", "show", f"main:{path}")


def hold_the_queue(gate: WatchingGate) -> None:
    """Let nothing be landed, so that a bump stays open."""
    gate.cli("hold", "--why", "to look at the bump")
