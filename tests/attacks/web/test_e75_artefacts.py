"""E75: an artefact opened from the dashboard is saved, never shown in the gate's own origin."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.fakes.sample_gate import SampleGate, a_build

NAMES = (
    "page.html",
    "image.svg",
    "paper.pdf",
    "style.css",
    "code.js",
    'a"; filename="evil.html',
    "deep/er/index.html",
    "naïve-ü.html",
)


@pytest.mark.parametrize("name", NAMES)
def test_an_artefact_is_an_attachment_of_no_type(
    client: TestClient, sample: SampleGate, name: str
) -> None:
    sample.made["b1"] = replace(a_build("b1"), artefacts=(name,))
    sample.artefacts["b1", name] = b"<script>alert(1)</script>"

    answer = client.get("/api/v1/builds/b1/artefacts/" + name)

    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="artefact"'
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_raw_log_is_text_and_nothing_else(client: TestClient, sample: SampleGate) -> None:
    sample.logs["b1"] = b"<!doctype html><script>alert(1)</script>"

    answer = client.get("/api/v1/builds/b1/log")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
