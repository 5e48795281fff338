"""E82: SQL in a filter, a limit or a name is a value like any other, or refused before any query."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from foretaste.report.views import ChangeView
from tests.fakes.sample_gate import SampleGate

SQL = ("' OR 1=1 --", "x'; DROP TABLE events; --", "1 UNION SELECT * FROM lease", "%", "_", "\\")


class Watching(SampleGate):
    """Keeps the filters that it was asked with."""

    asked: list[tuple[str, str, int]]

    def changes(
        self, *, state: str = "", project: str = "", limit: int = 100
    ) -> tuple[ChangeView, ...]:
        self.asked.append((state, project, limit))
        return super().changes(state=state, project=project, limit=limit)


@pytest.fixture(name="sample")
def sample_fixture() -> Watching:
    sample = Watching()
    sample.asked = []
    return sample


@pytest.mark.parametrize("sql", SQL)
def test_a_state_or_a_limit_that_is_none_is_refused(
    client: TestClient, sample: Watching, sql: str
) -> None:
    for params in ({"state": sql}, {"limit": sql}):
        for path in ("/api/v1/changes", "/changes"):
            answer = client.get(path, params=params)
            if path == "/api/v1/changes" or "state" in params:
                assert answer.status_code == 422
    assert all(state in {"", "open"} and isinstance(limit, int) for state, _, limit in sample.asked)


@pytest.mark.parametrize("sql", SQL)
def test_a_project_is_looked_for_as_it_is_written(
    client: TestClient, sample: Watching, sql: str
) -> None:
    answer = client.get("/api/v1/changes", params={"project": sql})

    assert answer.json() == {"changes": []}
    assert sample.asked == [("", sql, 100)]
    assert client.get("/api/v1/changes", params={"project": "flask"}).json()["changes"]


@pytest.mark.parametrize("sql", SQL)
def test_a_name_is_looked_for_as_it_is_written(client: TestClient, sql: str) -> None:
    for kind in ("changes", "builds"):
        answer = client.get(f"/api/v1/{kind}/{sql.replace('%', '%25').replace('/', '%2f')}")

        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "FT704"
