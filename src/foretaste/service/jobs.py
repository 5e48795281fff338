"""Jobs: a change's jobs, read from the trees that would be landed (the port `ports.jobs`).

The settings of a project come from the prospect, what its gate requires from the target as well
(`config.gating`), and what only the gate may say from the gate's settings in force.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Protocol

from foretaste.config import mistakes
from foretaste.config.detect.find import find
from foretaste.config.gate import GATE, GateSettings, load_gate
from foretaste.config.gating import GATE_PIPELINE, Gating, altered, gating
from foretaste.config.load import OWN_FILE, ProjectSettings, load_project, own_document
from foretaste.config.mistakes import ConfigurationError, Mistake
from foretaste.config.resolve import Definition, Resolved, resolve
from foretaste.config.schema import JobTable, ProjectTable
from foretaste.config.spec import canonical, encode
from foretaste.config.tree import Tree
from foretaste.core.change import Unreleased
from foretaste.core.job import Job
from foretaste.core.names import JobName, Oid, ProjectName, Ref
from foretaste.ports.executor import EnvironmentSpec, JobSpec, Source
from foretaste.ports.jobs import JobsQuery

# Part of every digest of inputs: a new meaning of the same text is a new input.
INPUTS_VERSION = "1"
# Commits; a prospect is read once for each of its members, a target again and again.
MOST_KEPT = 512
# The settings were read by the gate before the build began; this shows that it is TOML at all.
SETTINGS_RUN = (
    f"if [ -e {OWN_FILE} ]; then "
    f'python -c \'import tomllib; tomllib.load(open("{OWN_FILE}", "rb"))\'; fi'
)


class Contents(Protocol):
    """What the gate reads of the projects' repositories; commits are full object ids."""

    def read(self, project: str, commit: str, path: str) -> bytes | None:
        """Return a file's bytes, None where the commit has no such file."""
        ...

    def paths(self, project: str, commit: str) -> Collection[str]:
        """Return the paths of all files of the commit."""
        ...

    def tree(self, project: str, commit: str) -> str:
        """Return the id of the commit's tree."""
        ...

    def changed(self, project: str, target: str, commit: str) -> Collection[str]:
        """Return the paths that `commit` changes since it left the history of `target`.

        Old and new name of what was renamed are both there.
        """
        ...

    def tip(self, ref: Ref) -> Oid | None:
        """Return what the branch points at now, None where there is no such branch."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitTree:
    """The tree of one commit, for what reads trees."""

    contents: Contents
    project: str
    commit: str

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there is no such file."""
        return self.contents.read(self.project, self.commit, path)

    def paths(self) -> Collection[str]:
        """Return the paths of all files."""
        return self.contents.paths(self.project, self.commit)


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What commits resolved to under one version of the gate's settings."""

    settings: GateSettings | None = None
    resolved: OrderedDict[tuple[str, str], Resolved] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class ConfiguredJobs:
    """The jobs that projects and the gate have written down, or that were found out."""

    def __init__(
        self,
        contents: Contents,
        settings: Callable[[], GateSettings],
        *,
        interpreter: str,
        index: Callable[[], str] = str,
        identify: Callable[[str], str] = str,
    ) -> None:
        """Read from `contents`, under the gate's `settings` in force.

        `interpreter` is the version that a job without one gets, `index` names the state of the
        package index that environments are made from: both are inputs of every build. `identify`
        tells which interpreter a version stands for on this machine now, "3.13" among them.
        """
        self._contents = contents
        self._settings = settings
        self._interpreter = interpreter
        self._index = index
        self._identify = identify
        self._kept = _Kept()

    def jobs(self, query: JobsQuery) -> tuple[Job, ...]:
        """Return the jobs, each with its inputs' digest and the spec to start it with.

        Raises:
            ConfigurationError: the configuration cannot be used.
        """
        settings = self._settings()
        project, own = str(query.ref.project), dict(query.state).get(query.ref)
        if own is None:
            raise ConfigurationError([_no_commit(query.ref)])
        prospect = self.resolved(project, own, settings)
        target = self._target(project, query.target, prospect, settings)
        pipeline = query.pipeline
        if query.unreleased and not prospect.pipelines.get(pipeline):
            pipeline = GATE_PIPELINE  # a check is all that such a change gets
        found = gating(pipeline, prospect, target, self._changed(query, prospect, target))
        return self._jobs(query, found, settings)

    def altered(self, query: JobsQuery) -> tuple[JobName, ...]:
        """Return the required jobs that the change drops or defines anew (attack A01).

        Raises:
            ConfigurationError: the configuration cannot be used.
        """
        settings = self._settings()
        project, own = str(query.ref.project), dict(query.state).get(query.ref)
        if own is None:
            raise ConfigurationError([_no_commit(query.ref)])
        prospect = self.resolved(project, own, settings)
        return altered(prospect, self._target(project, query.target, prospect, settings))

    def redefines(self, project: str, target: str, commit: str) -> bool:
        """Return whether a commit drops or defines anew what the target's gate stands on.

        Templates and what is found out count: a tox.ini says what is run as much as a
        foretaste.toml. What cannot be used counts as defined anew.
        """
        settings = self._settings()
        try:
            old, new = (self.resolved(project, each, settings) for each in (target, commit))
            return bool(altered(new, old))
        except ConfigurationError:
            return True

    def resolved(self, project: str, commit: str, settings: GateSettings) -> Resolved:
        """Return what a commit's configuration comes to.

        Raises:
            ConfigurationError: it cannot be used.
        """
        key = (project, commit)
        with self._kept.lock:
            if self._kept.settings is not settings:
                self._kept.settings = settings
                self._kept.resolved.clear()
            kept = self._kept.resolved.get(key)
        if kept is not None:
            return kept
        tree = CommitTree(contents=self._contents, project=project, commit=commit)
        found = resolved_in(tree, project, settings)
        with self._kept.lock:
            # The settings may have changed while this was read; then it belongs to the old ones.
            if self._kept.settings is settings:
                self._kept.resolved[key] = found
                while len(self._kept.resolved) > MOST_KEPT:
                    self._kept.resolved.popitem(last=False)
        return found

    def _target(
        self, project: str, commit: str, prospect: Resolved, settings: GateSettings
    ) -> Resolved:
        """Return what the target requires; of one that is broken, what still can be read.

        A branch comes to be broken from outside only, and a change must be able to mend it.
        """
        try:
            return self.resolved(project, commit, settings)
        except ConfigurationError:
            tree = CommitTree(contents=self._contents, project=project, commit=commit)
            return salvaged(tree, prospect)

    def _changed(self, query: JobsQuery, prospect: Resolved, target: Resolved) -> Collection[str]:
        """Return the change's own paths, where any job asks for them."""
        pools = (prospect.definitions, target.definitions)
        if not any(each.files for pool in pools for each in pool.values()):
            return ()
        return self._contents.changed(query.ref.project, query.target, query.change.commit)

    def _jobs(self, query: JobsQuery, found: Gating, settings: GateSettings) -> tuple[Job, ...]:
        made: dict[JobName, Job] = {}
        for name, definition in found.definitions.items():
            sources = self._sources(query, definition, settings)
            spec = spec_of(definition, sources)
            needed = [made[need] for need in found.needs[name]]
            made[name] = Job(
                name=name,
                needs=found.needs[name],
                holds=definition.holds,
                voting=definition.voting,
                fail_fast=definition.fail_fast,
                semaphore=definition.semaphore,
                shared=definition.shared,
                evidence=definition.evidence,
                inputs=self._inputs(spec, needed),
                spec=encode(spec),
            )
        return tuple(made.values())

    def _sources(
        self, query: JobsQuery, definition: Definition, settings: GateSettings
    ) -> tuple[Source, ...]:
        state = dict(query.state)
        sources = [self._source(str(query.ref.project), state[query.ref])]
        branches = {str(each.name): each.branches for each in settings.projects}
        for project in definition.projects:
            # The branch of the same name first; only guarded ones, for anyone may move others.
            guarded = sorted(branches[project], key=lambda each: each != query.ref.branch)
            refs = [Ref(ProjectName(project), branch) for branch in guarded]
            commits = (state.get(ref) or self._contents.tip(ref) for ref in refs)
            commit = next((each for each in commits if each is not None), None)
            if commit is None:
                raise ConfigurationError([_no_commit(refs[0], definition.job)])
            sources.append(self._source(project, commit))
        sources += [self._source(each.place, each.commit) for each in _agreed(query.unreleased)]
        return tuple(sources)

    def _source(self, project: str, commit: str) -> Source:
        return Source(project=project, commit=commit, tree=self._contents.tree(project, commit))

    def _inputs(self, spec: JobSpec, needed: Collection[Job]) -> str:
        """Return the digest of all that a build reads, empty where that cannot be known.

        Commits and labels are no inputs: the same trees give the same outcome.
        """
        # What the network says is an input that nobody can name.
        if spec.network or any(not need.inputs for need in needed):
            return ""
        read = {
            "version": INPUTS_VERSION,
            "spec": encode(replace(spec, sources=(), label="")),
            "trees": [[source.project, source.tree] for source in spec.sources],
            "python": self._identify(spec.environment.python or self._interpreter),
            "index": self._index(),
            "needs": [[need.name, need.inputs] for need in needed],
        }
        return hashlib.sha256(canonical(read).encode()).hexdigest()


