"""A log is printed as it comes, whole, and harmless."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass, field

import pytest

from foretaste.cli.log import Printer
from foretaste.cli.options import Settings
from foretaste.cli.screen import Screen
from tests.face.cli.conftest import Terminal
from tests.fakes.sample_gate import SampleGate


@dataclass(kw_only=True)
class Scripted(SampleGate):
    """A made-up gate whose log grows by a script: a look at it shows the next text, the last done."""

    script: list[bytes] = field(default_factory=list)

    def read_log(self, build: str, offset: int, size: int) -> tuple[bytes, int, bool]:
        """Show the script's next text, where there is a script."""
        if not self.script:
            return super().read_log(build, offset, size)
        log, *later = self.script
        self.script = later or [log]
        return log[offset : offset + size], len(log), not later


@pytest.fixture(name="sample")
def sample_fixture() -> Scripted:
    return Scripted()


LONG = b"x" * 99 + b"\n"


def test_a_log_longer_than_one_answer_comes_whole(asking: Terminal, sample: Scripted) -> None:
    sample.logs["b3"] = LONG * 25_000

    ran = asking("log", "b3")

    assert ran.out.encode() == sample.logs["b3"]


def test_a_log_is_followed_until_the_build_ends(asking: Terminal, sample: Scripted) -> None:
    parts = b"begun\n", b"begun\ngoes on, caf\xc3", b"begun\ngoes on, caf\xc3\xa9\nlast"
    sample.script = [parts[0], parts[0], parts[1], parts[1], parts[2]]

    ran = asking("log", "-f", "b7")

    assert ran.out == "begun\ngoes on, café\nlast"
    assert len(sample.script) == 1


def test_a_log_that_is_not_followed_ends_where_it_is(asking: Terminal, sample: Scripted) -> None:
    sample.script = [b"so far\n", b"so far\n", b"so far\nand more\n"]

    assert asking("log", "b7").out == "so far\n"


def test_colours_stay_where_they_are_wanted_and_nothing_else(asking: Terminal) -> None:
    always = asking("log", "b3", "--color", "always").out
    never = asking("log", "b3").out

    assert "\x1b[1m============" in always
    assert "\x1b]8" not in always
    assert "\x1b" not in never


def test_raw_is_every_byte(sample: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    printer = Printer(Screen(Settings()), raw=True)

    printer.write(sample.logs["b3"] + b"\xff\x00")
    printer.end()

    assert out.buffer.getvalue() == sample.logs["b3"] + b"\xff\x00"


def test_waiting_for_more_is_interrupted_at_once(
    asking: Terminal, sample: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.script = [b"", b""]
    monkeypatch.setattr("foretaste.cli.log.Idle", Interrupted)

    ran = asking("log", "-f", "b7")

    assert (ran.status, ran.err) == (130, "interrupted\n")


class Interrupted:
    """An event that nobody sets; the person at the terminal presses Ctrl-C instead."""

    def wait(self, _timeout: float) -> bool:
        """Be interrupted."""
        raise KeyboardInterrupt
