"""A job's spec comes back from its text as it was, with what the build adds."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from foretaste.config.spec import canonical, encode, job_spec
from foretaste.core.job import Job
from foretaste.core.names import JobName
from foretaste.ports.errors import PermanentError
from foretaste.ports.executor import EnvironmentSpec, JobSpec, Source

SPEC = JobSpec(
    attempt="",
    label="tests[3.11]",
    sources=(Source(project="flask", commit="c1", tree="t1"),),
    environment=EnvironmentSpec(python="3.11", install=(".[test]", "pytest"), preinstall=("a==1",)),
    run="python -m pytest",
    env={"B": "2", "A": "é\n"},
    timeout=90.0,
    evidence="junit",
    network=True,
    services=("postgresql",),
    artefacts=("dist/*",),
)


def job(text: str) -> Job:
    return Job(name=JobName("tests[3.11]"), spec=text)


def test_a_spec_comes_back_with_its_attempt_and_needs() -> None:
    found = job_spec(job(encode(SPEC)), attempt="b7", needs=("b3", "b4"))

    assert found == replace(SPEC, attempt="b7", needs=("b3", "b4"))


def test_what_only_a_build_knows_is_not_in_the_text() -> None:
    assert encode(replace(SPEC, attempt="b7", needs=("b3",))) == encode(SPEC)


def test_the_order_in_which_a_table_was_written_does_not_matter() -> None:
    assert encode(replace(SPEC, env={"A": "é\n", "B": "2"})) == encode(SPEC)
    assert canonical({"b": 1, "a": 2}) == '{"a":2,"b":1}'


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "7", canonical({**json.loads(encode(SPEC)), "more": 1})]
)
def test_a_damaged_text_is_refused_and_names_the_job(text: str) -> None:
    with pytest.raises(PermanentError, match=r"FT215: the spec of job tests\[3\.11\]"):
        job_spec(job(text), attempt="b7")
