"""A whole gate for a benchmark: real git, real store, real jobs' settings, in a folder of its own."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from foretaste.adapters.git.shelf import Shelf
from foretaste.core.names import ChangeId, Oid, ProjectName
from foretaste.service.intents import Approve, Proposal, Propose
from foretaste.service.starts import ServeOptions
from foretaste.wiring.house import House, open_house
from foretaste.wiring.layout import Layout

APP: Final = ProjectName("app")
USER: Final = "bench"
DATE: Final = 1_800_000_000
"""When all commits were made, in seconds since 1970."""

PATIENCE: Final = 3600.0
"""Seconds after which a benchmark is given up."""

Files = Mapping[str, str]


def import_commits(repository: Path, base: Files, changes: Sequence[Files]) -> tuple[Oid, ...]:
    """Make branch `main` with these files, and a commit on it for each change; return the latter."""
    stream = io.BytesIO()
    _commit(stream, "refs/heads/main", base, "")
    for number, files in enumerate(changes):
        _commit(stream, f"refs/changes/{number + 1}/1", files, "refs/heads/main")
    ask = ["git", f"--git-dir={repository}", "-c", "safe.bareRepository=all"]
    subprocess.run([*ask, "fast-import", "--quiet"], input=stream.getvalue(), check=True)
    refs = [f"refs/changes/{number + 1}/1" for number in range(len(changes))]
    read = "".join(f"{ref}\n" for ref in refs).encode()
    told = subprocess.run(
        [*ask, "cat-file", "--batch-check=%(objectname)"],
        input=read,
        stdout=subprocess.PIPE,
        check=True,
    )
    return tuple(Oid(line) for line in told.stdout.decode().split())


def _commit(stream: io.BytesIO, ref: str, files: Files, below: str) -> None:
    message = f"Change {ref}\n".encode()
    head = f"commit {ref}\ncommitter Bench <bench@localhost> {DATE} +0000\n"
    stream.write(head.encode() + b"data %d\n%s\n" % (len(message), message))
    if below:
        stream.write(f"from {below}\n".encode())
    for path, text in files.items():
        content = text.encode()
        stream.write(f"M 100644 inline {path}\n".encode() + b"data %d\n" % len(content) + content)
        stream.write(b"\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a benchmark's gate begins with: its settings, and the project's first files."""

    settings: str
    base: Files
    workers: int = 0


@contextlib.contextmanager
def open_gate(
    folder: Path, given: Given, changes: Sequence[Files]
) -> Iterator[tuple[House, tuple[Oid, ...]]]:
    """Give a gate that is open and does not run yet, and the commits that may be proposed to it."""
    layout = Layout(directory=folder)
    layout.make()
    shelf = Shelf(layout.repositories)
    import_commits(shelf.create("gate"), {"foretaste.toml": given.settings}, ())
    commits = import_commits(shelf.create(APP), given.base, changes)
    shelf.close()
    house = open_house(ServeOptions(directory=folder, workers=given.workers))
    # What is said in the log goes to nowhere; how it is put together is in the figures.
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(nowhere))
        try:
            yield house, commits
        finally:
            house.close()


def propose(house: House, commits: Sequence[Oid]) -> tuple[ChangeId, ...]:
    """Propose the commits, each as a change of its own; the gate does not run yet."""
    parent = house.gate.facts.tips[next(ref for ref in house.gate.facts.tips if ref.project == APP)]
    asked = [
        house.gate.submit(
            Propose(
                project=APP,
                branch="main",
                topic=f"t{number}",
                proposals=(Proposal(commit=commit, parent=parent, subject=f"Change {number}"),),
                by=USER,
            )
        )
        for number, commit in enumerate(commits)
    ]
    house.gate.step()
    return tuple(answer.changes[0] for each in asked for answer in each.result(PATIENCE))


def approve(house: House, changes: Sequence[ChangeId]) -> None:
    """Ask for the approval of all, without waiting."""
    for change in changes:
        house.gate.submit(Approve(change=change, by=USER))


def wait_for(house: House, changes: Sequence[ChangeId], until: float) -> None:
    """Wait until all have landed.

    Raises:
        SystemExit: they have not by `until`, on the monotonic clock, or one was refused.
    """
    left = list(changes)
    while left:
        facts = house.gate.facts
        left = [change for change in left if facts.note(change).landed is None]
        refused = [change for change in left if facts.note(change).verdict is not None]
        if refused or house.trouble() or house.clock.monotonic() > until:
            sys.exit(f"not all landed: {left[:5]} {refused[:5]} {house.trouble()}")
        if left:
            house.gate.wait(facts.seq, 1.0)
