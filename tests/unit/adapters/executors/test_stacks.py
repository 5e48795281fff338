"""Stacks are told once a process: first and last, equal ones once, and nothing that is no file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.executors import stacks
from foretaste.adapters.executors.stacks import Times, read_stacks

DUMP = (
    'Thread 0x02 (most recent call first):\n  File "other.py", line 1 in g\n\n'
    'Current thread 0x01 [Main] (most recent call first):\n  File "{}.py", line 1 in f\n'
)
ABORTED = 'Fatal Python error: Aborted\n\nCurrent thread 0x01:\n  File "end.py", line 1 in f\n'
ASKED = Times(after=5.0)


@pytest.fixture(name="out")
def out_fixture(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def test_each_process_is_told_in_the_order_of_their_numbers(out: int, tmp_path: Path) -> None:
    (tmp_path / "stacks-10").write_text(DUMP.format("ten"), encoding="utf-8")
    (tmp_path / "stacks-9").write_text(DUMP.format("nine"), encoding="utf-8")
    (tmp_path / "stacks-8").write_text("", encoding="utf-8")
    (tmp_path / "stacks-x").write_text("no", encoding="utf-8")

    first, second = read_stacks(out, ASKED)

    assert first.splitlines()[:2] == ["stacks of process 9:", "Timeout (0:00:05)!"]
    assert second.startswith("stacks of process 10:\n")


def test_equal_stacks_that_follow_each_other_are_told_once(out: int, tmp_path: Path) -> None:
    text = DUMP.format("a") * 3 + DUMP.format("b") + DUMP.format("a")
    (tmp_path / "stacks-1").write_text(text, encoding="utf-8")

    [told] = read_stacks(out, ASKED)

    assert told.count("Timeout (0:00:05)!") == 3
    assert [line for line in told.splitlines() if line.endswith("in f")] == [
        f'  File "{name}.py", line 1 in f' for name in ("a", "b", "a")
    ]


def test_of_many_the_first_and_the_last_are_told(out: int, tmp_path: Path) -> None:
    text = "".join(DUMP.format(f"f{number}") for number in range(20))
    (tmp_path / "stacks-1").write_text(text, encoding="utf-8")

    [told] = read_stacks(out, ASKED)

    named = [line.split('"')[1] for line in told.splitlines() if line.endswith("in f")]
    assert named == ["f0.py", "f1.py", "f2.py", "f17.py", "f18.py", "f19.py"]
    assert "[14 more]" in told


def test_a_process_that_was_told_to_abort_took_too_long(out: int, tmp_path: Path) -> None:
    (tmp_path / "stacks-1").write_text(ABORTED, encoding="utf-8")

    assert "Timeout (0:01:15.500000)!" in read_stacks(out, Times(after=5.0, cut_off=75.5))[0]
    assert "Fatal" not in read_stacks(out, Times(after=5.0, cut_off=75.5))[0]
    assert "Fatal Python error: Aborted" in read_stacks(out, ASKED)[0]


def test_of_a_large_file_beginning_and_end_are_read(
    out: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "_KEPT", 200)
    text = DUMP.format("first") + "x" * 5000 + "\n" + DUMP.format("last")
    (tmp_path / "stacks-1").write_text(text, encoding="utf-8")

    [told] = read_stacks(out, ASKED)

    assert "first.py" in told
    assert "last.py" in told
    assert len(told) < 600


def test_only_so_many_processes_are_told(
    out: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "_MOST_PROCESSES", 2)
    for number in range(1, 6):
        (tmp_path / f"stacks-{number}").write_text(DUMP.format("a"), encoding="utf-8")

    assert len(read_stacks(out, ASKED)) == 2


def test_what_is_no_file_is_left_out(out: int, tmp_path: Path) -> None:
    (tmp_path / "stacks-1").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "stacks-2")
    (tmp_path / "stacks-3").mkdir()
    (tmp_path / f"stacks-{'9' * 99}").write_text("x", encoding="utf-8")

    assert read_stacks(out, ASKED) == ()
