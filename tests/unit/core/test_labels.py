"""Builds are called as scenarios call them."""

from __future__ import annotations

import pytest

from foretaste.core.build import Build
from foretaste.core.labels import build_label, label_of, prospect_name
from foretaste.core.names import BuildId, ChangeId, JobName, Member, ProspectKey, QueueName
from foretaste.core.prospect import Prospect


def prospect(*items: str, pipeline: str = "gate") -> Prospect:
    groups = [tuple(Member(ChangeId(name), 1) for name in item.split("+")) for item in items]
    chain = tuple(member for group in groups for member in group)
    return Prospect(
        key=ProspectKey("k"),
        base=ProspectKey("root"),
        queue=QueueName("R"),
        pipeline=pipeline,
        members=chain if pipeline == "check" else groups[-1],
        chain=chain,
        sizes=() if pipeline == "check" else tuple(map(len, groups)),
    )


@pytest.mark.parametrize(
    ("items", "job", "change", "label"),
    [
        (["A"], "M", "A", "M[A]"),
        (["A", "B"], "M", "B", "M[A,B]"),
        (["12", "14"], "tests[3.11]", "14", "tests[3.11][12,14]"),
        (["C", "A+B"], "J", "A", "J[C,A+B:A]"),
        (["C", "A+B"], "J", None, "J[C,A+B]"),
        (["A+B", "C"], "J", "C", "J[A+B,C]"),
    ],
)
def test_a_label_names_the_job_and_the_prospect(
    items: list[str], job: str, change: str | None, label: str
) -> None:
    name = None if change is None else ChangeId(change)

    assert label_of(JobName(job), prospect(*items), name) == label


def test_what_a_check_stands_on_is_no_cycle() -> None:
    assert prospect_name(prospect("A", "B", pipeline="check"), ChangeId("B")) == "[A,B]"


@pytest.mark.parametrize(("change", "label"), [("A", "M[A]"), (None, "M[?]")])
def test_a_build_on_a_forgotten_prospect_is_called_after_its_change(
    change: str | None, label: str
) -> None:
    build = Build(
        id=BuildId("b1"),
        job=JobName("M"),
        prospect=ProspectKey("gone"),
        change=None if change is None else ChangeId(change),
    )

    assert build_label(build, None) == label
