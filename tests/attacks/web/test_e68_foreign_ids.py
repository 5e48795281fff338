"""E68: ids of another project's job, log or artefact open nothing that is not theirs.

All projects of one gate can be read by whoever reaches it, so there is no foreign *reader* in this
slice. What can be tried: another build's artefact through a build of one's own, paths that leave
the build's folder, and guessed ids, which must look like ids that never were.
"""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.fakes.sample_gate import SampleGate

API = "/api/v1/builds"


@pytest.fixture(autouse=True)
def secrets_lie_about(sample: SampleGate) -> None:
    """Have the store of artefacts give out whatever it is asked for, as the worst one would."""
    for path in ("htmlcov/index page.html", "../b3/secret", "/etc/passwd", "..", "secret"):
        sample.artefacts["b1", path] = b"SECRET"


def test_the_attempt_reaches_artefacts(client: TestClient) -> None:
    assert client.get(f"{API}/b1/artefacts/junit.xml").content == b"<testsuites/>"


@pytest.mark.parametrize(
    "path",
    [
        "htmlcov/index%20page.html",
        "secret",
        "..%2fb3%2fsecret",
        "%2e%2e/b3/secret",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "%2e%2e",
        "junit.xml%00",
        "junit.xml/",
        ".%2fjunit.xml",
        "JUNIT.XML",
        "",
    ],
)
def test_only_what_the_build_names_comes_out(client: TestClient, path: str) -> None:
    answer = client.get(f"{API}/b1/artefacts/{path}")

    assert answer.status_code == 404
    assert "SECRET" not in answer.text


@pytest.mark.parametrize("what", ["", "/log", "/artefacts/junit.xml"])
def test_an_id_that_never_was_looks_like_any_other(client: TestClient, what: str) -> None:
    answers = [client.get(f"{API}/{name}{what}") for name in ("b99", "b1'", "%2e%2e%2fb1", "-")]

    assert {answer.status_code for answer in answers} == {404}
    assert {answer.json()["error"]["code"] for answer in answers} <= {"FT701", "FT704"}
    assert "FT704" in {answer.json()["error"]["code"] for answer in answers}
