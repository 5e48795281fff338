"""What a search holds back goes as far as the project's tests pass on what an index has."""

from __future__ import annotations

from packaging.version import Version

from foretaste.service.check.forwarding import Onward
from foretaste.service.check.subject import Patch
from foretaste.taste.dossier import Forwarded
from foretaste.taste.finding import Verdict
from tests.fakes.between import DAY, Fails, Versions, WorldBetween, ladder, pin, shown


def from_on(name: str, version: str, what: str = "") -> Fails:
    """Fail with a name's version and all that are newer."""

    def fails(state: Versions) -> str:
        bad = Version(state[name]) >= Version(version)
        return (what or f"ImportError: cannot import it from {name!r}") if bad else ""

    return fails


def to(key: str, old: str, new: str, *fails: str) -> Forwarded:
    return Forwarded(key=key, old=old, to=new, fails=fails)


def test_one_moves_to_the_last_version_before_the_break() -> None:
    world = WorldBetween(
        releases={
            "dep": ladder("2.3.7", "2.3.8", "3.0.0", "3.0.1", "3.1.9"),
            "go": ladder("1", "2"),
        },
        fails=from_on("dep", "3.0.0"),
    )

    found, onward = world.check({"dep": "2.3.7", "go": "1"}, {"dep": "3.1.9", "go": "2"})

    assert set(found.held) == {"dep"}
    assert onward.forwarded == (to("dep", "2.3.7", "2.3.8", "3.0.0", "3.0.1", "3.1.9"),)
    assert onward.beyond == {"dep": ("3.0.0", "3.0.1", "3.1.9")}
    assert [state["dep"] for state in world.tried] == ["3.0.1", "3.0.0", "2.3.8"]
    assert {state["go"] for state in world.tried} == {"2"}
    numbers = [each.trial.number for each in onward.tried]
    assert numbers == [found.trials + 1, found.trials + 2, found.trials + 3]
    assert [each.part for each in onward.tried][1:] == [("dep 3.0.0",), ("dep 2.3.8",)]
    assert {each.trial.moved for each in onward.tried} == {frozenset({"go"})}
    assert world.said[-2:] == [
        f"trial {numbers[2]}: part of the way, with dep 2.3.8",
        f"trial {numbers[2]}: passed in 0.0 s, 1 test",
    ]


def test_where_nothing_lies_between_it_costs_nothing() -> None:
    world = WorldBetween(releases={"dep": ladder("1", "2")}, fails=from_on("dep", "2"))

    _, onward = world.check({"dep": "1"}, {"dep": "2"})

    assert onward == Onward()
    assert (world.tried, world.asked) == ([], [])


def test_where_nothing_passes_the_cap_begins_at_the_first_of_them() -> None:
    world = WorldBetween(releases={"dep": ladder("1.0", "1.1", "1.2")}, fails=from_on("dep", "1.1"))

    _, onward = world.check({"dep": "1.0"}, {"dep": "1.2"})

    assert onward.forwarded == ()
    assert onward.beyond == {"dep": ("1.1", "1.2")}
    assert len(onward.tried) == 1


def test_two_that_break_each_other_move_together() -> None:
    def fails(state: Versions) -> str:
        if Version(state["jinja"]) >= Version("3.1"):
            return "ImportError: cannot import name 'filter' from 'jinja'"
        if state["jinja"] == "2.11" and Version(state["safe"]) >= Version("2.1"):
            return (
                'ImportError: Traceback (most recent call last):\n  File "/e/lib/python3.11/'
                'site-packages/jinja/filters.py", line 1, in <module>\n    from safe import soft\n'
                "ImportError: cannot import name 'soft' from 'safe'"
            )
        return ""

    world = WorldBetween(
        releases={
            "jinja": {"2.11": (), "3.0.3": ("safe>=2.0",), "3.1": ("safe>=2.0",)},
            "safe": ladder("1.1", "2.1"),
        },
        fails=fails,
    )

    found, onward = world.check({"jinja": "2.11", "safe": "1.1"}, {"jinja": "3.1", "safe": "2.1"})

    assert set(found.held) == {"jinja", "safe"}
    assert onward.forwarded == (to("jinja", "2.11", "3.0.3", "3.1"), to("safe", "1.1", "2.1"))
    assert onward.beyond == {"jinja": ("3.1",), "safe": ()}
    assert world.tried == [{"jinja": "3.0.3", "safe": "2.1"}]


