"""C39: names and versions that are written otherwise, and names that only look the same."""

from __future__ import annotations

import pytest

from tests.fakes.checked import BEFORE, CheckedProject

BROKEN = {"foo.py": "raise RuntimeError('2 is broken')\n"}
TEST = "import foo\n"


@pytest.mark.parametrize("spelled", ["Foo_Bar", "foo.bar", "FOO--BAR", "foo-bar"])
def test_a_package_is_one_however_it_is_written(project: CheckedProject, spelled: str) -> None:
    project.release("foo_bar", "1.0", BEFORE, {"foo.py": ""})
    project.release("foo_bar", "2.0", "2026-01-20", BROKEN)
    project.write(["Foo.Bar>=1"], [f"{spelled}==1.0"], TEST)

    checked = project.check()

    assert checked.status == 1, checked.errors
    assert checked.said["hold_back"] == {"foo-bar": "<2.0"}
    assert [each["set"] for each in checked.said["culprits"]] == [
        [{"name": "foo-bar", "from": "1.0", "to": "2.0"}]
    ]


def test_an_epoch_makes_a_lower_number_the_newer_one(project: CheckedProject) -> None:
    project.release("foo", "2.0", BEFORE, {"foo.py": ""})
    project.release("foo", "1!1.0", "2026-01-20", BROKEN)
    project.write(["foo"], ["foo==2.0"], TEST)

    checked = project.check()

    assert checked.status == 1, checked.errors
    assert [each["set"] for each in checked.said["culprits"]] == [
        [{"name": "foo", "from": "2.0", "to": "1!1.0"}]
    ]
    assert checked.said["hold_back"] == {"foo": "<1!1.0"}


def test_a_local_version_is_another_release(project: CheckedProject) -> None:
    project.release("foo", "1.0", BEFORE, {"foo.py": ""})
    project.release("foo", "1.0+local.1", "2026-01-20", BROKEN)
    project.write(["foo"], ["foo==1.0"], TEST)

    checked = project.check("foo==1.0+local.1")

    assert checked.status == 1, checked.errors
    (culprit,) = checked.said["culprits"]
    assert culprit["set"] == [{"name": "foo", "from": "1.0", "to": "1.0+local.1"}]


@pytest.mark.parametrize(
    "name",
    ["f\u043e\u043e", "foo\u200b", "\uff46\uff4f\uff4f", "\u212aoo"],
    ids=["cyrillic", "invisible", "wide", "kelvin"],
)
def test_a_name_that_only_looks_like_another_is_refused_and_explained(
    project: CheckedProject, name: str
) -> None:
    project.release("foo", "1.0", BEFORE, {"foo.py": ""})
    project.release("foo", "2.0", "2026-01-20", {"foo.py": ""})
    project.write(["foo"], ["foo==1.0"], TEST)

    asked = project.check(f"{name}==2.0")
    project.write(["foo"], [f"{name}==1.0"], TEST)
    based = project.check()

    for checked in (asked, based):
        assert checked.status == 2, checked.whole
        assert "error[FT" in checked.errors
        assert "Traceback" not in checked.errors
