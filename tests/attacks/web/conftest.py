"""A gate to attack: made-up views behind the real application, with real tokens in a real file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from foretaste.adapters.clock import SystemClock
from foretaste.service.access import Access, Role
from foretaste.web.app import create_app
from foretaste.web.stream import StreamLimits
from tests.fakes.sample_gate import SampleGate
from tests.fakes.serving import served

HOLDERS: Mapping[str, tuple[Role, ...]] = {
    "ada": (Role.PUSH, Role.APPROVE),
    "grace": (Role.PUSH,),
    "conny": (Role.CONFIG,),
    "op": (Role.OPERATE,),
    "root": (Role.OWN,),
}
# Small enough that a test reaches them, large enough that the others do not.
LIMITS = StreamLimits(streams=5, backlog=300, send=1.0, quiet=0.2, wait=0.1)


@pytest.fixture(name="sample")
def sample_fixture() -> SampleGate:
    return SampleGate()


@pytest.fixture(name="access")
def access_fixture(tmp_path: Path) -> Access:
    return Access(tmp_path / "tokens.json", SystemClock())


@pytest.fixture(name="tokens")
def tokens_fixture(access: Access) -> dict[str, str]:
    return {name: access.mint(name, roles) for name, roles in HOLDERS.items()}


@pytest.fixture(name="app")
def app_fixture(sample: SampleGate, access: Access) -> FastAPI:
    desk = replace(sample.desk(), guard=access)
    return create_app(desk, hosts=["gate.test", "127.0.0.1"], limits=LIMITS)


@pytest.fixture(name="client")
def client_fixture(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://gate.test", follow_redirects=False) as client:
        yield client


@pytest.fixture(name="port")
def port_fixture(app: FastAPI) -> Iterator[int]:
    with served(app) as port:
        yield port


@pytest.fixture(name="bearing")
def bearing_fixture(tokens: dict[str, str]) -> Callable[[str], dict[str, str]]:
    return lambda name: {"Authorization": f"Bearer {tokens[name]}"} if name else {}
