"""What the index offers beyond a lock, and what takes an offer away again."""

from __future__ import annotations

from foretaste.config.watching import Rules
from foretaste.ports.index import IndexPage
from foretaste.service.watch.offers import (
    MOST,
    Candidate,
    Seen,
    Terms,
    candidate_of,
    offers,
    subject_of,
    withdrawn,
)
from tests.fakes.watched import DAY, MemoryIndex

NOW = 1_800_000_000.0
RULES = Rules(
    minimum_age=3 * DAY, ages={"slow": 9 * DAY}, at_once=frozenset({("tiny", "1.9"), ("quick", "")})
)
TERMS = Terms(rules=RULES, seen=Seen(first={}, now=NOW))


def offered(index: MemoryIndex, **pins: str) -> tuple[Candidate, ...]:
    """Return the offers for some pins."""
    pages = {name: index.page(name) for name in pins}
    return offers(pins, pages, TERMS)


def test_what_is_newer_is_offered_from_the_oldest_on_and_nothing_else() -> None:
    index = MemoryIndex()
    for version in ("0.9", "1.0", "1.1", "1.2", "2.0rc1", "nonsense"):
        index.add("tiny", version, NOW)
    index.add("tiny", "1.3", NOW)
    index.yank("tiny", "1.3", "broken")

    assert [each.version for each in offered(index, tiny="1.0")] == ["1.1", "1.2"]
    assert [each.version for each in offered(index, tiny="1.2a1")] == ["1.2", "2.0rc1"]
    assert offered(index, tiny="main") == ()
    assert offers({"elsewhere": "1"}, {}, TERMS) == ()


def test_of_a_flood_the_newest_count() -> None:
    index = MemoryIndex()
    for number in range(3 * MOST):
        index.add("tiny", f"1.{number}", NOW)

    found = offered(index, tiny="0.1")

    assert len(found) == MOST
    assert found[-1].version == f"1.{3 * MOST - 1}"


def test_a_release_is_ready_when_its_last_file_is_old_enough() -> None:
    index = MemoryIndex()
    index.add("tiny", "1.1", NOW - 9 * DAY)
    index.add("tiny", "1.1", NOW - DAY, kind="sdist")
    index.add("tiny", "1.9", NOW - DAY)
    index.add("quick", "1.1", NOW)
    index.add("slow", "1.1", NOW)

    ready = {
        (each.name, each.version): each.ready - NOW
        for each in offered(index, tiny="1.0", quick="1.0", slow="1.0")
    }

    assert ready == {
        ("tiny", "1.1"): 2 * DAY,
        ("tiny", "1.9"): -DAY,
        ("quick", "1.1"): 0.0,
        ("slow", "1.1"): 9 * DAY,
    }


def test_where_the_index_tells_no_time_it_is_the_first_sight_that_counts() -> None:
    index = MemoryIndex()
    file = index.add("tiny", "1.1", None)
    page = index.page("tiny")
    seen = Terms(rules=RULES, seen=Seen(first={file.sha256: NOW - 5 * DAY}, now=NOW))

    old = candidate_of("tiny", "1.1", page, seen)
    new = candidate_of("tiny", "1.1", page, TERMS)

    assert old is not None
    assert new is not None
    assert (old.uploaded, new.uploaded) == (NOW - 5 * DAY, NOW)
    assert candidate_of("tiny", "7", page, TERMS) is None


def test_another_file_under_the_same_version_is_another_subject() -> None:
    index = MemoryIndex()
    index.add("tiny", "1.1", NOW)
    before = offered(index, tiny="1.0")
    index.add("tiny", "1.1", NOW, data=b"another")
    after = offered(index, tiny="1.0")

    ref, pins = ("alpha", "main"), {"tiny": "1.0"}
    assert subject_of(ref, pins, before) != subject_of(ref, pins, after)
    assert subject_of(ref, pins, before) == subject_of(ref, dict(pins), before)
    assert subject_of(ref, {"tiny": "0.9"}, before) != subject_of(ref, pins, before)
    assert withdrawn(before[0], index.page("tiny")) == (
        "tiny-1.1-py3-none-any.whl of tiny 1.1 was replaced by another file"
    )


def test_a_release_is_withdrawn_when_it_is_yanked_or_gone_and_not_when_a_file_is_added() -> None:
    index = MemoryIndex()
    index.add("tiny", "1.1", NOW)
    (candidate,) = offered(index, tiny="1.0")
    index.add("tiny", "1.1", NOW, kind="sdist")
    assert withdrawn(candidate, index.page("tiny")) == ""

    (both,) = offered(index, tiny="1.0")
    del index.files["tiny"]["tiny-1.1.tar.gz"]
    assert "tiny-1.1.tar.gz of tiny 1.1 was withdrawn" in withdrawn(both, index.page("tiny"))

    index.yank("tiny", "1.1")
    assert withdrawn(candidate, index.page("tiny")) == "tiny 1.1 was yanked"
    index.yank("tiny", "1.1", "malware")
    assert withdrawn(candidate, index.page("tiny")) == "tiny 1.1 was yanked: malware"
    gone = "tiny 1.1 is not on the index any more"
    assert withdrawn(candidate, IndexPage(name="tiny", files=())) == gone
    assert withdrawn(candidate, None) == gone
