"""A forge that runs: a real uvicorn on loopback, real git clients, and a service in memory.

The service is a fake of what the gate does with a proposal: it numbers changes by Change-Id, or by
topic and position, and revisions by commit, and keeps what it was asked in `asked`.
"""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import subprocess
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.repository import GitRepository
from foretaste.adapters.git.shelf import Shelf
from foretaste.adapters.receive.application import Forge, Terms
from foretaste.adapters.receive.gate import Gate
from foretaste.core.names import ChangeId, Oid, ProjectName, Ref
from foretaste.service.access import Principal, Role
from foretaste.service.intents import Answer, Propose

TOKENS = {
    "owner-token": Principal(name="olga", roles=frozenset({Role.OWN})),
    "push-token": Principal(name="pat", roles=frozenset({Role.PUSH})),
    "approve-token": Principal(name="ann", roles=frozenset({Role.PUSH, Role.APPROVE})),
    "operate-token": Principal(name="otto", roles=frozenset({Role.OPERATE})),
}
MAIN = "main"
PUSHER = "push-token"
DEADLINE = 60.0


@dataclass
class FakeService:
    """Numbers changes as the gate does and remembers what it was asked; safe from any thread.

    `refusal` is given instead, where it is set; `error` is raised, where it is set.
    """

    asked: list[Propose] = field(default_factory=list)
    revisions: dict[tuple[str, str, str], list[Oid]] = field(default_factory=dict)
    numbers: dict[tuple[str, str, str], int] = field(default_factory=dict)
    moved: list[str] = field(default_factory=list)
    refusal: Answer | None = None
    error: Exception | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def propose(self, propose: Propose) -> Answer:
        """Take the proposal."""
        return self.propose_together((propose,))[0]

    def propose_together(self, proposes: tuple[Propose, ...]) -> tuple[Answer, ...]:
        """Take all or none."""
        with self.lock:
            if self.error is not None:
                raise self.error
            if self.refusal is not None:
                return (self.refusal,) * len(proposes)
            self.asked.extend(proposes)
            return tuple(Answer(changes=self._numbered(propose)) for propose in proposes)

    def describe(self, change: ChangeId) -> tuple[str, str]:
        """Say something of a change."""
        return "waits for approval", f"http://gate.example/changes/{change}"

    def _numbered(self, propose: Propose) -> tuple[ChangeId, ...]:
        changes = []
        for position, proposal in enumerate(propose.proposals):
            key = proposal.change_key or f"{propose.topic}#{position}"
            whole = (propose.project, propose.branch, key)
            number = self.numbers.setdefault(whole, len(self.numbers) + 1)
            known = self.revisions.setdefault(whole, [])
            if proposal.commit not in known:
                known.append(proposal.commit)
            changes.append(ChangeId(str(number)))
        return tuple(changes)


@dataclass
class Clone:
    """A contributor's checkout, with the git of this machine."""

    path: Path
    url: str

    def git(self, *arguments: str, fails: bool = False) -> str:
        """Run git there and return both its streams; `fails` where it must not succeed."""
        ended = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=client_environment(),
            timeout=DEADLINE,
        )
        said = ended.stdout + ended.stderr
        assert (ended.returncode != 0) is fails, said
        return said.strip()

    def commit(self, name: str, *paragraphs: str, content: str = "") -> str:
        """Write a file, commit it with these paragraphs as the message, return the commit."""
        (self.path / name).write_text(content or f"{name}\n", encoding="utf-8")
        self.git("add", "--", name)
        messages = [part for paragraph in paragraphs for part in ("-m", paragraph)]
        self.git("commit", "-q", *messages)
        return self.head()

    def head(self) -> str:
        """Return the commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def push(self, *arguments: str, token: str = PUSHER, fails: bool = False) -> str:
        """Push with this token."""
        address = self.url.replace("//", f"//x:{token}@")
        options = [argument for argument in arguments if argument.startswith("-")]
        refs = [argument for argument in arguments if not argument.startswith("-")]
        return self.git("push", *options, address, *refs, fails=fails)


@dataclass
class LiveForge:
    """A forge that serves until it is closed."""

    url: str
    port: int
    shelf: Shelf
    repository: GitRepository
    service: FakeService
    folder: Path

    def address(self, project: str = "flask") -> str:
        """Return the project's address."""
        return f"{self.url}/git/{project}"

    def tip(self, project: str = "flask", branch: str = MAIN) -> Oid | None:
        """Return what a branch points at, asked of the repository itself."""
        return self.repository.tip(Ref(ProjectName(project), branch))

    def refs(self, project: str = "flask") -> dict[str, str]:
        """Return every ref of the project."""
        listed = self.shelf.git.run(
            self.shelf.path(project), "for-each-ref", "--format=%(refname) %(objectname)"
        )
        return dict(line.split(" ", 1) for line in listed.splitlines())

    def clone(self, name: str = "clone", project: str = "flask") -> Clone:
        """Clone the project as a contributor."""
        path = self.folder / name
        subprocess.run(
            ["git", "clone", "-q", self.address(project), str(path)],
            check=True,
            capture_output=True,
            env=client_environment(),
            timeout=DEADLINE,
        )
        return Clone(path=path, url=self.address(project))


