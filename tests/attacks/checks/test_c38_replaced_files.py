"""C38: the same version, another file: what was said of the one is not said of the other.

Indexes let nobody do that; one that was broken into would. Between two checks with the same cache,
a file is replaced under its name. What the index said a few minutes ago is believed, so the second
check is an hour later.
"""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.checked import BEFORE, CheckedProject
from tests.fakes.index import wheel

GOOD = {"pack.py": "value = 1\n"}
BAD = {"pack.py": "raise RuntimeError('replaced')\n"}
HOUR = 3600.0
TEST = "import pack\nassert pack.value == 1\n"


def test_a_replaced_file_is_another_subject(project: CheckedProject) -> None:
    project.release("pack", "1.0", BEFORE, GOOD)
    project.release("pack", "2.0", "2026-01-20", GOOD)
    project.write(["pack"], ["pack==1.0"], TEST)
    first = project.check(as_of="")
    assert (first.status, first.said["verdict"]) == (0, "accept"), first.errors

    project.release("pack", "2.0", "2026-01-20", BAD)
    project.age(HOUR)
    second = project.check(as_of="")

    assert (second.status, second.said["verdict"]) == (1, "reject"), second.errors
    assert "replaced" in second.failures
    project.release("pack", "2.0", "2026-01-20", GOOD)
    project.age(HOUR)
    third = project.check(as_of="")
    assert (third.status, third.said["verdict"]) == (0, "accept"), third.errors


def test_a_file_that_is_not_what_the_index_says_is_refused(project: CheckedProject) -> None:
    project.release("pack", "1.0", BEFORE, GOOD)
    project.release("pack", "2.0", "2026-01-20", GOOD)
    project.write(["pack"], ["pack==1.0"], TEST)
    good = project.index.files["pack-2.0-py3-none-any.whl"]
    bad = wheel("pack", "2.0", BAD)
    project.index.add(replace(good, data=bad, told=good.data))

    checked = project.check(as_of="")

    assert "/files/pack-2.0-py3-none-any.whl" in project.index.asked
    # It is held back for what it is, and nothing of it has run.
    assert (checked.status, checked.said["verdict"]) == (1, "reject"), checked.whole
    assert checked.said["hold_back"] == {"pack": "<2.0"}
    assert "Hash mismatch" in checked.failures
    assert "replaced" not in checked.whole
