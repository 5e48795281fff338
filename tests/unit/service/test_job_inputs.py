"""What a build reads is its inputs: equal for equal trees, another for whatever else differs."""

from __future__ import annotations

import pytest

from foretaste.config.gate import load_gate
from foretaste.service.jobs import ConfiguredJobs
from tests.unit.service.written import TESTS, World, spec

WITH_LIB = TESTS + 'job.tests = { run = "x", with = ["lib"] }\n'


@pytest.fixture(name="world")
def world_fixture() -> World:
    return World()


def inputs(world: World, text: str, lib: str = "lib1") -> str:
    return world.ask(text, lib=lib)["tests"].inputs


def test_the_same_trees_and_definition_are_the_same_inputs(world: World) -> None:
    world.commit("lib", "lib2")

    assert inputs(world, WITH_LIB) == inputs(world, WITH_LIB, lib="lib2")
    assert len(inputs(world, WITH_LIB)) == 64


@pytest.mark.parametrize(
    "text",
    [
        TESTS + 'job.tests = { run = "y", with = ["lib"] }\n',
        TESTS + 'job.tests = { run = "x" }\n',
        TESTS + 'job.tests = { run = "x", with = ["lib"], python = "3.12" }\n',
        TESTS + 'job.tests = { run = "x", with = ["lib"], env = { A = "1" } }\n',
        TESTS + 'job.tests = { run = "x", with = ["lib"], install = ["pytest"] }\n',
        TESTS + 'job.tests = { run = "x", with = ["lib"], timeout = "1m" }\n',
        TESTS + 'job.tests = { run = "x", with = ["lib"], needs = ["b"] }\njob.b.run = "b"\n',
        WITH_LIB + 'environment.preinstall = ["setuptools<60"]\n',
    ],
)
def test_another_definition_is_another_input(world: World, text: str) -> None:
    before = inputs(world, WITH_LIB)

    assert inputs(World(), text) not in {before, ""}


def test_another_tree_interpreter_or_index_is_another_input(world: World) -> None:
    world.commit("lib", "changed1")
    before = inputs(world, WITH_LIB)

    assert inputs(world, WITH_LIB, lib="changed1") != before
    world.index = "tuesday"
    assert inputs(world, WITH_LIB) != before
    newer = ConfiguredJobs(
        world.contents, lambda: world.settings, interpreter="3.12.1", index=lambda: "monday"
    )
    assert newer.jobs(world.propose(WITH_LIB))[0].inputs != before


def test_what_a_needed_job_reads_is_read_as_well(world: World) -> None:
    text = TESTS + 'job.tests = { run = "x", needs = ["b"] }\njob.b.run = "%s"\n'

    assert inputs(world, text % "one") != inputs(World(), text % "two")


def test_with_the_network_nothing_is_known_and_so_nothing_used_again(world: World) -> None:
    world.settings = load_gate(b"[project.app]\ntrusted = true\n[project.lib]\n")
    text = TESTS + (
        'job.tests = { run = "x", needs = ["b"] }\njob.b = { run = "b", network = true }\n'
    )

    jobs = world.ask(text)

    assert spec(jobs["b"]).network
    assert [job.inputs for job in jobs.values()] == ["", ""]


def test_another_interpreter_of_the_same_version_is_another_input(world: World) -> None:
    """A verdict is not used again where 3.11 has come to be another program since."""
    asked = world.propose('gate = ["tests"]\njob.tests = { run = "x", python = "3.11" }\n')
    found = [
        ConfiguredJobs(
            world.contents,
            lambda: world.settings,
            interpreter="3.11.2",
            identify=lambda python, patch=patch: f"{python}.{patch}",  # type: ignore[misc]
        ).jobs(asked)
        for patch in (2, 2, 3)
    ]

    inputs = [next(job.inputs for job in jobs if job.name == "tests") for jobs in found]
    assert inputs[0] == inputs[1] != inputs[2]
