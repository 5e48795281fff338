"""A change's jobs: from the prospect, what is required from the target, equal inputs for equal trees."""

from __future__ import annotations

import pytest

from foretaste.config.gate import load_gate
from foretaste.config.mistakes import ConfigurationError
from foretaste.core.names import Oid, State
from foretaste.ports.errors import UserError
from foretaste.ports.executor import Source
from tests.unit.service.written import GATE, TESTS, World, query, ref, spec


@pytest.fixture(name="world")
def world_fixture() -> World:
    return World()


def test_a_job_has_all_that_the_core_and_the_executor_need(world: World) -> None:
    jobs = world.ask(
        TESTS
        + """
[environment]
preinstall = ["setuptools==57.5.0"]
[job.build]
run = "make"
holds = true
fail_fast = true
shared = true
artefacts = ["dist/*"]
[job.tests]
run = "make test"
needs = ["build"]
with = ["lib"]
python = "3.12"
timeout = "5m"
voting = false
evidence = "junit"
env = { A = "1" }
"""
    )

    assert list(jobs) == ["build", "tests"]
    build, tests = jobs["build"], jobs["tests"]
    assert (build.holds, build.fail_fast, build.shared, build.voting) == (True, True, True, True)
    assert (tests.needs, tests.voting, tests.evidence) == (("build",), False, "junit")
    assert spec(build).artefacts == ("dist/*",)
    assert spec(tests).sources == (
        Source(project="app", commit="new1", tree="new"),
        Source(project="lib", commit="lib1", tree="lib"),
    )
    assert spec(tests).environment.python == "3.12"
    assert spec(tests).environment.preinstall == ("setuptools==57.5.0",)
    assert spec(tests).run.endswith("\nmake test")
    assert (spec(tests).timeout, spec(tests).env, spec(tests).label) == (300, {"A": "1"}, "tests")


def test_a_change_is_tested_with_its_own_jobs(world: World) -> None:
    old, new = (TESTS + f'job.tests.run = "{run}"\n' for run in ("old", "new"))

    assert spec(world.ask(new, old)["tests"]).run == "set -e\nnew"


def test_a01_a_required_job_cannot_be_dropped_by_the_change_itself(world: World) -> None:
    old = TESTS + 'job.tests = { run = "pytest", evidence = "junit" }\n'
    new = 'gate = ["noop"]\njob.noop.run = "true"\n'

    asked = world.propose(new, old)
    jobs = {str(job.name): job for job in world.jobs.jobs(asked)}

    assert list(jobs) == ["noop", "tests"]
    assert (jobs["tests"].voting, jobs["tests"].evidence) == (True, "junit")
    assert spec(jobs["tests"]).run.endswith("\npytest")
    # And it is the prospect that it runs on.
    assert spec(jobs["tests"]).sources[0].commit == dict(asked.state)[asked.ref]
    assert world.jobs.altered(asked) == ("tests",)


def test_a01_nor_by_settings_that_come_with_the_change(world: World) -> None:
    world.commit("app", "old", **{"setup.py": "", "tests/test_app.py": "import pytest"})
    world.commit("app", "new1", 'gate = ["noop"]\njob.noop.run = "true"\n')
    state: State = ((ref("app"), Oid("new1")),)

    jobs = {job.name: job for job in world.jobs.jobs(query("app", state))}

    assert list(jobs) == ["noop", "tests"]
    assert spec(jobs["tests"]).environment.install == (".", "pytest")  # type: ignore[index]


def test_a01_nor_can_a_tree_take_away_what_the_gate_holds(world: World) -> None:
    world.settings = load_gate(
        b'[project.app]\ngate = ["held"]\njob.held.run = "held"\n[project.lib]\n'
    )

    jobs = world.ask('gate = ["held"]\njob.held = { run = "true", voting = false }\n')

    assert list(jobs) == ["held"]
    assert spec(jobs["held"]).run.endswith("\nheld")
    assert jobs["held"].voting


def test_all_mistakes_of_the_prospect_are_told_at_once(world: World) -> None:
    with pytest.raises(UserError) as caught:
        world.ask('gate = ["a", "b"]\njob.c.run = 3\n', TESTS + 'job.tests.run = "x"\n')

    assert caught.value.what.splitlines() == [
        'foretaste.toml:1: gate[0]: there is no job "a" [FT206]; hint: write [job.a]',
        'foretaste.toml:1: gate[1]: there is no job "b" [FT206]; hint: write [job.b]',
        'foretaste.toml:2: job.c.run: must be text, not 3 [FT204]; hint: put it in quotes: "3"',
    ]


@pytest.mark.parametrize(
    "old",
    [
        "gate = [",
        'gate = ["tests", "gone", 3]\njob.gone.template = "nosuch"\njob.tests.run = "old"\n',
        'gate = "tests"\n',
    ],
)
def test_a_change_can_mend_a_target_that_is_broken(world: World, old: str) -> None:
    jobs = world.ask(TESTS + 'job.tests.run = "mended"\n', old)

    assert list(jobs) == ["tests"]


