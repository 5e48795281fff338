"""The port Resolver by uv: which releases fit together, as an index was at a time.

uv is asked again and again, with what it cannot see by itself shown to it as placeholders, until
neither a new name nor a placeholder that nobody has looked into comes out (`rounds`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from foretaste.adapters.uv.answers import SETTLED, Answers
from foretaste.adapters.uv.pins import Pinning
from foretaste.adapters.uv.rounds import Means, Rounds
from foretaste.adapters.uv.wheels import Recipe
from foretaste.adapters.uv.workbench import Work, Workbench
from foretaste.ports.environments import Say
from foretaste.ports.errors import UserError
from foretaste.ports.index import Index
from foretaste.ports.releases import Asking, Pins


class UvResolver:
    """Chooses releases by upload time; answers are kept in the workbench's folder."""

    def __init__(self, workbench: Workbench, index: Index) -> None:
        self._workbench = workbench
        self._index = index
        self._answers = Answers(workbench.folder / "answers", workbench.clock)

    def resolve(self, asking: Asking, say: Say) -> Pins:
        """Return a pin for everything that is needed.

        Raises:
            UserError: no releases fit together (FT621), no such interpreter (FT625), or one that
                must be taken does not build.
            TransientError: the index is out of reach.
        """
        asking = _normal(asking)
        for name, version in asking.base.items():
            _check_version(name, version)
        work = self._begin(asking, say)
        question = ("resolve", *self._question(asking, work))
        pins = self._answers.get(question, asking.as_of)
        if pins is None:
            pins = Rounds(asking, self._means(work)).run()
            self._answers.put(question, pins)
        return pins

    def pin(self, asking: Asking, say: Say) -> Pins:
        """Return pins for exactly the versions of `asking.base`, yanked or not.

        Raises:
            UserError: a version is not on the index (any more), or has no file that fits.
            TransientError: the index is out of reach.
        """
        asking = replace(
            _normal(asking), requirements=(), constraints=(), only=None, excluded={}, as_of=None
        )
        work = self._begin(asking, say)
        question = ("pin", *self._question(asking, work))
        # The files of a release stay the same; for how long it is there is not its base's matter.
        pins = self._answers.get(question, None, SETTLED)
        if pins is None:
            pins = self._means(work).pinning.exactly(asking.base, asking.hashes)
            self._answers.put(question, pins)
        return pins

    def _begin(self, asking: Asking, say: Say) -> Work:
        recipe = Recipe(constraints=asking.build_constraints, extra=asking.extra_build)
        return self._workbench.begin(asking.python, recipe, say)

    def _means(self, work: Work) -> Means:
        return Means(
            uv=self._workbench.uv,
            index=self._index,
            pinning=Pinning(self._index, self._workbench, work),
            folder=self._workbench.folder / "shown",
        )

    def _question(self, asking: Asking, work: Work) -> tuple[str, ...]:
        """Return everything that the answer depends on."""
        return (
            work.interpreter.identity,
            self._workbench.uv.identity(),
            *sorted(asking.requirements),
            "constraints",
            *sorted(asking.constraints),
            "base",
            *_lines(asking.base),
            *(" ".join((name, *sorted(each))) for name, each in sorted(asking.hashes.items())),
            "only",
            "everything" if asking.only is None else " ".join(sorted(asking.only)),
            "as of",
            "now" if asking.as_of is None else asking.as_of.isoformat(),
            "excluded",
            *_lines(asking.excluded),
            "recipe",
            work.recipe.key,
        )


def _normal(asking: Asking) -> Asking:
    """Return the same question with names as indexes write them.

    Raises:
        UserError: a requirement is none, or names a place.
    """
    for text in (*asking.requirements, *asking.constraints):
        _check(text)
    return replace(
        asking,
        base={str(canonicalize_name(name)): version for name, version in asking.base.items()},
        excluded={str(canonicalize_name(name)): text for name, text in asking.excluded.items()},
        hashes={str(canonicalize_name(name)): each for name, each in asking.hashes.items()},
        only=None if asking.only is None else frozenset(map(canonicalize_name, asking.only)),
    )


def _check(text: str) -> None:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UserError("FT622", f"{text!r} is no requirement: {error}") from None
    if requirement.url is not None:
        raise UserError("FT622", f"{text!r} names a place; releases are taken from the index only")


def _check_version(name: str, version: str) -> None:
    try:
        Version(version)
    except InvalidVersion:
        raise UserError("FT645", f"{version!r} is no version of {name}", where=name) from None


def _lines(versions: Mapping[str, str]) -> list[str]:
    return [f"{name} {versions[name]}" for name in sorted(versions)]
