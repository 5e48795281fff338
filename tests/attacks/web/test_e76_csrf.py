"""E76: no page of another site makes a signed-in person's browser approve, enqueue or cancel."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.fakes.sample_gate import SampleGate

VERBS = ("approve", "withdraw", "enqueue", "dequeue", "abandon")
EVIL = {"Origin": "https://evil.test"}
Bearing = Callable[[str], dict[str, str]]


@pytest.fixture(name="csrf")
def signed_in_fixture(client: TestClient, tokens: dict[str, str]) -> str:
    """Sign the owner in, and return what their own forms carry."""
    assert client.post("/sign-in", data={"token": tokens["root"]}).status_code == 303
    found = re.search(r'name="csrf" value="(\w+)"', client.get("/").text)
    assert found
    return found.group(1)


@pytest.mark.parametrize("verb", VERBS)
def test_a_form_of_another_page_is_refused(
    client: TestClient, sample: SampleGate, csrf: str, verb: str
) -> None:
    path = f"/changes/23/{verb}"
    attempts = [
        client.post(path),
        client.post(path, data={"revision": "2"}),
        client.post(path, data={"csrf": "0" * 64}),
        client.post(path, content='{"csrf": "x"}', headers={"Content-Type": "text/plain"}),
        client.post(path, json={"csrf": csrf}),
        client.post(path, data={"csrf": csrf}, headers=EVIL),
        client.post(path, data={"csrf": csrf}, headers={"Origin": "null"}),
        client.post(path, data={"csrf": csrf}, headers={"Sec-Fetch-Site": "cross-site"}),
        client.post(path, data={"csrf": csrf}, headers={"Sec-Fetch-Site": "same-site"}),
    ]

    assert {answer.status_code for answer in attempts} <= {403, 422}
    assert not sample.submitted

    own = client.post(path, data={"csrf": csrf}, headers={"Origin": "http://gate.test"})
    assert own.status_code == 303, "the attempt was refused for another reason than it should"
    assert len(sample.submitted) == 1


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.usefixtures("csrf")
def test_the_api_takes_no_cookie(client: TestClient, sample: SampleGate, verb: str) -> None:
    path = f"/api/v1/changes/23/{verb}"
    attempts = [
        client.post(path),
        client.post(path, data={"revision": "2"}),
        client.post(path, content='{"revision": 2}', headers={"Content-Type": "text/plain"}),
        client.post(path, json={"revision": 2}),
        client.post(path, json={}, headers=EVIL),
    ]

    assert [answer.status_code for answer in attempts] == [403] * len(attempts)
    assert not sample.submitted


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_a_link_or_an_image_does_nothing(
    client: TestClient, sample: SampleGate, csrf: str, verb: str, prefix: str
) -> None:
    answer = client.get(f"{prefix}/changes/23/{verb}?csrf={csrf}&revision=2")

    assert answer.status_code == 405
    assert not sample.submitted


def test_a_token_in_a_header_does_not_help_another_sites_script(
    client: TestClient, sample: SampleGate, bearing: Bearing
) -> None:
    answer = client.post("/api/v1/resume", json={}, headers={**bearing("root"), **EVIL})

    assert answer.status_code == 403
    assert not sample.submitted


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_json_must_say_that_it_is_json(
    client: TestClient, sample: SampleGate, bearing: Bearing, kind: str
) -> None:
    headers = {**bearing("root"), "Content-Type": kind}

    answer = client.post("/api/v1/hold", content='{"why": "x"}', headers=headers)

    assert answer.status_code == 415
    assert not sample.submitted


def test_nobody_is_signed_in_or_out_from_elsewhere(
    client: TestClient, tokens: dict[str, str], csrf: str
) -> None:
    into = client.post("/sign-in", data={"token": tokens["grace"]}, headers=EVIL)
    out = client.post("/sign-out", data={"csrf": csrf}, headers=EVIL)

    assert (into.status_code, out.status_code) == (403, 403)
    assert "set-cookie" not in into.headers


def test_one_persons_form_is_no_other_persons(
    client: TestClient, sample: SampleGate, tokens: dict[str, str], csrf: str
) -> None:
    client.cookies.clear()
    client.post("/sign-in", data={"token": tokens["ada"]})

    answer = client.post("/changes/23/approve", data={"csrf": csrf})

    assert answer.status_code == 403
    assert not sample.submitted
