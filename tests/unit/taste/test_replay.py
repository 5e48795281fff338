"""A stretch: when each release is seen, what becomes of it, and when what was held is free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from foretaste.taste.dossier import Dossier, Gathered, Seconds, Subject, dossier_of
from foretaste.taste.dossier import Forwarded as Forward
from foretaste.taste.finding import Baseline, Culprit, Finding, Verdict
from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import moves_between
from foretaste.taste.outcome import Failure, Signature
from foretaste.taste.replay import (
    Fate,
    Replay,
    Rhythm,
    Upload,
    after,
    fail,
    miss,
    next_look,
    note,
    passed_over,
    state_after,
)

DAY = 86400.0
STATE = {"flask": "1.1.2", "jinja2": "3.0.3", "markupsafe": "2.0.1"}
ALLOWED = {"flask": "<2", "jinja2": ""}
FAILURE = Failure(
    test="t", signature=Signature(type="ImportError", message="n"), message="cannot import soft"
)
BEGUN = Replay(begin=0.0, end=9 * DAY, state=STATE)


def found(
    candidate: Mapping[str, str],
    *culprits: frozenset[str],
    held: Mapping[str, str] | None = None,
    forwarded: tuple[Forward, ...] = (),
    verdict: Verdict | None = None,
) -> Dossier:
    """Return the dossier of a check that found these culprits on the way to a candidate."""
    moves = {move.key: move for move in moves_between(STATE, candidate)}
    lattice = Lattice(base=STATE, moves=moves, needs={key: frozenset({key}) for key in moves})
    holding = {key: "culprit" for each in culprits for key in each} | dict(held or {})
    finding = Finding(
        verdict=verdict or (Verdict.REJECT if culprits else Verdict.ACCEPT),
        baseline=Baseline.PASSED,
        culprits=tuple(Culprit(keys=each, confidence=1.0, failures=(FAILURE,)) for each in culprits),
        held=holding,
        accepted=frozenset(moves) - set(holding),
        trials=3,
        reason="the budget is used up" if verdict else "",
    )  # fmt: skip
    gathered = Gathered(
        subject=Subject(python="3.9", test="pytest", base_from="", as_of=0.0),
        seconds=Seconds(total=8.0),
        forwarded=forwarded,
    )
    return dossier_of(finding, lattice, gathered)


def upload(name: str, version: str, at: float = 100.0, yanked: str | None = None) -> Upload:
    return Upload(name=name, version=version, at=at, yanked=yanked)


@pytest.mark.parametrize(
    ("at", "every", "seen"),
    [(0.0, 900.0, 900.0), (899.0, 900.0, 900.0), (899.5, 900.0, 900.0), (900.0, 900.0, 1800.0),
     (100.7, 0.0, 101.0), (5000.0, 3600.0, 7200.0)],
)  # fmt: skip
def test_a_release_is_seen_at_the_next_look(at: float, every: float, seen: float) -> None:
    rhythm = Rhythm(every=every)

    assert next_look([upload("a", "1", at), upload("b", "1", at + 9000)], 0.0, rhythm) == seen
    assert next_look([], 0.0, rhythm) is None


@pytest.mark.parametrize(
    ("release", "fate", "why"),
    [
        (upload("jinja2", "3.1.0"), None, ""),
        (upload("jinja2", "2.11.9"), Fate.UNUSED, "not newer than jinja2 3.0.3"),
        (upload("jinja2", "3.1.0rc1"), Fate.UNUSED, "a pre-release"),
        (upload("jinja2", "3.1-final-one"), Fate.UNUSED, "cannot be compared"),
        (upload("gone", "3.1.0"), Fate.UNUSED, "nothing needs"),
        (upload("flask", "2.0.0"), Fate.UNUSED, "the project asks for flask<2"),
        (upload("flask", "1.1.4"), None, ""),
        (upload("jinja2", "3.1.0", yanked=""), Fate.YANKED, "no reason was given"),
        (upload("jinja2", "3.1.0", yanked="broken"), Fate.YANKED, "broken"),
    ],
)
def test_no_look_is_taken_for_what_nothing_would_install(
    release: Upload, fate: Fate | None, why: str
) -> None:
    over = passed_over(release, STATE, ALLOWED)

    assert (over[0] if over else None) is fate
    assert why in (over[1] if over else "")


def test_one_that_works_with_pre_releases_sees_them() -> None:
    assert passed_over(upload("a", "2.0rc2"), {"a": "2.0rc1"}, {}) is None


def test_what_passes_goes_on_when_it_is_old_enough() -> None:
    new = upload("jinja2", "3.1.0", at=100.0)
    replay = after(BEGUN, [new], 900.0, (found({**STATE, "jinja2": "3.1.0"}), 3 * DAY))

    (release,) = replay.releases
    assert (release.fate, release.seen, release.after) == (Fate.PASSED, 900.0, 808.0)
    assert release.lands == 3 * DAY + 100.0
    assert replay.state == {**STATE, "jinja2": "3.1.0"}
    assert (replay.trials, replay.seconds) == (3, 8.0)
    assert replay.looks[0].releases == ("jinja2 3.1.0",)


def test_a_culprit_is_caught_and_free_again_when_something_newer_passes() -> None:
    bad = upload("markupsafe", "2.1.0", at=100.0)
    dossier = found({**STATE, "markupsafe": "2.1.0"}, frozenset({"markupsafe"}))
    replay = after(BEGUN, [bad], 900.0, (dossier, 0.0))

    (release,) = replay.releases
    assert (release.fate, release.why) == (Fate.CAUGHT, "ImportError: cannot import soft")
    assert (release.lands, release.freed) == (None, None)
    assert replay.state == STATE

    other = upload("flask", "1.1.4", at=DAY)
    dossier = found({**STATE, "markupsafe": "2.1.0", "flask": "1.1.4"}, frozenset({"markupsafe"}))
    replay = after(replay, [other], DAY + 900.0, (dossier, 0.0))
    assert replay.releases[0].freed is None
    assert replay.releases[1].fate is Fate.PASSED

    good = upload("markupsafe", "2.1.1", at=2 * DAY)
    dossier = found({**replay.state, "markupsafe": "2.1.1"})
    replay = after(replay, [good], 2 * DAY + 900.0, (dossier, 0.0))
    assert (replay.releases[0].freed, replay.releases[0].by) == (2 * DAY + 900.0, "2.1.1")
    assert replay.releases[2].freed is None


def test_what_breaks_only_together_is_said_to() -> None:
    pair = frozenset({"jinja2", "markupsafe"})
    dossier = found({**STATE, "jinja2": "3.1.0", "markupsafe": "2.1.0"}, pair)

    replay = after(BEGUN, [upload("jinja2", "3.1.0")], 900.0, (dossier, 0.0))

    assert replay.releases[0].why.endswith("(together with markupsafe)")


def test_what_needs_a_culprit_is_held_and_not_blamed() -> None:
    candidate = {**STATE, "jinja2": "3.1.0", "markupsafe": "2.1.0"}
    dossier = found(
        candidate, frozenset({"markupsafe"}), held={"jinja2": "needs markupsafe"}
    )  # fmt: skip

    replay = after(
        BEGUN, [upload("jinja2", "3.1.0"), upload("markupsafe", "2.1.0")], 900.0, (dossier, 0.0)
    )

    assert [each.fate for each in replay.releases] == [Fate.HELD, Fate.CAUGHT]
    assert replay.releases[0].why == "needs markupsafe"


def test_a_culprit_without_a_failure_is_caught_all_the_same() -> None:
    dossier = found({**STATE, "markupsafe": "2.1.0"}, frozenset({"markupsafe"}))
    silent = replace(dossier.culprits[0], failures=())
    dossier = replace(dossier, culprits=(silent,))

    replay = after(BEGUN, [upload("markupsafe", "2.1.0")], 900.0, (dossier, 0.0))

    assert replay.releases[0].why == "it fails"


def test_a_held_package_that_moved_part_of_the_way_has_moved() -> None:
    going = Forward(key="jinja2", old="3.0.3", to="3.0.9", fails=("3.1.0",))
    dossier = found({**STATE, "jinja2": "3.1.0"}, frozenset({"jinja2"}), forwarded=(going,))
    uploads = [upload("jinja2", "3.0.9"), upload("jinja2", "3.1.0"), upload("jinja2", "3.0.5")]

    replay = after(BEGUN, uploads, 900.0, (dossier, 0.0))

    assert [each.fate for each in replay.releases] == [Fate.PASSED, Fate.CAUGHT, Fate.UNUSED]
    assert replay.releases[2].why == "jinja2 3.1.0 was taken in its place"
    assert replay.state["jinja2"] == "3.0.9"


def test_what_the_requirements_do_not_take_is_unused() -> None:
    dossier = found({**STATE, "jinja2": "3.1.0"})

    replay = after(BEGUN, [upload("flask", "2.0.0")], 900.0, (dossier, 0.0))

    assert replay.releases[0].fate is Fate.UNUSED


def test_undecided_moves_nothing_and_waits() -> None:
    dossier = found({**STATE, "jinja2": "3.1.0"}, verdict=Verdict.UNDECIDED)

    replay = after(BEGUN, [upload("jinja2", "3.1.0")], 900.0, (dossier, 0.0))

    assert (replay.releases[0].fate, replay.state) == (Fate.UNDECIDED, STATE)
    assert replay.releases[0].why == "the budget is used up"
    replay = after(replay, [], 1800.0, (found({**STATE, "jinja2": "3.1.0"}), 0.0))
    assert (replay.releases[0].freed, replay.releases[0].by) == (1800.0, "3.1.0")


def test_packages_appear_vanish_and_make_what_they_held_moot() -> None:
    dossier = found({**STATE, "markupsafe": "2.1.0"}, frozenset({"markupsafe"}))
    replay = after(BEGUN, [upload("markupsafe", "2.1.0")], 900.0, (dossier, 0.0))
    without = {key: version for key, version in STATE.items() if key != "markupsafe"}

    dossier = found({**without, "newer": "1.0"})
    assert state_after(STATE, dossier) == {**without, "newer": "1.0"}

    replay = after(replay, [], 1800.0, (dossier, 0.0))
    assert replay.releases[0].by == "no longer needed"


def test_what_is_not_looked_at_is_noted_and_never_free() -> None:
    replay = note(BEGUN, upload("jinja2", "2.11.4"), 900.0, (Fate.UNUSED, "older"))
    replay = miss(replay, "jinja2", "3.0.9")

    replay = after(replay, [], 1800.0, (found({**STATE, "jinja2": "3.1.0"}), 0.0))

    assert [each.fate for each in replay.releases] == [Fate.UNUSED, Fate.MISSING]
    assert [each.freed for each in replay.releases] == [None, None]
    assert (replay.releases[0].seen, replay.releases[1].seen) == (900.0, None)


def test_a_look_that_could_not_be_taken_leaves_its_releases_undecided() -> None:
    replay = fail(BEGUN, [upload("jinja2", "3.1.0")], 900.0, "nothing fits together")

    assert (replay.releases[0].fate, replay.releases[0].after) == (Fate.UNDECIDED, None)
    assert (replay.looks[0].said, replay.looks[0].trials) == (Verdict.UNDECIDED, 0)
    assert replay.state == STATE