def test_of_several_that_break_apart_each_goes_as_far_as_it_can() -> None:
    one, other = from_on("one", "2.0"), from_on("other", "1.2")
    versions = ladder("1.0", "1.1", "1.2", "2.0")
    world = WorldBetween(
        releases={"one": versions, "other": versions},
        fails=lambda state: one(state) or other(state),
    )

    _, onward = world.check(
        dict.fromkeys(["one", "other"], "1.0"), dict.fromkeys(["one", "other"], "2.0")
    )

    assert onward.forwarded == (
        to("one", "1.0", "1.2", "2.0"),
        to("other", "1.0", "1.1", "1.2", "2.0"),
    )


def test_what_only_needs_a_culprit_goes_as_far_as_that_lets_it() -> None:
    world = WorldBetween(
        releases={
            "low": ladder("2.0", "2.1", "3.0"),
            "high": {"2.0": ("low<3",), "2.2": ("low<3",), "3.0": ("low>=3",)},
        },
        fails=from_on("low", "3.0"),
    )

    found, onward = world.check({"low": "2.0", "high": "2.0"}, {"low": "3.0", "high": "3.0"})

    assert [set(each.keys) for each in found.culprits] == [{"low"}]
    assert onward.forwarded == (to("high", "2.0", "2.2"), to("low", "2.0", "2.1", "3.0"))
    assert onward.beyond == {"high": ("3.0",), "low": ("3.0",)}


def test_who_keeps_company_may_be_why_it_fails_and_then_stays() -> None:
    low, high = from_on("low", "3.0"), from_on("high", "2.2", "ImportError: of the other")
    world = WorldBetween(
        releases={
            "low": ladder("2.0", "2.1", "3.0"),
            "high": {"2.0": ("low<3",), "2.2": ("low<3",), "3.0": ("low>=3",)},
        },
        fails=lambda state: low(state) or (high(state) if state["high"] != "3.0" else ""),
    )

    _, onward = world.check({"low": "2.0", "high": "2.0"}, {"low": "3.0", "high": "3.0"})

    assert onward.forwarded == (to("low", "2.0", "2.1", "3.0"),)
    assert world.tried == [{"low": "2.1", "high": "2.2"}, {"low": "2.1", "high": "2.0"}]


def test_what_comes_along_and_what_is_no_longer_needed_is_told() -> None:
    world = WorldBetween(
        releases={
            "dep": {"1.0": ("along",), "1.1": ("free>=2",), "2.0": ("along",)},
            "along": ladder("1"),
            "free": ladder("1", "2"),
        },
        fails=from_on("dep", "2.0"),
    )
    same = {"along": "1", "free": "1"}

    _, onward = world.check({"dep": "1.0", **same}, {"dep": "2.0", **same})

    assert onward.forwarded == (to("dep", "1.0", "1.1", "2.0"), to("free", "1", "2"))
    assert onward.dropped == ("along",)


def test_only_what_the_index_had_that_day_lies_between() -> None:
    more = (
        shown("1.1", "dep", uploaded=None),
        shown("1.2", "dep", uploaded=DAY),
        shown("1.3", "dep", yanked="broken"),
        shown("1.4", "dep", requires_python=">=3.12"),
        shown("1.5", "dep", requires_python="no such thing"),
    )
    world = WorldBetween(
        releases={"dep": ladder("1.0", "2.0")}, fails=from_on("dep", "1.1"), files=more
    )

    _, onward = world.check({"dep": "1.0"}, {"dep": "2.0"})

    # 1.5 is on the index, but no resolver takes it.
    assert onward.beyond == {"dep": ("1.5", "2.0")}
    assert [asking.constraints for asking in world.asked] == [("dep<=1.5",)]
    assert onward.tried == ()

    _, now = world.check({"dep": "1.0"}, {"dep": "2.0"}, as_of=None)
    assert now.beyond == {"dep": ("1.1", "1.2", "1.5", "2.0")}


def test_a_release_that_is_asked_for_by_its_version_leaves_nothing_between() -> None:
    world = WorldBetween(releases={"dep": ladder("1.0", "1.1", "2.0")}, fails=from_on("dep", "2.0"))

    _, exact = world.check({"dep": "1.0"}, {"dep": "2.0"}, releases=("dep==2.0",))
    assert exact == Onward()
    _, newer = world.check({"dep": "1.0"}, {"dep": "2.0"}, releases=("dep>1", "dep<3"))
    assert newer.forwarded == (to("dep", "1.0", "1.1", "2.0"),)


def test_beside_unreleased_states_nothing_is_tried() -> None:
    world = WorldBetween(releases={"dep": ladder("1.0", "1.1", "2.0")}, fails=from_on("dep", "2.0"))
    patch = Patch(pin=pin("dep", "2.0"), origin="git+x@y", mark="abc")

    assert world.check({"dep": "1.0"}, {"dep": "2.0"}, patches=(patch,))[1] == Onward()


