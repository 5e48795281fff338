"""Pytest of each age, as old consumers need it, tells the same of the same tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from foretaste.ports.executor import EnvironmentSpec, Watch
from tests.fakes.jobs import JobRunner, local_jobs

AGES = {
    "2.7 and 3.0": ("2.7", ("pytest==3.0.7",), ""),
    "2.7 and 3.6": ("2.7", ("pytest==3.6.4",), ""),
    "3.6 and 3.10": ("3.6", ("pytest==3.10.1", "attrs<20"), ""),
    "3.6 and 7.0, two at once": ("3.6", ("pytest==7.0.1", "pytest-xdist==3.0.2"), "-n2"),
    "3.8 and 5.4": ("3.8", ("pytest==5.4.3",), ""),
    "3.13 and 9, two at once": ("3.13", ("pytest>=9", "pytest-xdist==3.8.0"), "-n2"),
    "3.12 and 8, tried again": ("3.12", ("pytest<9", "pytest-rerunfailures==15.0"), "--reruns=1"),
}
TESTS = """
import pytest

class BoomError(Exception):
    pass

@pytest.fixture
def breaks():
    raise KeyError("no such")

@pytest.fixture
def breaks_late():
    yield
    raise ValueError("late")

def test_passes(): pass
def test_fails(): assert [1] == [2]
def test_raises(): raise BoomError(u"wh\\u00e4t")
def test_set_up(breaks): pass
def test_torn_down(breaks_late): pass
@pytest.mark.skipif(True, reason="not now")
def test_skips(): pass
@pytest.mark.xfail
def test_expected(): assert False
@pytest.mark.parametrize("text", ["a b", "x"])
def test_many(text): pass
"""


@pytest.fixture(scope="module", name="runner")
def runner_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobRunner]:
    with local_jobs(tmp_path_factory.mktemp("ages")) as runner:
        yield runner


@pytest.mark.network
@pytest.mark.parametrize("age", AGES)
def test_the_same_is_told_of_the_same_tests(runner: JobRunner, age: str) -> None:
    python, install, option = AGES[age]
    source = runner.commit({"test_it.py": TESTS, "test_no.py": "import nowhere\n"})

    outcome = runner.run(
        f"python -m pytest -q -p no:cacheprovider --continue-on-collection-errors {option}",
        source,
        environment=EnvironmentSpec(python=python, install=install),
        watch=Watch(),
    )

    assert outcome.finished.why == "", outcome.log
    assert outcome.finished.cases is not None, outcome.log
    kinds = {"ModuleNotFoundError": "ImportError"}
    told = {
        case.name: (case.outcome, kinds.get(case.type, case.type))
        for case in outcome.finished.cases
    }
    assert told == {
        "test_it.py": ("passed", ""),
        "test_no.py": ("error", "ImportError"),
        "test_it.py::test_passes": ("passed", ""),
        "test_it.py::test_fails": ("failed", "AssertionError"),
        "test_it.py::test_raises": ("failed", "test_it.BoomError"),
        "test_it.py::test_set_up": ("error", "KeyError"),
        "test_it.py::test_torn_down": ("error", "ValueError"),
        "test_it.py::test_skips": ("skipped", ""),
        "test_it.py::test_expected": ("skipped", ""),
        "test_it.py::test_many[a b]": ("passed", ""),
        "test_it.py::test_many[x]": ("passed", ""),
    }
    plugins = [name.partition("==")[0] for name in install[1:] if "pytest" in name]
    assert [each.split(" ")[0] for each in outcome.finished.plugins] == plugins
