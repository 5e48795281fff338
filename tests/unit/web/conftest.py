"""The made-up gate, and a client that asks its application without a server in between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from foretaste.web.app import create_app
from tests.fakes.sample_gate import SampleGate


@pytest.fixture(name="sample")
def sample_fixture() -> SampleGate:
    return SampleGate()


@pytest.fixture(name="client")
def client_fixture(sample: SampleGate) -> Iterator[TestClient]:
    app = create_app(sample.desk(), hosts=["gate.test"])
    with TestClient(app, base_url="http://gate.test", follow_redirects=False) as client:
        yield client
