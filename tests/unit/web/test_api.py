"""The API shows the views as they are and takes what the table of rights allows."""

from __future__ import annotations

import dataclasses
import json

import pytest
from starlette.testclient import TestClient

from foretaste.core.names import ChangeId
from foretaste.ports.errors import PermanentError, TransientError, UserError
from foretaste.service import intents
from foretaste.service.faces import Queries
from foretaste.service.intents import Answer
from foretaste.web.app import create_app
from tests.fakes.sample_gate import GATE, LOG, PROJECTS, QUEUED, STORY, SampleGate

API = "/api/v1"
OP = {"Authorization": "Bearer op-token"}
ADA = {"Authorization": "Bearer ada-token"}


def as_json(view: object) -> object:
    """Write a view as JSON and read it back."""
    assert dataclasses.is_dataclass(view)
    assert not isinstance(view, type)
    return json.loads(json.dumps(dataclasses.asdict(view)))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/gate", as_json(GATE)),
        ("/queues", {"queues": [as_json(queue) for queue in GATE.queues]}),
        ("/projects", {"projects": [as_json(project) for project in PROJECTS]}),
        ("/changes/23", as_json(QUEUED)),
        ("/changes?state=queued", {"changes": [as_json(QUEUED)]}),
        ("/changes?state=queued&project=jinja2", {"changes": []}),
        ("/changes/23/story", {"story": [as_json(line) for line in STORY]}),
        ("/builds/b7", as_json(QUEUED.builds[0])),
    ],
)
def test_a_view_is_shown_as_it_is(client: TestClient, path: str, wanted: object) -> None:
    answer = client.get(API + path)

    assert answer.status_code == 200
    assert answer.json() == wanted


@pytest.mark.parametrize(
    "path", ["/changes/99", "/changes/99/story", "/builds/zz", "/builds/zz/log", "/nowhere"]
)
def test_what_is_unknown_is_answered_in_the_one_shape(client: TestClient, path: str) -> None:
    answer = client.get(API + path)

    assert answer.status_code == 404
    assert set(answer.json()["error"]) == {"code", "message", "hint", "where"}
    assert answer.json()["error"]["code"] in {"FT701", "FT704"}


def test_a_log_comes_in_parts(client: TestClient) -> None:
    whole = client.get(f"{API}/builds/b3/log")
    rest = client.get(f"{API}/builds/b7/log?offset=20")

    assert whole.content == LOG
    assert (whole.headers["x-log-size"], whole.headers["x-log-done"]) == (str(len(LOG)), "true")
    assert rest.content == LOG[20:]
    assert rest.headers["x-log-done"] == "false"


def test_a_part_of_a_log_is_not_too_large(client: TestClient, sample: SampleGate) -> None:
    sample.logs["b1"] = b"z" * (2**20 + 5)

    answer = client.get(f"{API}/builds/b1/log")

    assert len(answer.content) == 2**20
    assert answer.headers["x-log-size"] == str(2**20 + 5)


def test_approving_says_which_revision_and_who(client: TestClient, sample: SampleGate) -> None:
    answer = client.post(f"{API}/changes/23/approve", json={"revision": 2}, headers=ADA)

    assert answer.status_code == 200
    assert answer.json() == {"changes": ["23"]}
    assert sample.submitted == [intents.Approve(change=ChangeId("23"), revision=2, by="ada")]


@pytest.mark.parametrize(
    ("verb", "intent"),
    [
        ("withdraw", intents.Withdraw(change=ChangeId("23"), by="op")),
        ("abandon", intents.Abandon(change=ChangeId("23"), by="op")),
        ("reopen", intents.Reopen(change=ChangeId("23"), by="op")),
        ("enqueue", intents.Enqueue(change=ChangeId("23"), by="op")),
        ("dequeue", intents.Dequeue(change=ChangeId("23"), by="op")),
    ],
)
def test_a_verb_becomes_its_intent(
    client: TestClient, sample: SampleGate, verb: str, intent: intents.Intent
) -> None:
    answer = client.post(f"{API}/changes/23/{verb}", headers=OP)

    assert answer.status_code == 200
    assert sample.submitted == [intent]


