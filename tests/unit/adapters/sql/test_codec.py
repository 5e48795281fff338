"""A record is read as it was written, and what is no such record is refused."""

from __future__ import annotations

import json
import typing
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from immutables import Map
from pydantic_core import PydanticSerializationError

from foretaste.adapters.sql.codec import CodecError, UnstorableError, codec_of, describe, schema_of
from foretaste.core.build import Evidence
from foretaste.core.events import Event, Held, Judged
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId, Oid, Ref
from foretaste.ports.history import PastBuild
from foretaste.simulation.store import Moment
from tests.unit.adapters.sql.records import any_of

KINDS = typing.get_args(Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """A record as an older program knew it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """The same record with a field more, of each way to have a default."""

    name: str
    size: int = 7
    kept: Map[str, int] = Map()  # noqa: RUF009 - maps are immutable


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_event_is_read_as_it_was_written(kind: Any, data: st.DataObject) -> None:
    event, codec = data.draw(any_of(kind)), codec_of(kind)

    assert codec.decode(codec.encode(event)) == event


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_of(Facts))
def test_facts_are_read_as_they_were_written(facts: Facts) -> None:
    codec = codec_of(Facts)

    assert codec.decode(codec.encode(facts)) == facts


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_of(PastBuild))
def test_past_builds_are_read_as_they_were_written(past: PastBuild) -> None:
    codec = codec_of(PastBuild)

    assert codec.decode(codec.encode(past)) == past


def test_what_is_written_is_json_for_people_too() -> None:
    text = codec_of(Held).encode(Held(why="caf\u00e9", by="ada"))

    assert text == '{"why":"caf\u00e9","by":"ada"}'


def test_maps_are_pairs_and_names_are_lists() -> None:
    facts = Facts(tips=Map({Ref(project="p", branch="main"): Oid("1")}))  # type: ignore[arg-type]

    kept = json.loads(codec_of(Facts).encode(facts))

    assert kept["tips"] == [[["p", "main"], "1"]]
    assert isinstance(next(iter(codec_of(Facts).decode(json.dumps(kept)).tips)), Ref)


def test_a_name_that_is_not_utf8_is_kept() -> None:
    held = Held(why="\udce9 and \u00e9")

    assert codec_of(Held).decode(codec_of(Held).encode(held)) == held


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"why":"x","by":"y","mood":1}', "mood: Unexpected keyword"),
        ('{"by":"y"}', "why: Field required"),
        ('{"why":1}', "why: Input should be a valid string"),
        ('{"why":"x"', "all: Invalid JSON"),
        ('{"why":"\\udce9","by":1}', "by: Input should be a valid string"),
        ("[]", "all: Input should be an object"),
    ],
)
def test_what_is_no_such_record_is_refused(text: str, said: str) -> None:
    with pytest.raises(CodecError, match=said):
        codec_of(Held).decode(text)


def test_a_value_outside_a_closed_set_is_refused() -> None:
    text = '{"queue":"q","change":"c","revision":1,"verdict":{"outcome":"tasty"}}'

    with pytest.raises(CodecError, match=r"verdict\.outcome: Input should be 'passed', 'failed'"):
        codec_of(Judged).decode(text)


@pytest.mark.parametrize(
    "wrong",
    [
        Evidence(exit_status="1"),  # type: ignore[arg-type]
        Evidence(failed=("x", 3)),  # type: ignore[arg-type]
        Evidence(phases=((1.0, "fetch"),)),  # type: ignore[arg-type]
    ],
)
def test_a_record_that_breaks_its_own_types_is_not_written(wrong: Evidence) -> None:
    with pytest.raises(PydanticSerializationError):
        codec_of(Evidence).encode(wrong)


def test_older_rows_are_read_with_the_defaults_of_new_fields() -> None:
    text = codec_of(Old).encode(Old(name="x"))

    assert codec_of(New).decode(text) == New(name="x")
    with pytest.raises(CodecError, match="size: Unexpected"):
        codec_of(Old).decode(codec_of(New).encode(New(name="x")))


@pytest.mark.parametrize("hint", [object, list[int], str | int, typing.Literal["a"], bytes])
def test_a_type_that_cannot_be_stored_is_named(hint: object) -> None:
    with pytest.raises(UnstorableError, match="no way to store a"):
        schema_of(hint)


def test_records_of_other_fields_have_another_shape() -> None:
    assert codec_of(Old).shape != codec_of(New).shape
    assert describe(tuple[Moment, ...]) == "Moment: before, after"
    assert "Verdict: outcome" in describe(Facts)
    assert codec_of(Facts).shape == codec_of(Facts).shape


def test_ids_are_text_of_their_own_type() -> None:
    assert codec_of(Old).decode('{"name":"A"}').name == ChangeId("A")
