"""Dossiers as a search would end with, for what is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from foretaste.taste.dossier import (
    Dossier,
    Forwarded,
    Gathered,
    OracleWord,
    Seconds,
    Subject,
    TrialFacts,
    dossier_of,
)
from foretaste.taste.finding import Baseline, Culprit, Finding, Flake, Verdict
from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import moves_between
from foretaste.taste.outcome import COMMAND, Failure, Signature
from foretaste.taste.releases import ReleaseFacts

BASE = {"click": "7.1.2", "flask": "1.1.4", "jinja2": "2.11.3", "markupsafe": "2.0.1"}
FEBRUARY = 1_645_228_800.0  # 2022-02-19, 00:00 UTC
TRACE = """Traceback (most recent call last):
  File "test_consumer.py", line 1, in <module>
    import flask
  File "jinja2/filters.py", line 13, in <module>
    from markupsafe import soft_unicode
ImportError: cannot import name 'soft_unicode' from 'markupsafe' (/env/markupsafe.py)"""


def failure(test: str = COMMAND, **facts: Any) -> Failure:
    """Return how flask 1.1 fails on markupsafe 2.1, in a test."""
    told: dict[str, Any] = {
        "signature": Signature(
            type="ImportError",
            message="cannot import name 'soft_unicode' from 'markupsafe' (PATH)",
        ),
        "message": "cannot import name 'soft_unicode' from 'markupsafe' (/env/markupsafe.py)",
        "trace": TRACE,
        "frames": ("./test_consumer.py", "flask/__init__.py", "jinja2/filters.py"),
    }
    return Failure(test=test, **{**told, **facts})


def culprit(*keys: str, **facts: Any) -> Culprit:
    """Return a culprit of these moves that two trials confirm."""
    told: dict[str, Any] = {
        "confidence": 0.99993,
        "failures": (failure(),),
        "alone": 3,
        "without": 4,
    }
    return Culprit(keys=frozenset(keys), **{**told, **facts})


def lattice(
    new: Mapping[str, str | None],
    base: Mapping[str, str] = BASE,
    needs: Mapping[str, Iterable[str]] | None = None,
    dropped: tuple[str, ...] = (),
) -> Lattice:
    """Return the lattice of what moves to these versions."""
    candidate = {key: version for key, version in {**base, **new}.items() if version is not None}
    moves = {move.key: move for move in moves_between(base, candidate)}
    needed = {key: frozenset({key, *(needs or {}).get(key, ())}) for key in moves}
    return Lattice(base=base, moves=moves, needs=needed, dropped=dropped)


def subject(**facts: Any) -> Subject:
    """Return a consumer of flask 1.1 that has a test of its own."""
    told: dict[str, Any] = {
        "python": "3.9.18",
        "test": "python test_consumer.py",
        "base_from": "base.txt",
        "as_of": FEBRUARY,
        "files": {"test_consumer.py": "import flask\n"},
    }
    return Subject(**{**told, **facts})


def release(name: str, version: str, **facts: Any) -> ReleaseFacts:
    """Return a release with a hash of its own."""
    digest = f"{abs(sum(map(ord, name + version))):064x}"
    return ReleaseFacts(name=name, version=version, **{"hashes": (f"sha256:{digest}",), **facts})


def releases(space: Lattice, **facts: Mapping[str, Any]) -> tuple[ReleaseFacts, ...]:
    """Return every release of base and candidate; `facts` are more of the new ones', by name."""
    found = {}
    for version in ("old", "new"):
        for move in space.moves.values():
            number = getattr(move, version)
            if number is not None:
                more = facts.get(move.name, {}) if version == "new" else {}
                found[move.name, number] = release(move.name, number, **more)
    for key, number in space.base.items():
        name = key.removeprefix("build:")
        found.setdefault((name, number), release(name, number))
    return tuple(found.values())


def dossier(finding: Finding, space: Lattice, **facts: Any) -> Dossier:
    """Return the dossier of a finding."""
    told: dict[str, Any] = {
        "subject": subject(),
        "releases": releases(space),
        "seconds": Seconds(resolve=0.4, install=2.1, test=6.0, total=8.9),
        "trials": (
            TrialFacts(number=1, moved=(), outcome="passed", seconds=1.0),
            TrialFacts(number=2, moved=tuple(space.moves), outcome="failed", failed=1, seconds=0.5),
        ),
    }
    return dossier_of(finding, space, Gathered(**{**told, **facts}))


def rejected(**facts: Any) -> Dossier:
    """Return one culprit, and one move that goes on."""
    space = lattice({"markupsafe": "2.1.0", "click": "8.1.0"})
    finding = Finding(
        verdict=Verdict.REJECT,
        baseline=Baseline.PASSED,
        culprits=(culprit("markupsafe"),),
        held={"markupsafe": "culprit"},
        accepted=frozenset({"click"}),
        trials=4,
    )
    known = releases(space, markupsafe={"uploaded": FEBRUARY - 7500})
    return dossier(finding, space, **{"releases": known, **facts})