def test_what_a_broken_target_requires_still_stands_where_it_can_be_read(world: World) -> None:
    new = 'gate = ["noop"]\njob.noop.run = "true"\njob.tests = { run = "x", voting = false }\n'

    jobs = world.ask(new, TESTS + 'job.tests.run = "old"\njob.tests.oops = 1\n')

    assert list(jobs) == ["noop", "tests"]


def test_only_paths_of_the_change_are_asked_for_and_only_where_needed(world: World) -> None:
    world.contents.touched = ("docs/index.md",)
    text = 'gate = ["a", "b"]\njob.a = { run = "a", files = ["src/**"] }\njob.b.run = "b"\n'

    assert list(world.ask(text)) == ["b"]


def test_other_projects_come_from_the_prospect_else_from_their_tips(world: World) -> None:
    world.commit("far", "far7")
    world.contents.tips[ref("far", "stable")] = Oid("far7")
    text = TESTS + 'job.tests = { run = "x", with = ["lib", "far"] }\n'

    sources = spec(world.ask(text)["tests"]).sources

    assert [(each.project, each.commit) for each in sources[1:]] == [
        ("lib", "lib1"),
        ("far", "far7"),
    ]


def test_a_project_without_a_branch_is_said_to_have_none(world: World) -> None:
    text = TESTS + 'job.tests = { run = "x", with = ["far"] }\n'

    # Anyone may push to a branch that nobody guards.
    world.contents.tips[ref("far", "main")] = Oid("evil")

    with pytest.raises(ConfigurationError, match=r"tests\.with: project far has no branch stable"):
        world.ask(text)
    with pytest.raises(ConfigurationError, match="project app has no branch main"):
        world.jobs.jobs(query("app", ()))


# ---- The gate's own project, and what is kept ---------------------------------------------------


def test_settings_that_cannot_be_used_do_not_land(world: World) -> None:
    world.commit("gate", "old")
    world.commit("gate", "new1", "[policy]\nwindow = -1\n")
    state: State = ((ref("gate"), Oid("new1")),)

    with pytest.raises(ConfigurationError, match=r"foretaste\.toml:2: policy\.window"):
        world.jobs.jobs(query("gate", state, "check"))


def test_settings_that_can_be_used_have_a_job_that_parses_them(world: World) -> None:
    world.commit("gate", "old")
    world.commit("gate", "new1", "[policy]\nwindow = 1\n")
    state: State = ((ref("gate"), Oid("new1")),)

    [job] = world.jobs.jobs(query("gate", state))

    assert job.name == "settings"
    assert "tomllib.load" in spec(job).run


def test_a_commit_is_read_once_for_each_version_of_the_settings(world: World) -> None:
    asked = world.propose(TESTS + 'job.tests.run = "x"\n')
    world.jobs.jobs(asked)
    before = world.contents.reads

    world.jobs.jobs(asked)
    assert world.contents.reads == before

    world.settings = load_gate(GATE)
    world.jobs.jobs(asked)
    assert world.contents.reads > before


TOX = "[tox]\nenvlist = tests\n[testenv]\nskip_install = true\ncommands = python -m pytest {}\n"
WRITTEN = TESTS + "job.tests.run = 'pytest'\n"


@pytest.mark.parametrize(
    ("settings", "before", "after", "redefined"),
    [
        # Nothing is written down for us, or a template only: tox.ini says what is run.
        ("", {"tox.ini": TOX.format("tests")}, {"test_a.py": "import unittest\n"}, True),
        (
            'gate = ["tests"]\njob.tests.template = "tox"\n',
            {"tox.ini": TOX.format("tests")},
            {"tox.ini": TOX.format("--co")},
            True,
        ),
        (
            "",
            {"tox.ini": TOX.format("tests")},
            {"tox.ini": TOX.format("tests"), "a.py": "1"},
            False,
        ),
        (WRITTEN, {"tox.ini": TOX.format("tests")}, {"tox.ini": TOX.format("--co")}, False),
        (WRITTEN, {}, {"foretaste.toml": "gate = 1\n"}, True),
    ],
)
def test_jobs_are_defined_anew_by_whatever_they_are_made_from(
    world: World,
    settings: str,
    before: dict[str, str],
    after: dict[str, str],
    *,
    redefined: bool,
) -> None:
    """A01: a change alters in passing what is run of its branch."""
    world.settings = load_gate(b"[project.app]")
    text = {"foretaste.toml": settings} if settings else {}
    world.contents.commits["app", "before"] = {**text, **before}
    world.contents.commits["app", "after"] = {**text, **after}

    assert world.jobs.redefines("app", "before", "after") is redefined
    assert not world.jobs.redefines("app", "before", "before")
