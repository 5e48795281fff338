"""A replay is told in the order of the uploads, with every time that is known and no other."""

from __future__ import annotations

import json

from foretaste.report.replay import COLUMNS, as_data, as_text, records, span, summary
from foretaste.taste.finding import Verdict
from foretaste.taste.replay import Fate, Look, Release, Replay

BEGIN = 1_644_451_200.0  # 2022-02-10
DAY = 86400.0
REPLAY = Replay(
    begin=BEGIN,
    end=BEGIN + 20 * DAY,
    state={"flask": "1.1.2", "click": "8.0.4"},
    releases=(
        Release(name="old", version="0.9", fate=Fate.MISSING, why="it was there once"),
        Release(
            name="click",
            version="8.0.4",
            fate=Fate.PASSED,
            uploaded=BEGIN + 2 * DAY,
            seen=BEGIN + 2 * DAY + 60,
            after=68.0,
            lands=BEGIN + 5 * DAY,
            look=1,
        ),
        Release(
            name="markupsafe",
            version="2.1.0",
            fate=Fate.CAUGHT,
            why="ImportError: no soft_unicode\nin markupsafe",
            uploaded=BEGIN + DAY,
            seen=BEGIN + DAY + 900,
            after=912.5,
            freed=BEGIN + 9 * DAY,
            by="2.1.1",
            look=0,
        ),
        Release(name="x", version="1", fate=Fate.HELD, uploaded=BEGIN + 3 * DAY, look=1),
        Release(name="x", version="0", fate=Fate.UNUSED, uploaded=BEGIN + 3 * DAY),
    ),
    looks=(
        Look(at=BEGIN + DAY + 900, releases=("markupsafe 2.1.0",), said=Verdict.REJECT, trials=4,
             seconds=12.5),
        Look(at=BEGIN + 2 * DAY + 60, releases=("click 8.0.4",), said=Verdict.ACCEPT, trials=2,
             seconds=8.0),
    ),
)  # fmt: skip


def test_the_table_has_a_line_a_release_and_a_sentence_below() -> None:
    text = as_text(REPLAY)

    lines = text.splitlines()
    assert [line.split()[2] for line in lines[1:5] if line.startswith("2022")] == [
        "markupsafe", "click", "x", "x",
    ]  # fmt: skip
    caught = next(line for line in lines if "markupsafe" in line)
    assert "2022-02-11 00:00" in caught
    assert "15 min 12 s" in caught
    assert "2022-02-19 00:00 (2.1.1)" in caught
    assert "ImportError: no soft_unicode in markupsafe" in caught
    assert "2022-02-15 00:00" in next(line for line in lines if "click" in line)
    assert "not yet" in next(line for line in lines if "held" in line)
    assert lines[-1] == (
        "2022-02-10 to 2022-03-02: 5 releases, 1 caught, 1 passed, in 2 looks and 6 trials (20 s). "
        "Known 15 min 12 s after the upload, in the median. 1 release known of then could not be "
        "tried."
    )


def test_a_stretch_without_releases_is_a_sentence() -> None:
    empty = Replay(begin=BEGIN, end=BEGIN + DAY, state={})

    assert as_text(empty) == (
        "2022-02-10 to 2022-02-11: 0 releases, 0 caught, 0 passed, in 0 looks and 0 trials "
        "(0.0 s).\n"
    )
    assert summary(empty) in as_text(empty)


def test_records_hold_what_is_known_and_nothing_where_it_is_not() -> None:
    found = records(REPLAY)

    assert all(tuple(each) == COLUMNS for each in found)
    assert [each["name"] for each in found] == ["markupsafe", "click", "x", "x", "old"]
    assert found[0]["uploaded"] == "2022-02-11T00:00:00Z"
    assert (found[0]["after"], found[0]["trials"]) == (912.5, 4)
    assert (found[4]["uploaded"], found[4]["trials"], found[4]["after"]) == (None, None, None)


def test_everything_can_be_written_as_json() -> None:
    data = json.loads(json.dumps(as_data(REPLAY)))

    assert (data["from"], data["trials"]) == ("2022-02-10T00:00:00Z", 6)
    assert data["looks"][0]["releases"] == ["markupsafe 2.1.0"]
    assert data["state"] == {"click": "8.0.4", "flask": "1.1.2"}


def test_long_spans_are_told_in_days() -> None:
    assert span(3600.0) == "1 h 0 min"
    assert span(15 * DAY) == "15.0 d"
