"""C35: answers of an index that would exhaust, stop or betray whoever asks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename

from foretaste.adapters.index import reading
from foretaste.adapters.index.simple import SimpleIndex
from foretaste.ports.errors import TransientError
from foretaste.simulation.clock import VirtualClock
from tests.fakes.told_index import Reply, ToldIndex, told_index

FILE = {"filename": "app-1.0.tar.gz", "url": "/f/app-1.0.tar.gz"}


@pytest.fixture(name="told")
def told_fixture() -> Iterator[ToldIndex]:
    with told_index() as told:
        yield told


def opened(told: ToldIndex, folder: Path) -> SimpleIndex:
    """Return an index that asks the one that is told what to answer."""
    return SimpleIndex(folder, (told.address,), VirtualClock(), wait=lambda _seconds: None)


@pytest.mark.parametrize(
    "when",
    [
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
        "9" * 400,
    ],
)
def test_a_time_to_wait_that_is_none_stops_nobody(
    told: ToldIndex, tmp_path: Path, when: str
) -> None:
    told.tell("app", Reply(status=429, headers={"Retry-After": when}))
    index = opened(told, tmp_path)

    with pytest.raises(TransientError, match="FT623"):
        index.page("app")

    assert told.asked
    index.close()


def test_a_wheel_of_a_million_tags_is_left_out(
    told: ToldIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    def noted(filename: str) -> object:
        parsed.append(filename)
        return parse_wheel_filename(filename)

    monkeypatch.setattr(reading, "parse_wheel_filename", noted)
    tags = "-".join(".".join(f"{kind}{number}" for number in range(100)) for kind in "abc")
    short = "-".join(".".join([kind] * 40) for kind in "abc")
    names = [f"app-1.0-{tags}.whl", f"app-1.0-{short}.whl", "app-1.0-py2.py3-none-any.whl"]
    files = [{"filename": name, "url": f"/f/{name}"} for name in names]
    told.tell("app", told.files("app", FILE, *files))
    index = opened(told, tmp_path)

    found = [each.filename for each in index.page("app").files]

    assert found == ["app-1.0.tar.gz", "app-1.0-py2.py3-none-any.whl"]
    assert parsed == ["app-1.0-py2.py3-none-any.whl"]
    index.close()
