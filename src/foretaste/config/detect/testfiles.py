"""Test files: which files of a tree hold tests, by their names, and what they are written with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from foretaste.config.tree import Tree

NAMED_TEST = re.compile(r"(?:^|/)(?:test_?[^/]*|[^/]*_tests?)\.py$")
PYTEST = re.compile(rb"^\s*(?:import|from)\s+pytest\b", re.MULTILINE)
UNITTEST = re.compile(rb"^\s*(?:import|from)\s+(?:unittest|django\.test)\b", re.MULTILINE)
# Files that are looked into: the first of a suite show what it is written with.
MOST_READ = 30


def test_files(tree: Tree) -> tuple[str, ...]:
    """Return the files that hold tests, those in a folder for tests first."""
    found = [path for path in tree.paths() if NAMED_TEST.search(path)]
    return tuple(sorted(found, key=lambda path: (_folder(path) == "", path)))


def test_folder(files: Sequence[str]) -> str:
    """Return the folder that most of them are in, "." where they are in none for tests."""
    folders = Counter(filter(None, (_folder(path) for path in files)))
    return folders.most_common(1)[0][0] if folders else "."


def written_with(tree: Tree, files: Sequence[str]) -> frozenset[str]:
    """Return which of pytest and unittest the tests import."""
    texts = [tree.read(path) or b"" for path in files[:MOST_READ]]
    found = {"pytest"} if any(PYTEST.search(text) for text in texts) else set()
    return frozenset(
        found | ({"unittest"} if any(UNITTEST.search(text) for text in texts) else set())
    )


def _folder(path: str) -> str:
    """Return the way to the first folder that is named for tests, "" where there is none."""
    names = path.split("/")[:-1]
    for place, name in enumerate(names):
        if name in {"test", "tests", "testing"}:
            return "/".join(names[: place + 1])
    return ""
