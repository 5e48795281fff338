"""E67: paths from word lists, method overrides and smuggled requests get 404 or 405, never a 5xx.

Made over a real socket to the real server, since a client library would mend the worst of them.
"""

from __future__ import annotations

import contextlib
import re
import socket

import pytest
from starlette.testclient import TestClient

from tests.fakes.sample_gate import SampleGate

PATHS = (
    "/.env",
    "/.git/config",
    "/admin",
    "/wp-login.php",
    "/docs",
    "/redoc",
    "/console",
    "/server-status",
    "/tokens.json",
    "/static/",
    "/static/../app.py",
    "/static/..%2fapp.py",
    "/static/%2e%2e/%2e%2e/app.py",
    "/static/....//app.py",
    "/static/page.css%00.png",
    "/%00",
    "/%ff%fe",
    "/%e2%80%ae",
    "//evil.test/",
    "/./",
    "/api/v1/",
    "/api/v1/changes/",
    "/api/v1/changes/../gate/x",
    "/api/v1/changes/%2e%2e%2fgate",
    "/api/v2/gate",
    "/API/V1/GATE",
    "/changes/%27%20OR%201=1",
    "/builds/" + "a" * 5_000,
    "/" + "a/" * 2_000,
)


# Seconds without a byte after which an answer that leaves the connection open is over.
PATIENCE = 2.0


def exchange(port: int, sent: bytes) -> bytes:
    """Send bytes as they are and return all that comes back, until it closes or falls silent."""
    parts = []
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line,
        contextlib.suppress(TimeoutError, ConnectionResetError),
    ):
        line.sendall(sent)
        while part := line.recv(2**16):
            parts.append(part)
    return b"".join(parts)


def request(method: str, path: str, *more: str, body: str = "") -> bytes:
    """Write one request that closes the connection."""
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *more]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode("latin-1")


def statuses(answer: bytes) -> list[int]:
    """Return the status of every answer in what came back."""
    return [int(found) for found in re.findall(rb"(?:^|\r\n|[}>])HTTP/1\.1 (\d{3}) ", answer)]


def test_paths_of_a_word_list(port: int) -> None:
    found = {path: statuses(exchange(port, request("GET", path))) for path in PATHS}

    assert {path: codes for path, codes in found.items() if codes not in ([404], [400])} == {}
    assert statuses(exchange(port, request("GET", "/"))) == [200]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "X"])
@pytest.mark.parametrize("path", ["/", "/changes/23", "/api/v1/gate", "/api/v1/changes/23/approve"])
def test_other_methods(port: int, method: str, path: str) -> None:
    assert statuses(exchange(port, request(method, path))) == [405]


@pytest.mark.parametrize(
    "header",
    [
        "X-HTTP-Method-Override: POST",
        "X-HTTP-Method: POST",
        "X-Method-Override: POST",
    ],
)
def test_a_method_is_what_the_request_line_says(
    port: int, sample: SampleGate, tokens: dict[str, str], header: str
) -> None:
    told = f"Authorization: Bearer {tokens['root']}"
    path = "/api/v1/changes/23/dequeue"

    by_header = exchange(port, request("GET", f"{path}?_method=POST", header, told))
    for_real = exchange(port, request("POST", path, told, "Content-Length: 0"))

    assert statuses(by_header) == [405]
    assert statuses(for_real) == [200]
    assert len(sample.submitted) == 1


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 6", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 6"),
        ("Content-Length: 6", "Content-Length: 0"),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding : chunked",),
        ("Content-Length: +6",),
        ("Content-Length: 0\n\nPOST /api/v1/resume HTTP/1.1",),
    ],
)
def test_nothing_is_smuggled_behind_another_request(
    port: int, sample: SampleGate, tokens: dict[str, str], headers: tuple[str, ...]
) -> None:
    inner = request(
        "POST",
        "/api/v1/resume",
        f"Authorization: Bearer {tokens['root']}",
        "X-Smuggled: yes",
    ).decode()
    outer = [
        "POST /api/v1/changes/23/approve HTTP/1.1",
        "Host: 127.0.0.1",
        *headers,
    ]
    answer = exchange(port, ("\r\n".join(outer) + "\r\n\r\n0\r\n\r\nG" + inner).encode())

    assert statuses(answer), "the attempt got no answer at all"
    assert all(400 <= code < 500 for code in statuses(answer))
    assert not sample.submitted


def test_requests_one_after_the_other_are_not_mistaken(port: int, sample: SampleGate) -> None:
    """The control of the test above: what is a request of its own is answered as one."""
    two = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" + request("GET", "/healthz")

    assert statuses(exchange(port, two)) == [200, 200]
    assert not sample.submitted


def test_errors_have_one_shape_wherever_they_arise(client: TestClient) -> None:
    answers = [
        client.get("/api/v1/nowhere"),
        client.delete("/api/v1/gate"),
        client.get("/api/v1/changes?limit=x"),
        client.post("/api/v1/resume"),
    ]

    assert [answer.status_code for answer in answers] == [404, 405, 422, 401]
    assert all(
        set(answer.json()["error"]) == {"code", "message", "hint", "where"} for answer in answers
    )
