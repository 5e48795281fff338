"""Document: one TOML file with the line of everything in it, read as if its writer were hostile."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from foretaste.config import mistakes
from foretaste.config.mistakes import Mistake, dotted
from foretaste.config.spots import Path, find_spots

# Bytes. The longest pyproject.toml of the thousand most used projects has less than a fifth of it.
MOST_BYTES = 256 * 1024
# Documents; each is a few times as large as its file.
MOST_KEPT = 64
# `tomllib` takes time by the square of the parts of a dotted key, and the stack by depth.
MOST_PARTS = 32

BOM = b"\xef\xbb\xbf"
PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
# Begins only where a part begins, or a long word would be read again from each of its letters.
LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{PART}[ \t]*+\.[ \t]*+){{{MOST_PARTS}}}")
AT_LINE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's settings: `data` is the table that `root` leads to, `spots` lines by full key."""

    file: str
    data: Mapping[str, Any]
    root: Path = ()
    spots: Mapping[Path, int] = field(default_factory=dict)
    text: str = ""

    def at(self, root: Iterable[str]) -> Document | None:
        """Return the part of the document below `root`; None where there is no such table."""
        path = tuple(root)
        data: Any = self.data
        for part in path:
            data = data.get(part) if isinstance(data, dict) else None
        return replace(self, data=data, root=self.root + path) if isinstance(data, dict) else None

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line of a key below the root, else of the nearest table around it."""
        full = (*self.root, *path)
        while full and full not in self.spots:
            full = full[:-1]
        return self.spots.get(full, 0)

    def origin(self, path: Sequence[str | int]) -> str:
        """Return where a key stands, as `file:line`."""
        line = self.line(path)
        return f"{self.file}:{line}" if line else self.file

    def mistake(
        self, code: str, path: Sequence[str | int], what: str, *, hint: str = ""
    ) -> Mistake:
        """Return the mistake of a key below the root."""
        return Mistake(
            code=code,
            what=what,
            file=self.file,
            line=self.line(path),
            key=dotted((*self.root, *path)),
            hint=hint,
        )


@lru_cache(maxsize=MOST_KEPT)
def read_document(file: str, raw: bytes) -> Document | Mistake:
    """Read a file's bytes, or say what keeps them from being read; never raises.

    The same bytes give the same document, which nobody alters: most prospects of a queue have the
    same configuration.
    """
    refused = _unfit(file, raw)
    if refused is not None:
        return refused
    # The same lines that tomllib counts.
    text = raw.decode("utf-8").replace("\r\n", "\n")
    long_key = LONG_KEY.search(text)
    if long_key is not None:
        line = text.count("\n", 0, long_key.start()) + 1
        return _file_mistake(file, f"a key has more than {MOST_PARTS} parts", line)
    try:
        return Document(file=file, data=tomllib.loads(text), spots=find_spots(text), text=text)
    except RecursionError:
        return _file_mistake(file, "lists or tables stand too deep in one another")
    except ValueError as error:
        return _syntax(file, text, str(error))


def _unfit(file: str, raw: bytes) -> Mistake | None:
    if len(raw) > MOST_BYTES:
        size = f"it has {len(raw)} bytes, at most {MOST_BYTES} are read"
        return _file_mistake(file, size, hint="is it the right file?")
    if raw.startswith(BOM):
        return _file_mistake(
            file, "it begins with a byte order mark", 1, hint="save it as UTF-8 without one"
        )
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _file_mistake(file, "it is not UTF-8", line, hint="TOML is always UTF-8")
    return None


def _file_mistake(file: str, what: str, line: int = 0, *, hint: str = "") -> Mistake:
    return Mistake(code=mistakes.FILE, what=what, file=file, line=line, hint=hint)


def _syntax(file: str, text: str, said: str) -> Mistake:
    """Say what tomllib said, with the line apart; what has no line is at the end."""
    found = AT_LINE.search(said)
    what = AT_LINE.sub("", said)
    if found is None:
        # A number that Python will not read: the one refusal of tomllib that names no line.
        return Mistake(code=mistakes.SYNTAX, what="a number is too long", file=file)
    line = int(found.group(1)) if found.group(1) else text.rstrip("\n").count("\n") + 1
    hint = {
        "Cannot overwrite a value": "the key is there twice",
        "Invalid statement": "a line is a key = value, a [table] or a # comment",
        "Invalid value": "text needs quotes; true and false are written small",
    }.get(what, "")
    return Mistake(code=mistakes.SYNTAX, what=what, file=file, line=line, hint=hint)
