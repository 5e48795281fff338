"""Naming: which names of projects and branches are well formed; everyone asks here.

A name ends up in paths, in addresses and in the arguments of git, so what is allowed is narrow,
and what is refused is told with a reason for people. The rules for branches are those of git
check-ref-format, and some of our own that keep a name from being read as an option, as an object
id or as a full ref.
"""

from __future__ import annotations

import re

PROJECT_LENGTH = 64
BRANCH_LENGTH = 200  # with ".lock" and the folder it must fit a file name, 255 bytes on Linux

_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# What no ref may hold: control characters, space, and what git gives a meaning of its own; a
# quote or a backtick harms nothing by itself and is refused since no one needs it.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\]\\'\"`<>|;&$]")
_BEGINS_WRONG = re.compile(r"-|refs/")
_TAKEN = re.compile(r"@|HEAD|[0-9a-f]{40}|[0-9a-f]{64}")
_DOUBLED = re.compile(r"\.\.|@\{|//")
_BAD_PART = re.compile(r"|\..*|.*\.|.*\.lock")


def project_fault(name: str) -> str:
    """Return why this cannot be a project's name, "" where it can."""
    if not _PROJECT.fullmatch(name):
        return (
            "a project's name has only letters, digits, '.', '_' and '-', and begins with no sign"
        )
    if len(name) > PROJECT_LENGTH:
        return f"a project's name has at most {PROJECT_LENGTH} characters"
    if ".." in name or name.endswith((".", ".git", ".lock")):
        return "a project's name holds no '..' and does not end in '.', '.git' or '.lock'"
    return ""


def branch_fault(name: str) -> str:
    """Return why this cannot be a branch's or a tag's name, "" where it can."""
    if not name or len(name.encode("utf-8", "surrogateescape")) > BRANCH_LENGTH:
        return f"a branch's name has 1 to {BRANCH_LENGTH} bytes"
    if not name.isprintable() or _FORBIDDEN.search(name):
        return "a branch's name holds no spaces, invisible characters or signs special to git"
    if _BEGINS_WRONG.match(name) or _TAKEN.fullmatch(name):
        return "a branch's name begins with neither '-' nor 'refs/', and is not 'HEAD' or an id"
    if _DOUBLED.search(name):
        return "a branch's name holds no '..', '@{' or '//'"
    if any(_BAD_PART.fullmatch(part) for part in name.split("/")):
        return "no part of a branch's name is empty, begins with '.' or ends in '.' or '.lock'"
    return ""
