"""A gate that runs: the program as people start it, in a process of its own on a folder.

Waiting is on the gate's own event stream or on a process, never on a clock alone. What is read of
the folder is read as an auditor would, with git and SQLite, sharing no code with the gate.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from foretaste.adapters.clock import SystemClock
from tests.live_forge import Clone, client_environment

DEADLINE = 40.0
CLOCK = SystemClock()
PROGRAM = Path(sys.executable).with_name("foretaste")
ENDED = frozenset({"merged", "failed", "left"})

SETTINGS = """\
[template.shell]
run = "sh ./check.sh"
install = []

[project.alpha]
queue = "family"
gate = ["tests"]
branches = ["main", "stable"]

[project.alpha.job.tests]
template = "shell"

[project.beta]
queue = "family"
gate = ["tests"]

[project.beta.job.tests]
template = "shell"
"""
CHECK = """\
echo checking
if grep broken *.txt; then exit 1; fi
"""


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass
class RunningGate:
    """A gate served from `folder`; it may be stopped, killed and started again."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Return where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        """Return the owner's token."""
        return (self.folder / "admin.token").read_text(encoding="utf-8").strip()

    def start(self, *options: str, before: Callable[[], None] | None = None) -> None:
        """Start it and wait until it answers."""
        (self.folder / "gate.json").unlink(missing_ok=True)
        self.process = self.spawn(*options, before=before)
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if "a token that may do everything" in line:
                break
        assert self.process.poll() is None, "".join(said)
        self._until_it_answers()

    def spawn(
        self, *options: str, before: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        """Start the program on the folder, whatever comes of it."""
        return subprocess.Popen(
            [PROGRAM, "serve", "--dir", self.folder, "--port", str(self.port), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,  # noqa: PLW1509 - the tests' threads hold no lock that it needs
        )

    def _until_it_answers(self) -> None:
        """Connect as soon as the port is listened on, and ask whether all is well."""
        transport = httpx2.HTTPTransport(retries=10)
        with httpx2.Client(transport=transport, timeout=DEADLINE) as client:
            client.get(f"{self.url}/healthz")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and return the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        status = self.process.wait(DEADLINE)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self.process = None
        return status

    def ask(self, path: str) -> Any:
        """Return what the API answers."""
        answer = httpx2.get(f"{self.url}/api/v1/{path}", timeout=DEADLINE)
        assert answer.status_code == httpx2.codes.OK, answer.text
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any] | None = None, token: str = "") -> Any:
        """Ask for something to be done, and return the whole answer."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        address = f"{self.url}/api/v1/{path}"
        return httpx2.post(address, json=body or {}, headers=headers, timeout=DEADLINE)

    def cli(self, *arguments: str, status: int = 0) -> str:
        """Run a command against the gate and return what it prints, both streams where it fails."""
        environment = {**os.environ, "FORETASTE_DIR": str(self.folder), "NO_COLOR": "1"}
        ended = subprocess.run(
            [PROGRAM, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE,
        )
        assert ended.returncode == status, ended.stdout + ended.stderr
        return ended.stdout if status == 0 else ended.stdout + ended.stderr

    def mint(self, name: str, *roles: str) -> str:
        """Make a token for somebody."""
        options = [word for role in roles for word in ("--role", role)]
        return self.cli("token", "new", name, *options).strip()

    def change(self, number: int | str) -> dict[str, Any]:
        """Return one change."""
        found: dict[str, Any] = self.ask(f"changes/{number}")
        return found

    def until(self, happened: Callable[[], object], within: float = DEADLINE) -> None:
        """Wait until it has happened, asking again after each event of the gate."""
        limits = httpx2.Timeout(within, read=within)
        until = CLOCK.monotonic() + within
        with httpx2.stream("GET", f"{self.url}/api/v1/events", timeout=limits) as news:
            if happened():
                return
            for line in news.iter_lines():
                if line.startswith("id:") and happened():
                    return
                # Between events the stream beats, so that this is come to.
                assert CLOCK.monotonic() < until, "it has not happened"
        raise AssertionError("the gate has ended its news")

    def ended(self, *numbers: int) -> list[str]:
        """Wait until all these changes have ended and return their states."""
        states: list[str] = []

        def look() -> bool:
            states[:] = [self.change(number)["state"] for number in numbers]
            return ENDED.issuperset(states)

        self.until(look)
        return states

    def clone(self, project: str, folder: Path) -> Clone:
        """Clone a project as a contributor."""
        address = f"{self.url}/git/{project}"
        subprocess.run(
            ["git", "clone", "-q", address, str(folder)],
            check=True,
            capture_output=True,
            env=client_environment(),
            timeout=DEADLINE,
        )
        return Clone(path=folder, url=address)

    def git(self, project: str, *arguments: str) -> str:
        """Run git in the gate's own repository, behind its back."""
        where = self.folder / "git" / f"{project}.git"
        return subprocess.run(
            ["git", f"--git-dir={where}", "-c", "safe.bareRepository=all", *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            env=client_environment(),
        ).stdout.strip()

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """Read the gate's database behind its back."""
        with contextlib.closing(sqlite3.connect(self.folder / "gate.sqlite3")) as database:
            return database.execute(question).fetchall()

    def strays(self) -> list[str]:
        """Return the command lines of all processes that name the gate's folder."""
        mine = {os.getpid(), self.process.pid if self.process else 0}
        return [
            words for pid, words in processes() if pid not in mine and str(self.folder) in words
        ]


def processes() -> Iterator[tuple[int, str]]:
    """Yield every process's number and words."""
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                words = (path / "cmdline").read_bytes().replace(b"\0", b" ")
                yield int(path.name), words.decode("utf-8", "replace")


def all_gone(pids: list[int]) -> bool:
    """Wait until these processes have ended; whether they did in time."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            if not poll.poll(DEADLINE * 1000):
                return False
        finally:
            os.close(descriptor)
    return True


@contextlib.contextmanager
def running_gate(folder: Path) -> Iterator[RunningGate]:
    """Give a gate that runs on the folder, and end it."""
    gate = RunningGate(folder=folder)
    gate.start()
    try:
        yield gate
    finally:
        if gate.process is not None:
            gate.stop(signal.SIGKILL)


def set_up(gate: RunningGate, work: Path) -> None:
    """Make the projects alpha and beta by a change of the settings, through the gate."""
    clone = gate.clone("gate", work / "settings")
    clone.commit("foretaste.toml", "Add two projects", content=SETTINGS)
    clone.push("-otopic=projects", "-oapprove", "HEAD:refs/for/main", token=gate.token)
    assert gate.ended(1) == ["merged"], gate.change(1)
    gate.until(lambda: len(gate.ask("projects")["projects"]) == 3)
    for project in ("alpha", "beta"):
        path = work / f"first-{project}"
        subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True)
        first = Clone(path=path, url=f"{gate.url}/git/{project}")
        (path / "check.sh").write_text(CHECK, encoding="utf-8")
        first.git("add", ".")
        first.commit("first.txt", "Begin")
        branches = ("main", "stable") if project == "alpha" else ("main",)
        targets = [f"HEAD:refs/heads/{branch}" for branch in branches]
        first.push("--atomic", *targets, token=gate.token)


def decoded(text: str) -> Any:
    """Return what JSON says."""
    return json.loads(text)
