"""What is committed names no machine and no index, and holds no secret by accident.

Both would work for the one who wrote them and nobody else: a path of one machine, and the host of
one index where the user's own settings must choose.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache

import pytest

from tests.house.source import ROOT

# Each has a class of one character, so that it does not find itself here.
PATHS = (
    r"/wor[k]/(main|shared|notes|issue|brief|\.library|\.mirror)\b",
    r"/roo[t]/(?!\.ssh\b)[\w.]",
    r"/hom[e]/(?!user\b|you\b)\w+/",
    r"/op[t]/(pypi|wheels)",
)
HOSTS = (
    r"py[p]i\.org",
    r"pythonhoste[d]\.org",
    r"registry\.npmj[s]",
    r"deb\.debia[n]\.org",
    r"crate[s]\.io",
)
ALLOWED = {"LICENSE"}


@cache
def tracked() -> dict[str, str]:
    """Return the text of every tracked file by its path; what is not text is left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    texts = {}
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if not path.is_file() or path.is_symlink():
            continue
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return texts


def found(patterns: tuple[str, ...]) -> list[str]:
    """Name every place of a tracked file that one of the patterns fits, with what fits."""
    pattern = re.compile("|".join(patterns))
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for name, text in tracked().items()
        if name not in ALLOWED
        for match in pattern.finditer(text)
    ]


def test_no_path_of_one_machine() -> None:
    assert not found(PATHS)


def test_no_host_of_an_index() -> None:
    assert not found(HOSTS)


@pytest.mark.parametrize(
    ("patterns", "text"),
    [
        (PATHS, "/wor~k/main/src"),
        (PATHS, "/roo~t/.pyenv/versions"),
        (HOSTS, "https://files.pythonhoste~d.org/"),
        (HOSTS, "https://py~pi.org/simple"),
    ],
)
def test_the_patterns_find_what_they_are_for(patterns: tuple[str, ...], text: str) -> None:
    assert re.search("|".join(patterns), text.replace("~", ""))


def test_the_locks_have_hashes_and_no_address() -> None:
    locks = {name: text for name, text in tracked().items() if name.startswith("requirements/")}

    for name in ("requirements/all.txt", "requirements/uv.txt"):
        assert "://" not in locks[name]
        pins = re.findall(r"^[a-z0-9].*==", locks[name], re.MULTILINE)
        blocks = re.findall(r"^[a-z0-9].*==.*(?:\n\s+--hash.*)+", locks[name], re.MULTILINE)
        assert len(pins) == len(blocks) > 0