def client_environment() -> dict[str, str]:
    """Return the environment of a contributor who has set up nothing but a name.

    Where the tests' coverage is measured, that of what is started in it is measured as well.
    """
    names = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", "Pat"), ("EMAIL", "pat@example.org"))
    }
    measured = {name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")}
    return {
        **measured,
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        **names,
    }


def seed(repository: GitRepository, shelf: Shelf, project: str, folder: Path) -> Oid:
    """Make a project with one commit on `main`, and return that."""
    repository.create_project(project)
    tree = folder / f"seed-{project}"
    tree.mkdir()
    (tree / "README").write_text(f"{project}\n", encoding="utf-8")
    (tree / "app.py").write_text("".join(f"x{n} = {n}\n" for n in range(20)), encoding="utf-8")
    commit = Commits(shelf).commit_tree_from_folder(project, tree, (), (1_700_000_000, "Begin\n"))
    assert repository.set_branch(Ref(ProjectName(project), MAIN), commit)
    return commit


class _Server(uvicorn.Server):
    """A uvicorn that says when it serves, and leaves the signals to pytest."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def live_forge(
    folder: Path,
    *,
    projects: Collection[str] = ("flask",),
    branches: Collection[str] = (MAIN, "stable"),
    together: bool = True,
    terms: Terms | None = None,
) -> Iterator[LiveForge]:
    """Serve these projects from the folder, each with one commit on `main`; "empty" has none."""
    shelf = Shelf(folder / "gate" / "git")
    guarded = [Ref(ProjectName(project), branch) for project in projects for branch in branches]
    repository = GitRepository(shelf, lambda: guarded)
    for project in projects:
        if project == "empty":
            repository.create_project(project)
        else:
            seed(repository, shelf, project, folder)
    service = FakeService()
    gate = Gate(
        authenticate=_principal,
        propose=service.propose,
        describe=service.describe,
        guarded=lambda _project: branches,
        projects=lambda: projects,
        propose_together=service.propose_together if together else None,
        moved=service.moved.append,
    )
    forge = Forge(shelf, folder / "gate" / "run", gate, terms)
    with _serving(forge) as port:
        url = f"http://127.0.0.1:{port}"
        yield LiveForge(
            url=url,
            port=port,
            shelf=shelf,
            repository=repository,
            service=service,
            folder=folder,
        )
    shelf.close()


@contextlib.contextmanager
def _serving(forge: Forge) -> Iterator[int]:
    forge.start()
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    # As wiring does: the forge below /git of a larger application.
    mounted = Starlette(routes=[Mount("/git", app=forge)])
    server = _Server(uvicorn.Config(mounted, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        assert server.serving.wait(DEADLINE)
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(DEADLINE)
        listening.close()
        forge.close()


def _principal(header: str) -> Principal | None:
    """Read `Basic` as git sends it, or `Bearer`."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":
        value = base64.b64decode(value).decode().partition(":")[2]
    return TOKENS.get(value)
