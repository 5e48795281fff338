"""Globs: which paths a job is about, in time that grows with the path only, whatever the glob.

`*` and `?` stand for anything and for one character within a name, `**` for any number of folders.
There are no regular expressions in the configuration, and none behind the globs: a glob is a row
of positions, each one bit of a number, and a path moves all of them at once, a character a step
(attack F89).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# Characters; a path in git may have 4,096.
LONGEST = 256
REFUSED = "[]{}\\!"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glob:
    """A compiled glob. Bit i is the position before token i; `final` stands after the last.

    A position goes on over a character of `steps` (or over any in `any_step`, any but a slash in
    `name_step`), stays over those of `any_stay` and `name_stay`, and lets the next be reached for
    nothing in `skip`, the one after it in `leap`.
    """

    text: str
    steps: dict[str, int]
    name_step: int
    name_stay: int
    any_stay: int
    skip: int
    leap: int
    final: int

    def matches(self, path: str) -> bool:
        """Whether the whole path, with `/` between its names, is one of the glob's."""
        here = self._for_nothing(1)
        for character in path:
            slash = character == "/"
            step = self.steps.get(character, 0) | (0 if slash else self.name_step)
            stay = self.any_stay | (0 if slash else self.name_stay)
            here = self._for_nothing((here & step) << 1 | here & stay)
            if not here:
                return False
        return bool(here & self.final)

    def _for_nothing(self, here: int) -> int:
        here |= (here & self.leap) << 1 | (here & self.leap) << 2
        return here | (here & self.skip) << 1


def wrong_glob(text: str) -> str:
    """Say what is wrong with a glob; empty for nothing."""
    if not text or len(text) > LONGEST:
        return f"a glob has 1 to {LONGEST} characters"
    if not text.isprintable():
        return "a glob has no control characters"
    if set(text) & set(REFUSED):
        return "only *, ? and ** are special in a glob, and [ ] { } \\ ! do not stand in one"
    names = text.removesuffix("/").split("/")
    if "" in names or "." in names or ".." in names:
        return "a glob is a path from the top of the project, without . and .."
    if any("**" in name and name != "**" for name in names):
        return "** stands for whole folders: between slashes, or at the end"
    return ""


def compile_glob(text: str) -> Glob:
    """Compile a glob that nothing is wrong with; `src/` is `src/**`."""
    tokens = _tokens(text + "**" if text.endswith("/") else text)
    steps: dict[str, int] = {}
    marks = dict.fromkeys(("name_step", "name_stay", "any_stay", "skip", "leap"), 0)
    for place, token in enumerate(tokens):
        bit = 1 << place
        match token:
            case "?":
                marks["name_step"] |= bit
            case "*":
                marks["name_stay"] |= bit
                marks["skip"] |= bit
            case "**":
                marks["any_stay"] |= bit
                marks["skip"] |= bit
            case "enter":
                marks["leap"] |= bit
            case "folders":
                marks["any_stay"] |= bit
                steps["/"] = steps.get("/", 0) | bit
            case _:
                steps[token] = steps.get(token, 0) | bit
    return Glob(text=text, steps=steps, final=1 << len(tokens), **marks)


def any_matches(globs: Iterable[str], paths: Iterable[str]) -> bool:
    """Whether one of the paths is one of the globs'."""
    compiled = [compile_glob(glob) for glob in globs]
    return any(glob.matches(path) for path in paths for glob in compiled)


def _tokens(text: str) -> list[str]:
    """Return one token a position; `**/` is two, so that it can also stand for nothing at all."""
    tokens: list[str] = []
    names = text.split("/")
    for place, name in enumerate(names):
        last = place == len(names) - 1
        if name == "**":
            if tokens[-1:] != ["folders"]:
                tokens += ["**"] if last else ["enter", "folders"]
            elif last:
                tokens += ["**"]
            continue
        tokens += _collapsed(name)
        tokens += [] if last else ["/"]
    return tokens


def _collapsed(name: str) -> list[str]:
    return [
        each for place, each in enumerate(name) if each != "*" or name[place - 1 : place] != "*"
    ]