def blaming(blamed: Culprit, **facts: Any) -> Dossier:
    """Return a culprit of our own among the moves of markupsafe and click."""
    return blaming_in(lattice({"markupsafe": "2.1.0", "click": "8.1.0"}), blamed, **facts)


def blaming_in(space: Lattice, blamed: Culprit, **facts: Any) -> Dossier:
    """Return a culprit among these moves, of which the others go on."""
    finding = Finding(
        verdict=Verdict.REJECT,
        baseline=Baseline.PASSED,
        culprits=(blamed,),
        held=dict.fromkeys(blamed.keys, "culprit"),
        accepted=space.every - blamed.keys,
        trials=4,
    )
    return dossier(finding, space, **facts)


def building() -> Dossier:
    """Return a culprit that builds the project."""
    space = lattice({"build:setuptools": "78.0.1"}, {"click": "7.1.2", "build:setuptools": "77.0"})
    finding = Finding(
        verdict=Verdict.REJECT,
        baseline=Baseline.PASSED,
        culprits=(culprit("build:setuptools"),),
        held={"build:setuptools": "culprit"},
        trials=3,
    )
    return dossier(finding, space, subject=subject(installed=True))


def going_away() -> Dossier:
    """Return a culprit that is gone in the candidate."""
    space = lattice({"six": None}, {"six": "1.16.0"})
    finding = Finding(
        verdict=Verdict.REJECT,
        baseline=Baseline.PASSED,
        culprits=(culprit("six"),),
        held={"six": "culprit"},
        trials=3,
    )
    return dossier(finding, space)


def several(**facts: Any) -> Dossier:
    """Return a pair, another culprit, one that is held with it, and much that was noticed."""
    new = {"fastapi": "0.100.0", "pydantic": "2.0", "anyio": "4.0.0", "click": "8.1.0"}
    old = {"fastapi": "0.99.1", "pydantic": "1.10.9", "anyio": "3.7.1", "httpx": "0.24.1"}
    space = lattice(
        {**new, "httpx": "0.25.0", "jinja2": "3.1.0", "pydantic-core": "2.0.1", "six": None},
        {**BASE, **old, "six": "1.16.0"},
        {"httpx": ["anyio"], "pydantic": ["pydantic-core"]},
        dropped=("flask 1.1.4 does not accept jinja2 3.1.0, which the candidate has",),
    )
    pair = culprit(
        "fastapi",
        "pydantic",
        needed=frozenset({"pydantic-core"}),
        failures=(failure("t.py::a"), failure("t.py::b"), failure("t.py::c")),
    )
    hang = failure(
        "t.py::d",
        hung=True,
        signature=Signature(type="", message=""),
        message="",
        trace="",
        frames=(),
    )
    finding = Finding(
        verdict=Verdict.REJECT,
        baseline=Baseline.FLAKY,
        culprits=(pair, culprit("anyio", failures=(hang,), alone=None), culprit("jinja2")),
        held={
            "fastapi": "culprit",
            "pydantic": "culprit",
            "anyio": "culprit",
            "jinja2": "culprit",
            "httpx": "needs anyio",
        },
        accepted=frozenset({"click", "six", "pydantic-core"}),
        flaky=(Flake(test="t.py::flaky", rate=0.22, runs=9),),
        red=("t.py::red",),
        unstable=("t.py::sometimes",),
        trials=17,
    )
    return dossier(
        finding,
        space,
        releases=releases(
            space,
            click={"starts": ("click-nspkg.pth",), "scripts": ("clicked",)},
            jinja2={"yanked": "broken"},
            anyio={"plugins": {"pytest11": ("anyio",)}},
        ),
        forwarded=(Forwarded(key="jinja2", old="2.11.3", to="3.0.3", fails=("3.1.0",)),),
        warnings=("DeprecationWarning: old", "UserWarning: new"),
        oracles=(OracleWord(oracle="imports", of="jinja2", text="no jinja2.Markup any more"),),
        subject=subject(project="demo", version="1.0", test="pytest -q", files={}),
        **facts,
    )


def accepted(moves: int = 2) -> Dossier:
    """Return so many moves that all pass."""
    space = lattice({"click": "8.1.0", "markupsafe": "2.1.0"} if moves > 1 else {"click": "8.1.0"})
    if not moves:
        space = lattice({})
    return dossier(
        Finding(
            verdict=Verdict.ACCEPT,
            baseline=Baseline.PASSED,
            accepted=space.every,
            trials=2,
        ),
        space,
    )


def undecided(reason: str = "The budget of 10 trials is used up.", **facts: Any) -> Dossier:
    """Return no answer."""
    space = lattice({"click": "8.1.0"})
    finding = Finding(verdict=Verdict.UNDECIDED, baseline=Baseline.FAILED, reason=reason, trials=10)
    return dossier(finding, space, **facts)


def unstable(*tests: str) -> Dossier:
    """Return tests that fail now and then with a move, and nobody to blame."""
    space = lattice({"click": "8.1.0"})
    finding = Finding(
        verdict=Verdict.REJECT,
        baseline=Baseline.PASSED,
        held={"click": "unstable"},
        unstable=tests,
        trials=8,
    )
    return dossier(finding, space)