def resolved_in(tree: Tree, project: str, settings: GateSettings) -> Resolved:
    """Return what a project's tree and the gate say together, or what is found where both do not.

    Raises:
        ConfigurationError: it cannot be used, or nothing is found.
    """
    if project == GATE:
        return resolve([_of_the_gate(tree, settings)], settings.templates, tree)
    known = settings.known(project)
    said = [each for each in (settings.held(project), load_project(tree, known)) if each]
    if not any(each.says_jobs for each in said):
        found = find(tree)
        said.append(ProjectSettings(table=found.table, note=found.note))
    return resolve(said, settings.templates, tree, network=known.network)


def salvaged(tree: Tree, prospect: Resolved) -> Resolved:
    """Return the gate pipeline of settings that cannot be used, as far as it can be read.

    The jobs are the prospect's own, for those in the tree are not to be trusted with anything.
    """
    try:
        document = own_document(tree)
    except ConfigurationError:
        document = None
    listed = document.data.get(GATE_PIPELINE) if document is not None else None
    references = listed if isinstance(listed, list) else []
    names = [name for each in references if isinstance(each, str) for name in prospect.named(each)]
    pipelines = {GATE_PIPELINE: tuple(dict.fromkeys(names))}
    return Resolved(definitions=prospect.definitions, pipelines=pipelines)


