"""Every answer carries the headers that keep a page harmless, and no body is too large."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from foretaste.web.app import create_app
from foretaste.web.shield import BODY_LIMIT, host_name
from tests.fakes.sample_gate import SampleGate

OP = {"Authorization": "Bearer op-token"}


async def echo(_: Scope, receive: Receive, send: Send) -> None:
    """Answer with as many bytes as were sent."""
    taken, more = 0, True
    while more:
        message = await receive()
        taken += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(taken).encode()})


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/api/v1/gate", "/api/v1/nope", "/static/page.css", "/metrics", "/git/x"]
)
def test_every_answer_has_the_headers(sample: SampleGate, path: str) -> None:
    app = create_app(sample.desk(), hosts=["gate.test"], mounts={"/git": echo})
    headers = TestClient(app, base_url="http://gate.test").get(path).headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_a_body_that_says_that_it_is_too_large_is_refused(client: TestClient) -> None:
    answer = client.post("/api/v1/hold", content=b"x" * (BODY_LIMIT + 1), headers=OP)

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "FT708")


@pytest.mark.parametrize("length", ["9" * 400, "-1", "x", "٣".encode().decode("latin-1")])
def test_a_length_that_is_none_is_refused(client: TestClient, length: str) -> None:
    headers = {b"Authorization": b"Bearer op-token", b"Content-Length": length.encode("latin-1")}
    answer = client.post("/api/v1/hold", content=b"x", headers=headers)

    assert answer.status_code in {400, 413}


def test_a_body_that_goes_on_is_cut(client: TestClient, sample: SampleGate) -> None:
    def parts() -> Iterator[bytes]:
        yield from [b" " * 2**14] * 8

    headers = {**OP, "Content-Type": "application/json"}
    answer = client.post("/api/v1/hold", content=parts(), headers=headers)

    assert answer.status_code in {400, 413}
    assert not sample.submitted


def test_what_is_mounted_takes_bodies_of_any_size(sample: SampleGate) -> None:
    app = create_app(sample.desk(), hosts=["gate.test"], mounts={"/git": echo})
    client = TestClient(app, base_url="http://gate.test")

    assert client.post("/git/x", content=b"x" * (BODY_LIMIT * 3)).text == str(BODY_LIMIT * 3)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Gate.Test:8080", "gate.test"),
        ("gate.test.", "gate.test"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:80", "[::1]"),
        ("[::1]", "[::1]"),
        ("", ""),
    ],
)
def test_a_host_has_a_name(host: str, name: str) -> None:
    assert host_name(host) == name
