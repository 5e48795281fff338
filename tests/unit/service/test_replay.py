"""A replay: every release of the stretch once, in order, on the versions that had passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from foretaste.ports.errors import PortError, TransientError, UserError
from foretaste.ports.index import IndexFile, IndexPage
from foretaste.service.replay import ReplayTools, Stretch, replay, uploads_of
from foretaste.taste.dossier import Dossier, Gathered, Subject, dossier_of
from foretaste.taste.finding import Baseline, Culprit, Finding, Verdict
from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import moves_between
from foretaste.taste.outcome import Failure, Signature
from foretaste.taste.replay import Fate, Rhythm, Versions

BEGIN = datetime(2022, 2, 10, tzinfo=UTC)
END = datetime(2022, 4, 5, tzinfo=UTC)
FAILURE = Failure(test="t", signature=Signature(type="ImportError", message=""), message="gone")


def file(version: str, hours: float | None, yanked: str | None = None) -> IndexFile:
    uploaded = None if hours is None else BEGIN + timedelta(hours=hours)
    return IndexFile(
        filename=f"x-{version}.tar.gz", kind="sdist", version=version, url="", uploaded=uploaded,
        yanked=yanked,
    )  # fmt: skip


@dataclass(slots=True)
class Shop:
    """An index of pages, and checks that take the newest and blame releases in `bad`."""

    files: Mapping[str, tuple[IndexFile, ...]]
    bad: frozenset[tuple[str, str]] = frozenset()
    brings: Mapping[str, str] = field(default_factory=dict)
    looked: list[tuple[Versions, datetime]] = field(default_factory=list)
    error: PortError | None = None
    baseline: Baseline = Baseline.PASSED

    def pages(self, names: Iterable[str]) -> Mapping[str, IndexPage | PortError]:
        """Return the pages that there are, and an error for the others."""
        missing = self.error or UserError("FT650", "there is no such project")
        return {
            name: IndexPage(name=name, files=self.files[name]) if name in self.files else missing
            for name in names
        }

    def look(self, state: Versions, at: datetime) -> Dossier:
        """Return what a check would find at a time."""
        self.looked.append((state, at))
        candidate = dict(state)
        for name in state:
            there = [
                each.version for each in self.files[name]
                if each.uploaded and each.uploaded < at and each.yanked is None
            ]  # fmt: skip
            candidate[name] = max([state[name], *there])
        if any(candidate[name] != state[name] for name in self.brings):
            candidate |= dict.fromkeys(self.brings.values(), "1.0")
        moves = {move.key: move for move in moves_between(state, candidate)}
        bad = frozenset(key for key, move in moves.items() if (key, move.new) in self.bad)
        finding = Finding(
            verdict=Verdict.REJECT if bad else Verdict.ACCEPT,
            baseline=self.baseline,
            culprits=tuple(
                Culprit(keys=frozenset({key}), confidence=1.0, failures=(FAILURE,)) for key in bad
            ),
            held=dict.fromkeys(bad, "culprit"),
            accepted=frozenset(moves) - bad,
            trials=2 + 2 * len(bad),
            reason="3 tests fail",
        )
        lattice = Lattice(base=state, moves=moves, needs={key: frozenset({key}) for key in moves})
        subject = Subject(python="3.9", test="pytest", base_from="", as_of=0.0)
        return dossier_of(finding, lattice, Gathered(subject=subject))


def tools(shop: Shop) -> ReplayTools:
    return ReplayTools(pages=shop.pages, look=shop.look, say=lambda _: None)


def stretch(state: Versions, **more: object) -> Stretch:
    return Stretch(begin=BEGIN, end=END, state=state, **more)  # type: ignore[arg-type]


def test_releases_are_walked_in_the_order_of_their_uploads() -> None:
    shop = Shop(
        files={
            "a": (file("1.0", -99), file("1.1", 30), file("1.2", 80), file("1.3", 9999)),
            "b": (file("2.0", -99), file("2.1", 20), file("2.2", 50)),
        },
        bad=frozenset({("b", "2.1")}),
    )

    walked = replay(stretch({"a": "1.0", "b": "2.0"}), tools(shop))

    fates = [(each.name, each.version, each.fate) for each in walked.releases]
    assert fates == [
        ("b", "2.1", Fate.CAUGHT),
        ("a", "1.1", Fate.PASSED),
        ("b", "2.2", Fate.PASSED),
        ("a", "1.2", Fate.PASSED),
    ]
    caught = walked.releases[0]
    # Uploaded on the hour; seen at the next quarter of one.
    assert caught.after == 900.0
    assert caught.freed == (BEGIN + timedelta(hours=50, minutes=15)).timestamp()
    assert caught.by == "2.2"
    assert walked.state == {"a": "1.2", "b": "2.2"}
    assert walked.trials == sum(look.trials for look in walked.looks) == 4 + 4 + 2 + 2
    assert [state for state, _ in shop.looked] == [
        {"a": "1.0", "b": "2.0"},
        {"a": "1.0", "b": "2.0"},
        {"a": "1.1", "b": "2.0"},
        {"a": "1.1", "b": "2.2"},
    ]


def test_releases_between_two_looks_are_looked_at_together() -> None:
    shop = Shop(files={"a": (file("1.0", -9), file("1.1", 1), file("1.2", 2), file("1.3", 25))})

    walked = replay(stretch({"a": "1.0"}, rhythm=Rhythm(every=86400.0)), tools(shop))

    assert [look.releases for look in walked.looks] == [("a 1.1", "a 1.2"), ("a 1.3",)]
    assert [each.fate for each in walked.releases] == [Fate.UNUSED, Fate.PASSED, Fate.PASSED]


def test_what_is_gone_is_said_to_be_missing_and_not_guessed() -> None:
    shop = Shop(files={"a": (file("1.0", -9), file("1.2", 9))})

    walked = replay(
        stretch({"a": "1.0"}, known=(("a", "1.1"), ("a", "1.2"), ("gone", "7"))), tools(shop)
    )

    missing = [(each.name, each.version) for each in walked.releases if each.fate is Fate.MISSING]
    assert missing == [("a", "1.1"), ("gone", "7")]
    assert len(shop.looked) == 1


def test_what_the_project_does_not_ask_for_takes_no_look() -> None:
    shop = Shop(files={"a": (file("1.0", -9), file("1.1", 9), file("2.0", 19))})

    walked = replay(stretch({"a": "1.0"}, allowed={"a": "<2"}), tools(shop))

    assert [each.fate for each in walked.releases] == [Fate.PASSED, Fate.UNUSED]
    assert len(shop.looked) == 1


def test_what_was_yanked_since_is_noted_and_takes_no_look() -> None:
    shop = Shop(files={"a": (file("1.0", -9), file("1.1", 9, "broken"), file("1.1", 10, "broken"))})

    walked = replay(stretch({"a": "1.0"}), tools(shop))

    assert [(each.fate, "broken" in each.why) for each in walked.releases] == [(Fate.YANKED, True)]
    assert shop.looked == []


def test_a_package_that_comes_in_is_walked_from_then_on() -> None:
    shop = Shop(
        files={
            "a": (file("1.0", -9), file("2.0", 9)),
            "new": (file("1.0", 1), file("1.1", 5), file("1.2", 40)),
        },
        brings={"a": "new"},
    )

    walked = replay(stretch({"a": "1.0"}), tools(shop))

    assert [(each.name, each.version) for each in walked.releases] == [("a", "2.0"), ("new", "1.2")]


def test_files_without_a_time_and_partly_withdrawn_releases() -> None:
    page = IndexPage(
        name="a",
        files=(file("1.0", None), file("1.1", 5, "bad"), file("1.1", 3), file("1.2", 4, "")),
    )

    found = {each.version: each for each in uploads_of(page)}

    assert set(found) == {"1.1", "1.2"}
    assert found["1.1"].at == (BEGIN + timedelta(hours=3)).timestamp()
    assert (found["1.1"].yanked, found["1.2"].yanked) == (None, "")


def test_an_index_out_of_reach_ends_it() -> None:
    shop = Shop(files={}, error=TransientError("FT651", "no answer"))

    with pytest.raises(TransientError):
        replay(stretch({"a": "1.0"}), tools(shop))


def test_a_beginning_that_fails_ends_it() -> None:
    shop = Shop(files={"a": (file("1.0", -9), file("1.1", 9))}, baseline=Baseline.FAILED)

    with pytest.raises(UserError) as caught:
        replay(stretch({"a": "1.0"}), tools(shop))

    assert caught.value.code == "FT974"
    assert "3 tests fail" in caught.value.what


def test_a_look_that_cannot_be_taken_is_told_and_the_walk_goes_on() -> None:
    shop = Shop(files={"a": (file("1.0", -9), file("1.1", 9), file("1.2", 19), file("1.3", 29))})

    def look(state: Versions, at: datetime) -> Dossier:
        if at == BEGIN + timedelta(hours=19, minutes=15):
            raise UserError("FT621", "nothing fits together")
        return shop.look(state, at)

    walked = replay(
        stretch({"a": "1.0"}), ReplayTools(pages=shop.pages, look=look, say=lambda _: None)
    )

    fates = [each.fate for each in walked.releases]
    assert fates == [Fate.PASSED, Fate.UNDECIDED, Fate.PASSED]
    assert walked.releases[1].by == "1.3"

    def never(_state: Versions, _at: datetime) -> Dossier:
        raise UserError("FT621", "nothing fits together")

    with pytest.raises(UserError):
        replay(stretch({"a": "1.0"}), ReplayTools(pages=shop.pages, look=never, say=lambda _: None))
