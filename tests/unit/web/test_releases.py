"""How branches stand against the index is shown to programs and to people alike."""

from __future__ import annotations

import dataclasses

from starlette.testclient import TestClient

from foretaste.web.app import create_app
from tests.fakes.sample_gate import SampleGate
from tests.fakes.sample_releases import MIXED, REPORT


def test_programs_get_every_branch_or_those_of_a_project(client: TestClient) -> None:
    answer = client.get("/api/v1/releases").json()

    assert len(answer["releases"]) == 4
    assert answer["trouble"].startswith("1 of 212")
    (main, other) = client.get("/api/v1/releases?project=flask").json()["releases"]
    assert main == {**dataclasses.asdict(MIXED), "newer": main["newer"], "files": main["files"]}
    assert [each["state"] for each in main["newer"]] == ["moves", "waits", "held", "held", "newer"]
    assert other["branch"] == "release/2.x"


def test_a_report_is_one_branchs(client: TestClient) -> None:
    assert client.get("/api/v1/releases/flask/report").json() == {"report": REPORT}
    other = client.get("/api/v1/releases/flask/report?branch=release/2.x").json()
    assert other == {"report": ""}
    missing = client.get("/api/v1/releases/nowhere/report")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "FT704")


def test_people_see_what_moves_what_waits_and_what_is_held(client: TestClient) -> None:
    page = client.get("/releases").text
    assert "could not be asked about" in page
    for word in ("may go on:", "waiting:", "held back:", "newer:", "and 3 more", "/changes/23"):
        assert word in page

    page = client.get("/releases/flask?branch=main").text
    assert "soft_unicode" in page
    assert "may land from" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "Everything that is pinned" in client.get("/releases/flask?branch=release/2.x").text
    assert client.get("/releases/flask?branch=nope").status_code == 404


def test_a_gate_that_does_not_watch_says_so(sample: SampleGate) -> None:
    sample.watch.shown, sample.watch.said = (), "this gate does not look for new releases"
    client = TestClient(create_app(sample.desk(), hosts=["gate.test"]), base_url="http://gate.test")

    page = client.get("/releases").text

    assert "this gate does not look for new releases" in page
    assert "No branch that is watched pins anything yet." in page
