"""A made-up gate behind a real server, and a real browser before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from foretaste.web.app import create_app
from tests.fakes import browser
from tests.fakes.browser import Page
from tests.fakes.sample_gate import SampleGate
from tests.fakes.serving import served


@pytest.fixture(name="sample")
def sample_fixture() -> SampleGate:
    return SampleGate()


@pytest.fixture(name="window", scope="session")
def window_fixture() -> Iterator[Page]:
    with browser.opened() as page:
        yield page


@pytest.fixture(name="at")
def at_fixture(sample: SampleGate) -> Iterator[Callable[[str], str]]:
    """Give the whole address of a path."""
    with served(create_app(sample.desk(), hosts=["127.0.0.1"])) as port:
        yield lambda path: f"http://127.0.0.1:{port}{path}"


@pytest.fixture(name="page")
def page_fixture(window: Page, at: Callable[[str], str]) -> Iterator[Page]:
    """Give a page of desktop size that is nobody's, and that leaves before the server does."""
    assert at("/")
    window.size(1280, 900)
    window.scripts(allowed=True)
    window.forget()
    yield window
    window.goto("about:blank")
