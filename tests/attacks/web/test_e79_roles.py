"""E79: each verb with each role and with no token: 401, 403, or done; the whole matrix.

The expectation is written out here by hand, so that a slip in the table of rights shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from foretaste.web import forms, pages
from tests.attacks.web.conftest import HOLDERS
from tests.fakes.sample_gate import SampleGate

# Change 23 is grace's; "" has no token. ada may approve, op operate, conny configure, root is owner.
MAY: Mapping[str, set[str]] = {
    "/changes/23/approve": {"ada", "root"},
    "/changes/23/withdraw": {"ada", "grace", "op", "root"},
    "/changes/23/abandon": {"grace", "op", "root"},
    "/changes/23/reopen": {"grace", "op", "root"},
    "/changes/23/enqueue": {"op", "root"},
    "/changes/23/dequeue": {"op", "root"},
    "/promote": {"op", "root"},
    "/hold": {"op", "root"},
    "/resume": {"op", "root"},
}
BODIES: Mapping[str, dict[str, object]] = {
    "/promote": {"changes": ["23"]},
    "/hold": {"why": "a test"},
}
Bearing = Callable[[str], dict[str, str]]


@pytest.mark.parametrize("who", ["", *HOLDERS])
@pytest.mark.parametrize("path", MAY)
def test_who_may_what(
    client: TestClient, sample: SampleGate, bearing: Bearing, path: str, who: str
) -> None:
    answer = client.post(f"/api/v1{path}", json=BODIES.get(path, {}), headers=bearing(who))

    wanted = 200 if who in MAY[path] else 403 if who else 401
    assert answer.status_code == wanted
    assert len(sample.submitted) == (wanted == 200)
    if wanted == 200:
        assert sample.submitted[0].by == who
    if wanted == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("who", HOLDERS)
@pytest.mark.parametrize("verb", ["approve", "withdraw", "abandon", "reopen", "enqueue", "dequeue"])
def test_pages_allow_what_the_api_allows(
    client: TestClient, sample: SampleGate, tokens: dict[str, str], who: str, verb: str
) -> None:
    client.post("/sign-in", data={"token": tokens[who]})
    csrf = client.get("/").text.partition('name="csrf" value="')[2].partition('"')[0]

    answer = client.post(f"/changes/23/{verb}", data={"csrf": csrf})

    allowed = who in MAY[f"/changes/23/{verb}"]
    assert answer.status_code == (303 if allowed else 403)
    assert len(sample.submitted) == allowed


def test_nothing_that_writes_is_left_out(client: TestClient) -> None:
    told = client.get("/api/openapi.json").json()["paths"]
    writing = {
        path.removeprefix("/api/v1").replace("{change}", "23")
        for path, methods in told.items()
        for method in methods
        if method != "get"
    }
    on_pages = {
        route.path.replace("{change}", "23")
        for router in (pages.router, forms.router)
        for route in router.routes
        if isinstance(route, APIRoute) and "POST" in (route.methods or ())
    }

    assert writing == set(MAY)
    assert on_pages - {"/sign-in", "/sign-out"} == {
        path for path in MAY if path.startswith("/changes/")
    }


def test_an_unknown_change_is_told_only_to_those_with_a_token(
    client: TestClient, bearing: Bearing
) -> None:
    path = "/api/v1/changes/99/approve"

    assert client.post(path, json={}).status_code == 401
    assert client.post(path, json={}, headers=bearing("grace")).status_code == 404
