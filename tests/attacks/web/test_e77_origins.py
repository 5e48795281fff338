"""E77: no other origin reads or drives the gate: no CORS, no rebinding, no hijacked stream."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.attacks.web.test_e67_wordlist import exchange, statuses
from tests.fakes.sample_gate import SampleGate

ORIGINS = ("null", "https://evil.test", "http://gate.test.evil.test", "http://127.0.0.1:1")


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", ["/", "/api/v1/gate", "/api/v1/changes/23", "/healthz"])
def test_no_origin_is_let_in(client: TestClient, origin: str, path: str) -> None:
    read = client.get(path, headers={"Origin": origin})
    asked = client.options(
        path, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
    )

    assert asked.status_code == 405
    for answer in (read, asked):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "gate.test.evil.test",
        "evil.test:80",
        "169.254.169.254",
        "gate.test@evil.test",
        "gate.testx",
        "[::1]",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/v1/gate", "/api/v1/events", "/static/page.css"])
def test_a_name_that_was_bound_anew_gets_nothing(client: TestClient, host: str, path: str) -> None:
    answer = client.get(path, headers={"Host": host})

    assert answer.status_code == 421
    assert "pallets" not in answer.text
    assert client.get("/healthz", headers={"Host": "GATE.TEST:8080"}).status_code == 200


@pytest.mark.parametrize(
    "head",
    [
        b"Host: 127.0.0.1\r\nHost: evil.test\r\n",
        b"Host: evil.test\r\nHost: 127.0.0.1\r\n",
        b"",
        b"X-Forwarded-Host: 127.0.0.1\r\nHost: evil.test\r\n",
    ],
)
def test_a_request_names_one_host(port: int, head: bytes) -> None:
    answer = exchange(port, b"GET /api/v1/gate HTTP/1.1\r\nConnection: close\r\n" + head + b"\r\n")

    assert statuses(answer)[0] in {400, 421}
    assert b"pallets" not in answer


@pytest.mark.parametrize("path", ["/", "/api/v1/events", "/git/flask"])
def test_there_is_no_web_socket_to_hijack(client: TestClient, path: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as caught,
        client.websocket_connect(path, headers={"Origin": "https://evil.test"}),
    ):
        pytest.fail("it was let in")

    assert caught.value.code == 1008


def test_driving_by_rebinding_does_nothing(
    client: TestClient, sample: SampleGate, tokens: dict[str, str]
) -> None:
    headers = {"Host": "evil.test", "Authorization": f"Bearer {tokens['root']}"}

    answer = client.post("/api/v1/resume", json={}, headers=headers)

    assert answer.status_code == 421
    assert not sample.submitted
