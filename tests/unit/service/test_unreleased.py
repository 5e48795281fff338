"""An unreleased state is found only where settings allow, and goes with its change from there on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from foretaste.config.addresses import address
from foretaste.config.mistakes import ConfigurationError
from foretaste.config.values import WrongValueError
from foretaste.core.cause import Cause
from foretaste.core.change import Unreleased
from foretaste.core.explain import explain
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId, Oid
from foretaste.ports.errors import UserError
from foretaste.ports.executor import Source
from foretaste.ports.upstreams import Upstream
from foretaste.service.unreleased import Dependencies
from tests.unit.core.town import Town
from tests.unit.service.test_forge import approved, forge
from tests.unit.service.test_perform import Asking
from tests.unit.service.test_proposals import changes, commit, push, pushed
from tests.unit.service.written import TESTS, World, spec

A, B = ChangeId("A"), ChangeId("B")
JOBS = TESTS + 'job.tests.run = "true"\n'
TIP, LATER = "c" * 40, "d" * 40
ALLOWED = ("https://git.test/team/", "file:///srv/git/tiny")
TINY = Unreleased(
    name="tiny", url="https://git.test/team/tiny", ref="main", commit=Oid(TIP), place="upstream-1"
)
MOVED = replace(TINY, commit=Oid(LATER))


@dataclass
class Shelf:
    """Repositories of others: refs of each, and the files of their only commit."""

    refs: Mapping[str, str] = field(default_factory=lambda: {"main": TIP, TIP: TIP, "v/1.x": TIP})
    pyproject: str | None = None
    opened: list[str] = field(default_factory=list)

    def open(self, place: str) -> Upstream:
        """Open one."""
        self.opened.append(place)
        return self  # type: ignore[return-value]

    def find(self, ref: str) -> str:
        """Return what a ref stands for."""
        if ref not in self.refs:
            raise UserError("FT962", f"there is no {ref!r} in it")
        return self.refs[ref]

    def source(self, oid: str) -> Source:
        """Return the tree of a commit."""
        return Source(project="upstream-1", commit=oid, tree="t")

    def read(self, project: str, commit: str, path: str) -> bytes | None:
        """Return a file."""
        assert (project, commit, path) == ("upstream-1", TIP, "pyproject.toml")
        return None if self.pyproject is None else self.pyproject.encode()

    def dependencies(self) -> Dependencies:
        """Return what finds states here."""
        return Dependencies(upstreams=self, read=self.read, allowed=lambda: ALLOWED)


@pytest.mark.parametrize(
    ("line", "url", "ref"),
    [
        ("Ti.ny@https://git.test/team/tiny@main", "https://git.test/team/tiny", "main"),
        ("ti-ny@git+https://GIT.test/team/a/b.git@v/1.x", "https://GIT.test/team/a/b.git", "v/1.x"),
        (f"ti_ny@file:///srv/git/tiny@{TIP}", "file:///srv/git/tiny", TIP),
    ],
)
def test_a_state_is_found_with_what_its_ref_stands_for(line: str, url: str, ref: str) -> None:
    shelf = Shelf()

    found = shelf.dependencies().find(line)

    assert found == Unreleased(name="ti-ny", url=url, ref=ref, commit=Oid(TIP), place="upstream-1")
    assert shelf.opened == [url]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("tiny@https://git.test/teams/tiny@main", "FT948"),
        ("tiny@http://git.test/team/tiny@main", "FT948"),
        ("tiny@https://git.test:8443/team/tiny@main", "FT948"),
        ("tiny@https://other.test/team/tiny@main", "FT948"),
        ("tiny@https://git.test/team/../secret@main", "FT948"),
        ("tiny@https://git.test/team/./tiny@main", "FT948"),
        ("tiny@https://[git.test/team/tiny@main", "FT948"),
        ("tiny@https://git\u2100test/team/tiny@main", "FT948"),
        ("tiny@file:///srv/git/tiny-other@main", "FT948"),
        ("tiny@https://user:word@git.test/team/tiny@main", "FT947"),
        ("tiny@https://git.test/team/%2e%2e/secret@main", "FT947"),
        ("tiny@https://git.test/team/tiny?x@main", "FT947"),
        ("tiny@https://git.test/team/tiny@refs/heads/main", "FT947"),
        ("tiny@https://git.test/team/tiny@-x", "FT947"),
        ("tiny@https://git.test/team/tiny", "FT947"),
        ("-tiny@https://git.test/team/tiny@main", "FT947"),
        ("tiny@/srv/git/tiny@main", "FT947"),
    ],
)
def test_what_may_not_be_asked_is_not_asked(line: str, code: str) -> None:
    shelf = Shelf()

    with pytest.raises(UserError, match=code):
        shelf.dependencies().find(line)

    assert shelf.opened == []


@pytest.mark.parametrize(
    ("pyproject", "fits"),
    [
        ("[project]\nname = 'Tiny'\n", True),
        ("[project]\nname = 'other'\n", False),
        ("[project]\nname = 3\n", True),
        ("[tool.x]\n", True),
        ("[[", True),
        (None, True),
    ],
)
def test_a_tree_that_says_to_be_another_package_is_refused(
    pyproject: str | None, *, fits: bool
) -> None:
    """What does not say it without being built is taken: its name shows when it is installed."""
    dependencies = Shelf(pyproject=pyproject).dependencies()
    line = "tiny@https://git.test/team/tiny@main"

    if fits:
        assert dependencies.find(line).name == "tiny"
    else:
        with pytest.raises(UserError, match="FT949"):
            dependencies.find(line)


@pytest.mark.parametrize(
    "text",
    [
        "https://git.test",
        "https://git.test/team/",
        "http://127.0.0.1:8000/x",
        "file:///srv/git",
    ],
)
def test_an_address_may_be_written(text: str) -> None:
    assert address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "file:///",
        "file://host/x",
        "ssh://git.test/x",
        "ext::sh",
        "https://a@git.test/x",
        "https://git.test/x?y",
        "https://git.test/x#y",
        "https://git.test/a/../b",
        "https://[/x",
        "https://git.test/\x07",
    ],
)
def test_what_is_no_address_may_not(text: str) -> None:
    with pytest.raises(WrongValueError):
        address(text)


def test_a_change_keeps_it_and_what_has_moved_is_another_revision() -> None:
    first = push(commit("a", unreleased=(TINY,), lands=False), approve=True)
    facts = pushed(Facts(), first, first)
    (change,) = changes(facts)
    assert (change.revision, change.unreleased) == (1, (TINY,))
    assert (change.landable, change.only_checked, change.ready) == (False, True, False)

    facts = pushed(facts, push(commit("a", unreleased=(MOVED,), lands=False)))
    (change,) = changes(facts)
    assert (change.revision, change.unreleased, change.approved_by) == (2, (MOVED,), ())

    facts = pushed(facts, push(commit("b"), approve=True))
    (change,) = changes(facts)
    assert (change.revision, change.ready, change.only_checked) == (3, True, False)


def with_unreleased(town: Town, *names: ChangeId, landable: bool = False) -> Town:
    """Let changes depend on something unreleased, as their forge shows them."""
    for name in names:
        known = town.world.forge.changes[name]
        town.world.forge.edit(replace(known, unreleased=(TINY,), landable=landable))
    return town


def test_an_approved_one_is_checked_and_does_not_land() -> None:
    jobs = [{"name": "M"}, {"name": "K", "pipeline": "check"}]
    town = with_unreleased(Town("A", job=jobs), A)("approve A")
    assert town.queued == []
    assert A in town.facts.checks

    town("finish K[A]")

    said = explain(town.facts, A)
    assert (said.cause, said.names) == (Cause.NOT_RELEASED, ("tiny at main",))
    assert town.merged == []


def test_the_host_refuses_it_at_the_last_moment_unless_settings_allow_it() -> None:
    town = approved("ann", unreleased=(TINY,))
    member = town.facts.changes[A].member

    refusing, allowing = forge(town), replace(forge(town), lands_unreleased=lambda: True)

    assert refusing.may_land(member) == "change A depends on what is not released: tiny"
    assert allowing.may_land(member) == ""


def test_builds_of_what_needs_it_get_it_too() -> None:
    stack = [{"id": "A", "project": "R"}, {"id": "B", "project": "R", "depends_on": ["A"]}]
    jobs = [{"name": "M"}, {"name": "K", "pipeline": "check"}]
    town = with_unreleased(Town(job=jobs, change=stack, world=Asking), A)("event A", "event B")
    world = town.world
    assert isinstance(world, Asking)

    asked = {(query.change.id, query.unreleased) for query in world.asked}

    assert asked == {(A, (TINY,)), (B, (TINY,))}


def test_a_job_gets_the_tree_in_place_of_the_release_and_its_inputs_know_it() -> None:
    world = World()
    world.commit("upstream-1", TIP)
    world.commit("upstream-1", LATER)
    query = world.propose(JOBS)
    plain, patched, moved = (
        world.jobs.jobs(replace(query, unreleased=states))[0] for states in ((), (TINY,), (MOVED,))
    )

    assert [source.project for source in spec(plain).sources] == ["app"]
    assert spec(patched).sources[1:] == (
        Source(project="upstream-1", commit=TIP, tree=world.contents.tree("upstream-1", TIP)),
    )
    assert plain.inputs != patched.inputs
    assert spec(moved).sources[1].commit == LATER


def test_a_project_without_a_check_pipeline_is_checked_with_its_gate_jobs() -> None:
    world = World()
    world.commit("upstream-1", TIP)
    query = replace(world.propose(JOBS.replace('check = ["tests"]', "")), pipeline="check")

    assert world.jobs.jobs(query) == ()
    found = world.jobs.jobs(replace(query, unreleased=(TINY,)))
    assert [job.name for job in found] == ["tests"]


def test_changes_that_ask_for_different_states_cannot_be_tested_together() -> None:
    world = World()
    world.commit("upstream-1", TIP)
    query = replace(world.propose(JOBS), unreleased=(TINY, replace(MOVED, ref="other")))

    with pytest.raises(ConfigurationError, match="tiny is asked for at main and at other"):
        world.jobs.jobs(query)
