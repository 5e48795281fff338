"""What the target's gate requires stands, whatever a change says of itself (attack A01)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foretaste.config.gate import load_gate
from foretaste.config.gating import altered, gating
from foretaste.config.mistakes import ConfigurationError
from foretaste.config.resolve import Resolved
from foretaste.config.tree import GivenTree
from foretaste.core.names import JobName
from foretaste.service.jobs import resolved_in

TARGET = """
check = ["lint"]
gate = ["tests", "lint"]
job.lint.run = "lint"
job.tests = { run = "pytest", evidence = "junit", python = ["3.11", "3.13"], needs = ["build"] }
job.build.run = "build"
"""


def resolved(text: str) -> Resolved:
    tree = GivenTree(files={"foretaste.toml": text.encode()})
    return resolved_in(tree, "app", load_gate(b"[project.app]"))


def jobs(prospect: str, target: str = TARGET, *changed: str, pipeline: str = "gate") -> list[str]:
    found = gating(pipeline, resolved(prospect), resolved(target), changed)
    return list(found.definitions)


def test_needed_jobs_come_first_and_by_themselves() -> None:
    found = gating("gate", resolved(TARGET), resolved(TARGET), ())

    assert list(found.definitions) == ["build", "lint", "tests[3.11]", "tests[3.13]"]
    assert found.needs == {
        "build": (),
        "lint": (),
        "tests[3.11]": ("build",),
        "tests[3.13]": ("build",),
    }


def test_a_change_that_drops_a_required_job_runs_it_as_the_target_has_it() -> None:
    text = 'gate = ["noop"]\njob.noop.run = "true"\n'

    found = gating("gate", resolved(text), resolved(TARGET), ())

    assert list(found.definitions) == ["noop", "build", "lint", "tests[3.11]", "tests[3.13]"]
    assert {name: each.run for name, each in found.definitions.items()} == {
        "noop": "true",
        "build": "build",
        "lint": "lint",
        "tests[3.11]": "pytest",
        "tests[3.13]": "pytest",
    }
    assert altered(resolved(text), resolved(TARGET)) == (
        "tests[3.11]",
        "tests[3.13]",
        "lint",
        "build",
    )


def test_a_change_that_leaves_a_job_out_of_the_gate_alone_runs_it_as_it_has_it() -> None:
    text = """
gate = ["lint"]
job.lint.run = "lint"
job.tests = { run = "x", python = ["3.11"] }
"""

    found = gating("gate", resolved(text), resolved(TARGET), ())

    assert [str(name) for name in found.definitions] == [
        "lint",
        "tests[3.11]",
        "build",
        "tests[3.13]",
    ]
    assert found.definitions["tests[3.11]"].run == "x"  # type: ignore[index]
    assert found.definitions["tests[3.13]"].run == "pytest"  # type: ignore[index]


def test_a_change_cannot_take_the_vote_or_the_evidence_from_a_required_job() -> None:
    text = 'gate = ["t"]\njob.t = { run = "true", voting = false, evidence = "", files = ["no"] }\n'
    target = 'gate = ["t"]\njob.t = { run = "pytest", evidence = "junit" }\n'

    found = gating("gate", resolved(text), resolved(target), ["src/a.py"])

    [job] = found.definitions.values()
    assert (job.run, job.voting, job.evidence) == ("true", True, "junit")


def test_a_change_may_give_a_vote() -> None:
    text = 'gate = ["t"]\njob.t.run = "true"\n'
    target = 'gate = ["t"]\njob.t = { run = "true", voting = false }\n'

    [job] = gating("gate", resolved(text), resolved(target), ()).definitions.values()

    assert job.voting


@pytest.mark.parametrize(
    ("own", "required", "runs"),
    [
        ('["src/**"]', '["src/**"]', True),
        ('["docs/**"]', '["src/**"]', True),
        ('["src/**"]', '["docs/**"]', True),
        ('["docs/**"]', '["docs/**"]', False),
        ('["docs/**"]', "[]", True),
        ("[]", '["docs/**"]', True),
    ],
)
def test_files_skip_a_required_job_only_where_both_say_so(
    own: str, required: str, *, runs: bool
) -> None:
    text = (
        'gate = ["t", "always"]\njob.always.run = "true"\njob.t = {{ run = "true", files = {} }}\n'
    )

    found = jobs(text.format(own), text.format(required), "src/a.py")

    assert ("t" in found) is runs


def test_paths_that_are_not_known_skip_nothing() -> None:
    text = 'gate = ["t"]\njob.t = { run = "true", files = ["docs/**"] }\n'

    assert jobs(text, text) == ["t"]


def test_a_needed_job_runs_whatever_its_files() -> None:
    text = (
        'gate = ["t"]\njob.t = { run = "true", needs = ["b"] }\n'
        'job.b = { run = "true", files = ["docs/**"] }\n'
    )

    assert jobs(text, text, "src/a.py") == ["b", "t"]


def test_the_check_pipeline_is_the_changes_own() -> None:
    text = 'gate = ["noop"]\njob.noop.run = "true"\n'

    assert jobs(text, pipeline="check") == []
    assert jobs(TARGET, pipeline="check") == ["lint"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('check = ["t"]\njob.t.run = "true"\n', ": gate: the gate pipeline has no job"),
        ('gate = []\njob.t.run = "true"\n', ":1: gate: the gate pipeline has no job"),
        (
            'gate = ["t"]\njob.t = { run = "true", files = ["docs/**"] }\n',
            r":1: gate: no job of the gate pipeline is for these files \(t\)",
        ),
    ],
)
def test_a_gate_without_a_job_is_closed(text: str, what: str) -> None:
    with pytest.raises(ConfigurationError, match=f"foretaste.toml{what}"):
        jobs(text, text, "src/a.py")


def test_a_circle_that_only_two_configurations_make_together_is_refused() -> None:
    found = resolved('gate = ["a"]\njob.a.run = "a"\njob.b = { run = "b", needs = ["a"] }\n')
    job = found.definitions[JobName("a")]
    turned = {**found.definitions, job.name: replace(job, needs=("b",))}

    with pytest.raises(ConfigurationError, match="jobs need each other in a circle: a, b"):
        gating("gate", replace(found, definitions=turned), Resolved(), ())


def test_a_change_that_empties_the_gate_is_refused_though_the_target_has_jobs() -> None:
    with pytest.raises(ConfigurationError, match="the gate pipeline has no job"):
        jobs('gate = []\njob.t.run = "true"\n', TARGET)


@pytest.mark.parametrize(
    "text",
    [
        "gate = ['lint']\njob.lint = { run = 'lint', voting = false }\n",
        """
gate = ['lint', 'docs']
job.lint = { run = 'lint', voting = false }
job.docs = { run = 'docs', files = ['docs/**'] }
""",
    ],
)
def test_a_gate_in_which_nothing_votes_lets_nothing_pass(text: str) -> None:
    """Everything would pass it, whatever its jobs say."""
    with pytest.raises(ConfigurationError, match="no job that votes is left"):
        jobs(text, text, "src/app.py")


def test_a_job_that_a_required_one_needs_is_altered_with_it() -> None:
    text = TARGET.replace('build.run = "build"', 'build.run = "true"')

    assert altered(resolved(text), resolved(TARGET)) == ("build",)
    assert altered(resolved(TARGET), resolved(TARGET)) == ()
