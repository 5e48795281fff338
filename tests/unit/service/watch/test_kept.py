"""What checks said is kept whole, found again, and begun anew where it is damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from foretaste.core.names import ChangeId, Oid, ProjectName, Ref
from foretaste.ports.errors import TransientError
from foretaste.service.watch import kept as module
from foretaste.service.watch.asking import CheckedBump
from foretaste.service.watch.kept import MOST_JUDGED, Judged, Kept, Proposed, Record
from foretaste.service.watch.offers import Candidate

REF = Ref(ProjectName("alpha"), "release/3.x")
CANDIDATE = Candidate(
    name="tiny", version="1.1", uploaded=1.0, ready=2.0, files=(("tiny-1.1.whl", "aa"),)
)
BUMP = CheckedBump(
    verdict="reject", accepted={"tiny": "1.1"}, removed=("old",), held={"x": "no"}, report="# r\n"
)


def judged(subject: str) -> Judged:
    """Return an answer."""
    return Judged(subject=subject, at=3.0, commit=Oid("a" * 40), candidates=(CANDIDATE,), bump=BUMP)


def proposed(commit: str) -> Proposed:
    """Return a proposal."""
    return Proposed(
        want="w",
        subject="s",
        commit=Oid(commit * 40),
        change=ChangeId("7"),
        at=3.0,
        candidates=(CANDIDATE,),
    )


@pytest.fixture(name="said")
def said_fixture() -> list[str]:
    """Return what was complained of."""
    return []


def test_a_record_is_found_again_by_another_process(tmp_path: Path, said: list[str]) -> None:
    record = Record(note="n").with_answer(judged("s")).with_proposal(proposed("b"))
    Kept(tmp_path, said.append).keep(REF, record)

    assert Kept(tmp_path, said.append).record(REF) == record
    assert Kept(tmp_path, said.append).record(Ref(ProjectName("alpha"), "main")) == Record()
    assert said == []


def test_the_newest_answers_are_kept_each_subject_once() -> None:
    record = Record()
    for number in range(2 * MOST_JUDGED):
        record = record.with_answer(judged(str(number)))
    record = record.with_answer(judged(str(2 * MOST_JUDGED - 3)))

    assert len(record.judged) == MOST_JUDGED
    assert record.judged[0].subject == str(2 * MOST_JUDGED - 3)
    assert len({each.subject for each in record.judged}) == MOST_JUDGED
    assert record.of("0") is None
    assert record.of(str(2 * MOST_JUDGED - 1)) is not None


def test_commits_of_ours_are_known_again() -> None:
    record = replace(Record(), note="taken back").with_proposal(proposed("a"))
    record = record.with_proposal(proposed("b")).with_proposal(proposed("b"))

    assert record.ours == (Oid("b" * 40), Oid("a" * 40))
    assert record.note == ""


@pytest.mark.parametrize("text", ["{", "[]", '{"judged": 3}', '{"judged": [{}], "proposed": null}'])
def test_a_damaged_record_is_begun_anew(tmp_path: Path, said: list[str], text: str) -> None:
    kept = Kept(tmp_path, said.append)
    kept.keep(REF, Record(note="n"))
    (path,) = (tmp_path / "alpha").iterdir()
    path.write_text(text, encoding="utf-8")

    assert Kept(tmp_path, said.append).record(REF) == Record()
    assert len(said) == (0 if text == "[]" else 1)


def test_what_cannot_be_written_is_told_and_not_believed(tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "alpha").write_text("in the way", encoding="utf-8")
    kept = Kept(tmp_path, said.append)

    with pytest.raises(TransientError, match="FT943"):
        kept.keep(REF, Record(note="n"))

    assert kept.record(REF) == Record()


def test_first_sights_are_kept_the_newest(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_SEEN", 2)
    kept = Kept(tmp_path, said.append)
    assert kept.first_seen() == {}

    kept.keep_seen({"a": 1.0, "c": 3.0, "b": 2.0})

    assert Kept(tmp_path, said.append).first_seen() == {"b": 2.0, "c": 3.0}
