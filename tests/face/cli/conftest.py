"""A made-up gate behind a real server, and the command line run against it in this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from foretaste.cli.main import main
from foretaste.web.app import create_app
from tests.fakes.sample_gate import SampleGate
from tests.fakes.serving import served


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one run of the program came to."""

    status: int
    out: str
    err: str


@dataclass(slots=True, kw_only=True)
class Terminal:
    """Runs the program; `env` is what FORETASTE_* variables it sees, and nothing else of them."""

    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str) -> Ran:
        """Run the program with these arguments."""
        for name in [name for name in os.environ if name.startswith("FORETASTE")]:
            self.patch.delenv(name)
        for name, value in self.env.items():
            self.patch.setenv(name, value)
        self.capture.readouterr()
        status = main(arguments)
        said = self.capture.readouterr()
        return Ran(status=status, out=said.out, err=said.err)


@pytest.fixture(name="terminal")
def terminal_fixture(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    return Terminal(capture=capsys, patch=monkeypatch)


@pytest.fixture(name="sample")
def sample_fixture() -> SampleGate:
    return SampleGate()


@pytest.fixture(name="asking")
def asking_fixture(terminal: Terminal, sample: SampleGate) -> Iterator[Terminal]:
    """A terminal that knows where the made-up gate is, and has its owner's token."""
    with served(create_app(sample.desk(), hosts=["127.0.0.1"])) as port:
        terminal.env |= {
            "FORETASTE_URL": f"http://127.0.0.1:{port}",
            "FORETASTE_TOKEN": "own-token",
        }
        yield terminal