def spec_of(definition: Definition, sources: tuple[Source, ...]) -> JobSpec:
    """Return what an executor is told of a job."""
    return JobSpec(
        attempt="",
        label=str(definition.name),
        sources=sources,
        environment=EnvironmentSpec(
            python=definition.python,
            install=definition.install,
            preinstall=definition.preinstall,
            build_constraints=definition.build_constraints,
        ),
        run=definition.command,
        env=definition.env,
        timeout=definition.timeout,
        evidence=definition.evidence,
        network=definition.network,
        services=definition.services,
        artefacts=definition.artefacts,
    )


def _of_the_gate(tree: Tree, settings: GateSettings) -> ProjectSettings:
    """Return what the gate's own project says of itself in `[project.gate]`.

    Raises:
        ConfigurationError: its settings, which would be in force after landing, cannot be used.
    """
    raw = tree.read(OWN_FILE) or b""
    read = load_gate(raw, services=settings.services, planners=settings.planners)
    held = read.held(GATE)
    if held is not None and held.says_jobs:
        return held
    job = JobTable(run=SETTINGS_RUN, install=[])
    table = ProjectTable(check=["settings"], gate=["settings"], job={"settings": job})
    return ProjectSettings(table=table)


def _agreed(unreleased: Collection[Unreleased]) -> Collection[Unreleased]:
    """Return the unreleased states, of each dependency one.

    Raises:
        ConfigurationError: changes that are tested together ask for different ones.
    """
    found: dict[str, Unreleased] = {}
    for each in unreleased:
        other = found.setdefault(each.name, each)
        if (other.place, other.commit) != (each.place, each.commit):
            what = f"{each.name} is asked for at {other.ref} and at {each.ref}"
            hint = "let their Depends-On lines name the same"
            raise ConfigurationError(
                [Mistake(code=mistakes.NOT_ALLOWED, what=what, key="Depends-On", hint=hint)]
            )
    return found.values()


def _no_commit(ref: Ref, job: str = "") -> Mistake:
    return Mistake(
        code=mistakes.NO_COMMIT,
        what=f"project {ref.project} has no branch {ref.branch}",
        key=f"job.{job}.with" if job else "",
        hint="push it first",
    )
