"""A log holds what came, up to its limit, and then its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste.adapters.executors.logs import Log, read_log


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


def test_readers_are_told_at_most_ten_times_a_second_and_of_the_last_byte(tmp_path: Path) -> None:
    clock = HandClock()
    told: list[int] = []
    log = Log(tmp_path / "a", 1000, clock, told.append)

    for _ in range(100):
        log.write(b"x")
        clock.now += 0.01
    log.close()

    assert told[0] == 1
    assert told[-1] == 100
    assert len(told) <= 12
    assert told == sorted(told)


def test_a_silent_log_tells_nothing(tmp_path: Path) -> None:
    told: list[int] = []
    Log(tmp_path / "a", 1000, HandClock(), told.append).close()

    assert told == []


def test_beyond_the_limit_the_end_is_kept_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    log = Log(tmp_path / "a", 10, HandClock(), lambda _: None)

    assert log.write(b"0123456789")
    assert not log.write(b"a" * 100_000)
    assert not log.write(b"the end")
    log.close()

    text = (tmp_path / "a").read_bytes()
    assert text.startswith(b"0123456789\n[foretaste] the log reached its limit of 10 bytes; ")
    assert b"34471 bytes are left out" in text
    assert text.endswith(b"aaathe end")
    assert log.size == len(text)


def test_a_new_log_of_the_same_name_begins_anew(tmp_path: Path) -> None:
    for text in ("old and long", "new"):
        log = Log(tmp_path / "a", 1000, HandClock(), lambda _: None)
        log.write(text.encode())
        log.close()

    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_disk_that_is_full_stops_the_build_and_is_remembered() -> None:
    log = Log(Path("/dev/full"), 1000, HandClock(), lambda _: None)

    assert not log.write(b"x")
    log.close()

    assert "No space left" in log.broken


@pytest.mark.parametrize(
    ("offset", "size", "expected"), [(0, 3, b"012"), (8, 10, b"89"), (50, 10, b""), (0, 0, b"")]
)
def test_parts_can_be_read(tmp_path: Path, offset: int, size: int, expected: bytes) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")

    assert read_log(tmp_path / "a", offset, size) == (expected, 10)


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_log(tmp_path / "none", 0, 10) == (b"", 0)
