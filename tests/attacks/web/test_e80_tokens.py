"""E80: guessed, cut, revoked, expired and misplaced tokens are refused, and none is ever logged."""

from __future__ import annotations

import hmac
import logging
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from foretaste.adapters.clock import SystemClock
from foretaste.service import access as module
from foretaste.service.access import Access, Role
from tests.fakes.sample_gate import SampleGate

PATH = "/api/v1/resume"


def answer_to(client: TestClient, authorization: str) -> int:
    """Ask for something that writes, with this header, and return the status."""
    return client.post(PATH, json={}, headers={"Authorization": authorization}).status_code


def test_only_the_whole_token_counts(
    client: TestClient, sample: SampleGate, tokens: dict[str, str]
) -> None:
    good = tokens["root"]
    prefix, identity, secret = good.split("_", 2)
    attempts = [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {good[:-1]}",
        f"Bearer {good}A",
        f"Bearer {good.upper()}",
        f"Bearer {good} {good}",
        f"Bearer {good},{good}",
        f"Bearer {prefix}_{identity}_",
        f"Bearer {prefix}_{identity}_{'A' * len(secret)}",
        f"Bearer {prefix}_{'0' * len(identity)}_{secret}",
        f"Bearer {secret}",
        f"Basic {good}",
        f"Token {good}",
        good,
        "Bearer *",
        "Bearer null",
        f"Bearer {'9' * 8000}",
    ]

    assert {answer_to(client, each) for each in attempts} == {401}
    assert not sample.submitted
    assert answer_to(client, f"Bearer {good}") == 200


def test_a_token_in_the_address_or_the_body_counts_for_nothing(
    client: TestClient, sample: SampleGate, tokens: dict[str, str]
) -> None:
    good = tokens["root"]
    answers = [
        client.post(f"{PATH}?token={good}", json={}),
        client.post(f"{PATH}?access_token={good}", json={}),
        client.post(PATH, json={"token": good}),
        client.post(PATH, json={}, headers={"X-Token": good}),
        client.post(PATH, json={}, headers={"Cookie": f"foretaste_token={good}"}),
    ]

    assert {answer.status_code for answer in answers} <= {401, 403}
    assert not sample.submitted


def test_two_headers_are_none(client: TestClient, tokens: dict[str, str]) -> None:
    pair = [("Authorization", f"Bearer {tokens['root']}"), ("Authorization", "Bearer x")]

    assert client.post(PATH, json={}, headers=pair).status_code == 401


def test_revoked_and_expired_tokens_are_refused_at_once(
    client: TestClient, access: Access, tokens: dict[str, str]
) -> None:
    late = access.mint("late", [Role.OWN], expires_at=SystemClock().wall() - 1)
    assert answer_to(client, f"Bearer {late}") == 401

    assert answer_to(client, f"Bearer {tokens['op']}") == 200
    access.revoke(tokens["op"])
    assert answer_to(client, f"Bearer {tokens['op']}") == 401


def test_known_and_unknown_ids_take_the_same_steps(
    access: Access, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times differ by chance on a shared machine; what is compared, and how, does not."""
    compared: list[tuple[int, int]] = []

    def comparing(given: str, kept: str) -> bool:
        compared.append((len(given), len(kept)))
        return hmac.compare_digest(given, kept)

    class Watched:
        compare_digest = staticmethod(comparing)

    monkeypatch.setattr(module, "hmac", Watched)
    good = tokens["root"]
    for token in (good, good[:-1] + "x", "ft_" + "0" * 12 + good[15:], "nonsense", ""):
        access.authenticate(token)

    assert compared == [(64, 64)] * 5


def test_no_token_is_logged_or_kept(
    client: TestClient, tokens: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = tokens["root"]
    with caplog.at_level(logging.DEBUG):
        answer_to(client, f"Bearer {good}")
        answer_to(client, f"Bearer {good}x")
        client.post("/sign-in", data={"token": good + "x"})
        logging.getLogger("test").debug("the log is there")

    secret = good.split("_", 2)[2]
    assert "the log is there" in caplog.text
    assert secret not in caplog.text
    assert secret not in (tmp_path / "tokens.json").read_text(encoding="utf-8")


def test_tokens_are_not_alike(access: Access) -> None:
    tokens = {access.mint("ada", [Role.PUSH]) for _ in range(20)}

    assert len(tokens) == 20
    assert min(len(token.split("_", 2)[2]) for token in tokens) >= 43