def test_of_what_the_index_does_not_show_nothing_lies_between() -> None:
    world = WorldBetween(
        releases={"dep": ladder("1.0", "1.1", "2.0")},
        fails=from_on("dep", "2.0"),
        broken=("dep",),
    )

    assert world.check({"dep": "1.0"}, {"dep": "2.0"})[1] == Onward()


def test_without_a_break_nothing_is_held() -> None:
    world = WorldBetween(releases={"dep": ladder("1.0", "1.1", "2.0")}, fails=lambda _: "")

    found, onward = world.check({"dep": "1.0"}, {"dep": "2.0"})

    assert (found.verdict, onward) == (Verdict.ACCEPT, Onward())


def test_a_flake_between_is_no_failure() -> None:
    seen: list[Versions] = []

    def fails(state: Versions) -> str:
        seen.append(state)
        if state["dep"] == "1.1" and len(seen) % 2:
            return "OSError: the network is away"
        return from_on("dep", "2.0")(state)

    world = WorldBetween(releases={"dep": ladder("1.0", "1.1", "2.0")}, fails=fails)
    _, onward = world.check({"dep": "1.0"}, {"dep": "2.0"})

    assert onward.forwarded == (to("dep", "1.0", "1.1", "2.0"),)
    # Only what failed is run again.
    assert world.tests in ([()], [(), ("t.py::t",)])


def test_another_failure_counts_when_it_comes_again() -> None:
    def fails(state: Versions) -> str:
        return "OSError: other" if state["dep"] == "1.1" else from_on("dep", "2.0")(state)

    world = WorldBetween(releases={"dep": ladder("1.0", "1.1", "2.0")}, fails=fails)
    _, onward = world.check({"dep": "1.0"}, {"dep": "2.0"})

    assert (onward.forwarded, onward.beyond) == ((), {"dep": ("1.1", "2.0")})
    assert world.tests == [(), ("t.py::t",)]


def test_trials_that_are_lost_say_nothing_and_are_bounded() -> None:
    def fails(state: Versions) -> str:
        return "lost" if state["dep"] == "1.1" else from_on("dep", "2.0")(state)

    world = WorldBetween(releases={"dep": ladder("1.0", "1.1", "2.0")}, fails=fails)
    _, onward = world.check({"dep": "1.0"}, {"dep": "2.0"})

    assert (onward.forwarded, onward.beyond) == ((), {"dep": ("1.1", "2.0")})
    assert len(onward.tried) == 4


def test_the_budget_of_the_check_bounds_it() -> None:
    versions = ladder("1.0", "1.1", "1.2", "1.3", "2.0")
    world = WorldBetween(releases={"dep": versions}, fails=from_on("dep", "1.1"))

    found, onward = world.check({"dep": "1.0"}, {"dep": "2.0"})
    again, bounded = world.check({"dep": "1.0"}, {"dep": "2.0"}, budget=found.trials + 1)

    assert (len(onward.tried), len(bounded.tried)) == (3, 1)
    assert again.trials == found.trials
    assert bounded.beyond == {"dep": ("1.1", "1.2", "1.3", "2.0")}


def test_what_gives_up_takes_no_finding_away() -> None:
    world = WorldBetween(
        releases={"dep": ladder("1.0", "1.1", "2.0")}, fails=from_on("dep", "2.0"), refusing=True
    )

    found, onward = world.check({"dep": "1.0"}, {"dep": "2.0"})

    assert set(found.held) == {"dep"}
    assert (onward.forwarded, onward.beyond) == ((), {"dep": ("1.1", "2.0")})
    assert world.said[-1] == "what is held back is tried no further: uv is not here"


def test_where_nothing_can_be_resolved_nothing_is_tried() -> None:
    world = WorldBetween(
        releases={"dep": ladder("1.0", "1.1", "2.0"), "odd": {"1": ("dep<1",)}},
        fails=from_on("dep", "2.0"),
    )

    _, onward = world.check({"dep": "1.0", "odd": "1"}, {"dep": "2.0", "odd": "1"})

    assert (onward.beyond, onward.tried) == ({"dep": ("1.1", "2.0")}, ())
    assert len(world.asked) == 1


def test_of_what_hangs_little_is_tried() -> None:
    versions = ladder("1.0", "1.1", "1.2", "1.3", "1.4", "2.0")
    world = WorldBetween(releases={"dep": versions}, fails=from_on("dep", "1.1", "hangs"))

    found, onward = world.check({"dep": "1.0"}, {"dep": "2.0"})

    assert [each.hung for culprit in found.culprits for each in culprit.failures] == [True]
    assert len(onward.tried) == 2