@pytest.mark.parametrize(
    ("path", "body", "intent"),
    [
        (
            "/promote",
            {"changes": ["23", "19"]},
            intents.Promote(changes=(ChangeId("23"), ChangeId("19")), by="op"),
        ),
        ("/hold", {"why": "a release"}, intents.Hold(why="a release", by="op")),
        ("/resume", {}, intents.Resume(by="op")),
    ],
)
def test_the_gate_takes_its_own_verbs(
    client: TestClient,
    sample: SampleGate,
    path: str,
    body: dict[str, object],
    intent: intents.Intent,
) -> None:
    assert client.post(API + path, json=body, headers=OP).status_code == 200
    assert sample.submitted == [intent]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/promote", {"changes": []}),
        ("/promote", {}),
        ("/hold", {"why": ""}),
        ("/hold", {"why": "x" * 501}),
        ("/hold", {"why": "half \ud800 a character"}),
        ("/changes/23/approve", {"revision": -1}),
        ("/changes/23/approve", {"revision": "two"}),
        ("/changes/23/approve", {"version": 2}),
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_its_place(
    client: TestClient, sample: SampleGate, path: str, body: dict[str, object]
) -> None:
    headers = {"Authorization": "Bearer own-token", "Content-Type": "application/json"}
    answer = client.post(API + path, content=json.dumps(body), headers=headers)

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "FT703"
    assert answer.json()["error"]["where"].startswith("body")
    assert not sample.submitted


def test_promoting_what_is_not_there_promotes_nothing(
    client: TestClient, sample: SampleGate
) -> None:
    answer = client.post(f"{API}/promote", json={"changes": ["23", "99"]}, headers=OP)

    assert answer.status_code == 404
    assert not sample.submitted


@pytest.mark.parametrize(("code", "status"), [("FT340", 409), ("FT510", 503)])
def test_a_refusal_of_the_gate_is_passed_on(
    client: TestClient, sample: SampleGate, code: str, status: int
) -> None:
    sample.answer = Answer(code=code, what="it may not land", hint="ask ada")

    answer = client.post(f"{API}/changes/23/dequeue", headers=OP)

    assert answer.status_code == status
    assert answer.json()["error"] == {
        "code": code,
        "message": "it may not land",
        "hint": "ask ada",
        "where": "",
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TransientError("FT510", "the disk is full", hint="make room"), 503),
        (PermanentError("FT500", "the log was altered", where="row 7"), 500),
        (UserError("FT340", "not that way"), 409),
    ],
)
def test_an_error_behind_the_face_keeps_its_words(
    sample: SampleGate, error: UserError | TransientError | PermanentError, status: int
) -> None:
    def failing(_: object) -> Answer:
        raise error

    desk = dataclasses.replace(sample.desk(), submit=failing)
    client = TestClient(create_app(desk, hosts=["gate.test"]), base_url="http://gate.test")

    answer = client.post(f"{API}/changes/23/dequeue", headers=OP)

    assert answer.status_code == status
    assert answer.json()["error"] == {
        "code": error.code,
        "message": error.what,
        "hint": error.hint,
        "where": error.where,
    }


@pytest.mark.parametrize("path", [f"{API}/gate", "/"])
def test_a_bug_is_answered_without_its_insides(sample: SampleGate, path: str) -> None:
    class Broken(SampleGate):
        def gate(self) -> object:  # type: ignore[override]
            raise RuntimeError(" ".join(["secret"] * 3))

    broken: Queries = Broken()  # type: ignore[assignment]
    desk = dataclasses.replace(sample.desk(), queries=broken)
    app = create_app(desk, hosts=["gate.test"])
    client = TestClient(app, base_url="http://gate.test", raise_server_exceptions=False)

    answer = client.get(path)

    assert answer.status_code == 500
    assert "FT710" in answer.text
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_description_names_every_path_and_the_error(client: TestClient) -> None:
    told = client.get("/api/openapi.json").json()

    assert told["openapi"].startswith("3.1")
    assert {path for path in told["paths"] if path.startswith(API)} == set(told["paths"])
    assert {f"{API}/gate", f"{API}/changes/{{change}}/approve", f"{API}/events"} <= set(
        told["paths"]
    )
    assert "Error" in told["components"]["schemas"]
    assert "HTTPValidationError" not in json.dumps(told)


def test_health_tells_trouble(client: TestClient, sample: SampleGate) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}

    sample.trouble = "the disk is full"

    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "trouble", "why": "the disk is full"}


def test_metrics_are_told_for_prometheus(client: TestClient) -> None:
    lines = client.get("/metrics").text.splitlines()

    assert "foretaste_landings_total 7.0" in lines
    assert "foretaste_tree_mismatches_total 0.0" in lines
    assert 'foretaste_builds{state="passed"} 31.0' in lines
    assert 'foretaste_queue_items{queue="pallets"} 7.0' in lines
    assert "foretaste_tick_seconds_count 40.0" in lines
    assert "foretaste_event_streams 0.0" in lines


def test_the_stream_cannot_be_asked_for_its_head(client: TestClient) -> None:
    assert client.head("/api/v1/events").status_code == 405


def test_head_is_get_without_a_body(client: TestClient) -> None:
    answer = client.head("/")

    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-type"].startswith("text/html")
