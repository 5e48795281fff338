"""Load: a project's settings from its tree: `foretaste.toml`, or `[tool.foretaste]`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foretaste.config import mistakes
from foretaste.config.checks import PIPELINES, Known, checked
from foretaste.config.document import Document, read_document
from foretaste.config.mistakes import ConfigurationError, Mistake, dotted
from foretaste.config.schema import ProjectTable
from foretaste.config.shape import shaped
from foretaste.config.tree import Tree

OWN_FILE = "foretaste.toml"
PYPROJECT = "pyproject.toml"
IN_PYPROJECT = ("tool", "foretaste")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """What one place says of a project; `document` is None where it was found out.

    `held` is what the gate's own settings say of it, which its tree cannot change.
    """

    table: ProjectTable
    document: Document | None = None
    note: str = ""
    held: bool = False

    @property
    def says_jobs(self) -> bool:
        """Whether it says anything of jobs, an empty pipeline included."""
        keys = ("job", *PIPELINES)
        return any(getattr(self.table, key) is not None for key in keys)

    def origin(self, path: Sequence[str | int]) -> str:
        """Return where a key stands."""
        return f"found: {self.note}" if self.document is None else self.document.origin(path)

    def mistake(
        self, code: str, path: Sequence[str | int], what: str, *, hint: str = ""
    ) -> Mistake:
        """Return the mistake of a key."""
        if self.document is None:
            return Mistake(code=code, what=what, key=dotted(path), hint=hint)
        return self.document.mistake(code, path, what, hint=hint)


def load_project(tree: Tree, known: Known) -> ProjectSettings | None:
    """Return what the project says in its own tree, None where it says nothing.

    Raises:
        ConfigurationError: with every mistake in both files.
    """
    document = own_document(tree)
    if document is None:
        return None
    return project_settings(document, known)


def project_settings(document: Document, known: Known) -> ProjectSettings:
    """Return the settings that a document holds.

    Raises:
        ConfigurationError: with every mistake in it.
    """
    table = shaped(ProjectTable, document)
    wrong = list(checked(document, known))
    if isinstance(table, list):
        raise ConfigurationError([*table, *wrong])
    if wrong:
        raise ConfigurationError(wrong)
    return ProjectSettings(table=table, document=document)


def own_document(tree: Tree) -> Document | None:
    """Return the document with the project's own settings, None where there is none.

    Raises:
        ConfigurationError: one of the files cannot be read, or both have settings.
    """
    read = [_read(tree, OWN_FILE), _read(tree, PYPROJECT)]
    wrong = [each for each in read if isinstance(each, Mistake)]
    own, pyproject = (each if isinstance(each, Document) else None for each in read)
    inside = _inside(pyproject)
    if isinstance(inside, Mistake):
        wrong.append(inside)
    if isinstance(inside, Document) and own is not None and own.data:
        wrong.append(_twice(inside))
    if wrong:
        raise ConfigurationError(wrong)
    if own is not None and own.data:
        return own
    return inside if isinstance(inside, Document) else None


def _read(tree: Tree, path: str) -> Document | Mistake | None:
    raw = tree.read(path)
    return None if raw is None else read_document(path, raw)


def _inside(pyproject: Document | None) -> Document | Mistake | None:
    """Return the part of pyproject.toml that is Foretaste's."""
    tool = pyproject.data.get("tool") if pyproject is not None else None
    if pyproject is None or not isinstance(tool, dict) or "foretaste" not in tool:
        return None
    inside = pyproject.at(IN_PYPROJECT)
    return inside or pyproject.mistake(mistakes.TYPE, IN_PYPROJECT, "must be a table")


def _twice(inside: Document) -> Mistake:
    return inside.mistake(
        mistakes.TWO_FILES,
        (),
        f"settings stand here and in {OWN_FILE}",
        hint="keep one of the two",
    )
