"""What every test has at hand: the option `--offline` and the marker `network` that it skips."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--offline`: some people test on a train."""
    parser.addoption(
        "--offline",
        action="store_true",
        help="skip the tests marked `network`, which need the package index",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs the index, if asked to; never without being asked."""
    if not config.getoption("--offline"):
        return
    skip = pytest.mark.skip(reason="needs the package index, and --offline was given")
    for item in items:
        if item.get_closest_marker("network"):
            item.add_marker(skip)
