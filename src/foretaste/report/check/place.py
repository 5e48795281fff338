"""Place: the file to point at where a tool wants a place in the project for each finding."""

from __future__ import annotations

import re

from foretaste.taste.dossier import Subject

# What a tool would take for a path and nothing more: inside the project, of visible ASCII.
PATH = re.compile(r"(?<![\w./-])[\w.-][\w./-]*\.(?:txt|toml|lock|in|cfg)\b", re.ASCII)
FALLBACK = "pyproject.toml"


def base_file(subject: Subject) -> str:
    """Return the file that holds the base, the project's own file where it stands in none."""
    found = PATH.search(subject.base_from)
    path = found.group() if found else FALLBACK
    return FALLBACK if ".." in path.split("/") else path
