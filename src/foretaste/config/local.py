"""Local: the settings of a folder as its owner has it before them, with no gate to ask."""

from __future__ import annotations

from foretaste.config.checks import Known
from foretaste.config.detect.find import find
from foretaste.config.load import ProjectSettings, load_project
from foretaste.config.resolve import Resolved, resolve
from foretaste.config.tree import Tree


def resolve_locally(tree: Tree) -> Resolved:
    """Return what a tree says of its jobs, or what is found where it says nothing.

    What only a gate knows (its projects, semaphores, templates) is not checked, but for templates:
    one that is not in the library is unknown here.

    Raises:
        ConfigurationError: it cannot be used, or nothing is found.
    """
    said = load_project(tree, Known())
    settings = [said] if said is not None else []
    if said is None or not said.says_jobs:
        found = find(tree)
        settings.append(ProjectSettings(table=found.table, note=found.note))
    return resolve(settings, {}, tree)
