"""The counter at which checks are made, one for all of the session's unit tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.counter import Counter, at_counter, open_counter


@pytest.fixture(scope="session", name="opened_counter")
def opened_counter_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with open_counter(tmp_path_factory.mktemp("counter")) as counter:
        yield counter


@pytest.fixture(name="counter")
def counter_fixture(opened_counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Counter:
    return at_counter(opened_counter, monkeypatch.setenv)
