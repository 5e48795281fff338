"""Gating: which jobs a change gets, when it may have altered its own configuration.

The jobs are those of the prospect, so that a change is tested with its own jobs. What the gate
pipeline of the target requires, though, stands whatever the change says (attack A01): such a job
runs, votes and owes the evidence that it owed; as the prospect defines it, and as the target does
where the prospect has it no more. It is skipped for its `files` only where both say so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from foretaste.config import mistakes
from foretaste.config.globs import any_matches
from foretaste.config.mistakes import ConfigurationError, Mistake
from foretaste.config.resolve import Definition, Resolved, named
from foretaste.core.names import JobName

GATE_PIPELINE = "gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gating:
    """Jobs of one change: by name, with the names that each needs, needed ones first."""

    definitions: Mapping[JobName, Definition] = field(default_factory=dict)
    needs: Mapping[JobName, tuple[JobName, ...]] = field(default_factory=dict)


def gating(pipeline: str, prospect: Resolved, target: Resolved, changed: Collection[str]) -> Gating:
    """Return the jobs of a pipeline for a change that touches the paths `changed`.

    No paths at all means that they are not known: every job runs then.

    Raises:
        ConfigurationError: a gate without any job that votes would let everything pass.
    """
    required = target.pipelines.get(pipeline, ()) if pipeline == GATE_PIPELINE else ()
    pool = {**target.definitions, **prospect.definitions}
    pool |= {name: _required(pool[name], target.definitions[name]) for name in required}
    own = prospect.pipelines.get(pipeline, ())
    listed = tuple(dict.fromkeys((*own, *required)))
    wanted = [name for name in listed if concerns(pool[name], changed)]
    found = _with_needs(wanted, pool)
    voting = any(each.voting for each in found.definitions.values())
    if pipeline == GATE_PIPELINE and not (own and voting):
        raise ConfigurationError([_nothing(prospect, listed if own else (), wanted)])
    return found


def altered(prospect: Resolved, target: Resolved) -> tuple[JobName, ...]:
    """Return the jobs that the target's gate stands on and a change drops or defines anew.

    Those are what it requires, and what these need. They still run and vote; whether the new
    definition may be believed is for people to say. What was found out in the tree is as much a
    definition as what is written down; only what is said of it is not.

    Raises:
        ConfigurationError: the target's jobs need each other in a circle.
    """
    required = target.pipelines.get(GATE_PIPELINE, ())
    still = set(prospect.pipelines.get(GATE_PIPELINE, ()))
    needed = _with_needs(required, target.definitions).definitions
    return tuple(
        name
        for name in dict.fromkeys((*required, *needed))
        if (name in required and name not in still)
        or _silent(prospect.definitions.get(name)) != _silent(target.definitions[name])
    )


def _silent(definition: Definition | None) -> Definition | None:
    return None if definition is None else replace(definition, note="")


def concerns(definition: Definition, changed: Collection[str]) -> bool:
    """Whether a change of these paths is one for the job."""
    return not definition.files or not changed or any_matches(definition.files, changed)


def _required(definition: Definition, target: Definition) -> Definition:
    both = definition.files and target.files
    return replace(
        definition,
        voting=definition.voting or target.voting,
        evidence=target.evidence or definition.evidence,
        files=tuple(dict.fromkeys((*definition.files, *target.files))) if both else (),
    )


def _with_needs(wanted: Sequence[JobName], pool: Mapping[JobName, Definition]) -> Gating:
    """Return the wanted jobs and all that they need; what is needed runs whatever its files."""
    needs: dict[JobName, tuple[JobName, ...]] = {}
    ahead = list(reversed(wanted))
    while ahead:
        name = ahead.pop()
        if name in needs:
            continue
        references = pool[name].needs
        found = [each for reference in references for each in named(reference, pool)]
        needs[name] = tuple(dict.fromkeys(found))
        ahead += reversed(needs[name])
    order = _needed_first(needs)
    return Gating(
        definitions={name: pool[name] for name in order},
        needs={name: needs[name] for name in order},
    )


def _needed_first(needs: Mapping[JobName, tuple[JobName, ...]]) -> list[JobName]:
    """Return the names so that each comes after what it needs; there are no circles by now."""
    order: dict[JobName, None] = {}
    left = list(needs)
    while left:
        able = [name for name in left if all(need in order for need in needs[name])]
        order |= dict.fromkeys(able)
        left = [name for name in left if name not in order]
        if not able:
            raise ConfigurationError([_circle(left)])
    return list(order)


def _circle(names: Sequence[JobName]) -> Mistake:
    what = f"jobs need each other in a circle: {', '.join(names)}"
    return Mistake(code=mistakes.CIRCLE, what=what, hint="one of them has to go first")


def _nothing(prospect: Resolved, listed: Sequence[JobName], wanted: Sequence[JobName]) -> Mistake:
    said = prospect.settings[-1] if prospect.settings else None
    if not listed:
        what = "the gate pipeline has no job, so everything would pass"
        hint = 'name its jobs, as in gate = ["tests"]'
    elif wanted:
        what = f"no job that votes is left in the gate pipeline ({', '.join(wanted)})"
        hint = "let one of its jobs be voting, and without files"
    else:
        what = f"no job of the gate pipeline is for these files ({', '.join(listed)})"
        hint = "let one of its jobs be without files"
    if said is None:
        return Mistake(code=mistakes.NOTHING_TO_RUN, what=what, key=GATE_PIPELINE, hint=hint)
    return said.mistake(mistakes.NOTHING_TO_RUN, (GATE_PIPELINE,), what, hint=hint)
