"""The gate's own settings become what the core knows of projects, policy and semaphores."""

from __future__ import annotations

from dataclasses import fields

import pytest

from foretaste.config.gate import GateSettings, load_gate
from foretaste.config.mistakes import ConfigurationError
from foretaste.config.schema import PolicyTable, UserTable
from foretaste.core.names import ProjectName, QueueName
from foretaste.core.policy import Operator, Policy, Step
from foretaste.core.project import Project
from foretaste.service.access import Role

SETTINGS = b"""
[policy]
window = 5
window_increase = "*2"
evidence_floor = 1

[project.flask]
queue = "pallets"
branches = ["main", "3.0.x"]
branch_queues = true
allow_cycles = true
trusted = true
gate = ["tests"]

[project.flask.job.tests]
template = "ours"
python = ["3.11", "3.13"]
with = ["gate"]

[project.click]

[user.ann]
roles = ["approve", "config"]

[semaphores]
database = 2

[template.ours]
template = "pytest"
semaphore = "database"
"""


def test_an_empty_file_is_a_gate_with_itself_alone() -> None:
    event = load_gate(b"").configured()

    assert event.policy == Policy()
    assert event.projects == (Project(name=ProjectName("gate"), queue=QueueName("gate")),)
    assert event.semaphores == ()


def test_settings_become_what_the_core_knows() -> None:
    event = load_gate(SETTINGS).configured()

    assert event.policy == Policy(
        window=5, window_increase=Step(operator=Operator.TIMES, amount=2), evidence_floor=1.0
    )
    assert event.semaphores == (("database", 2),)
    assert event.projects == (
        Project(name=ProjectName("click"), queue=QueueName("click")),
        Project(
            name=ProjectName("flask"),
            queue=QueueName("pallets"),
            branches=("main", "3.0.x"),
            branch_queues=True,
            allow_cycles=True,
        ),
        Project(name=ProjectName("gate"), queue=QueueName("gate")),
    )


def test_every_field_of_the_policy_is_a_setting_with_the_same_default() -> None:
    assert set(PolicyTable.model_fields) == {field.name for field in fields(Policy)}
    assert load_gate(b"[policy]\n").policy == Policy()


def test_roles_are_those_of_the_faces() -> None:
    annotation = UserTable.model_fields["roles"].annotation

    assert all(f"'{role.value}'" in str(annotation) for role in Role)
    assert len(list(Role)) == str(annotation).count("'") / 2


def test_who_is_not_named_may_do_nothing() -> None:
    settings = load_gate(SETTINGS)

    assert settings.roles("ann") == {"approve", "config"}
    assert settings.roles("bob") == frozenset()


def test_what_the_gate_says_of_a_projects_jobs_is_held() -> None:
    settings = load_gate(SETTINGS)

    held = settings.held("flask")

    assert held is not None
    assert held.held
    assert held.table.gate == ["tests"]
    assert held.origin(("job", "tests", "with", 0)) == "foretaste.toml:18"
    assert settings.held("click") is None
    assert settings.held("nosuch") is None


def test_what_a_project_may_name() -> None:
    known = load_gate(SETTINGS, services=frozenset({"redis"})).known("flask")

    assert known.projects == frozenset({"flask", "click", "gate"})
    assert known.semaphores == frozenset({"database"})
    assert known.services == frozenset({"redis"})
    assert known.jobs == {"tests": ("3.11", "3.13")}
    assert list(known.templates) == ["ours"]
    assert known.network
    assert not load_gate(SETTINGS).known("click").network
    assert not GateSettings().known("nosuch").network


def told(raw: bytes) -> list[str]:
    """Return what is wrong with settings, each mistake as place and words."""
    with pytest.raises(ConfigurationError) as caught:
        load_gate(raw)
    return [f"{mistake.where} {mistake.what}" for mistake in caught.value.mistakes]


def test_settings_that_are_no_toml_are_refused_whole() -> None:
    assert [one.split()[0] for one in told(b"[policy]\nwindow = \n")] == ["foretaste.toml:2"]


def test_a_planner_that_nobody_installed_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_gate(b'[policy]\nplanner = "windw"\n', planners=frozenset({"window"}))

    (mistake,) = caught.value.mistakes
    assert (mistake.where, mistake.what) == (
        "foretaste.toml:2",
        "no planner 'windw' is installed",
    )
    assert "window" in mistake.hint


def test_mistakes_of_projects_and_templates_are_told_at_once() -> None:
    raw = b"""
[project.flask.job.tests]
template = "nosuch"
[template.ours]
timeout = true
[template.mine]
template = "mine"
needs = ["x"]
[template.pytest]
run = "true"
"""

    assert told(raw) == [
        'foretaste.toml:3 there is no template "nosuch"',
        "foretaste.toml:5 must be text, not true",
        "foretaste.toml:7 a template cannot stand on itself",
        "foretaste.toml:8 a template cannot need the jobs of a project",
        "foretaste.toml:9 the library has a template pytest already",
    ]
