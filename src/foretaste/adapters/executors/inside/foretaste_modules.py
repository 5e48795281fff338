"""Which modules a project has that can be imported by themselves, found without running anything.

Tests, documents, examples and what is run rather than imported are left out; what they use of other
packages counts all the same. Written for Python 2.7 and 3.6 or later alike.
"""

import ast
import os
import sys

MYPY = False
if MYPY:
    from typing import Any  # noqa: F401 -- named in comments

# Folders of which nothing is looked at, and those whose modules are not for others to import.
_NOTHING = {"build", "dist", "node_modules", "venv", "site-packages", "__pycache__"}
_NOT_IMPORTED = {
    "test", "tests", "testing", "doc", "docs", "example", "examples", "sample", "samples", "demo",
    "benchmark", "benchmarks", "script", "scripts", "tool", "tools", "ci", "contrib",
}  # fmt: skip
_NOT_MODULES = {
    "setup", "conftest", "noxfile", "fabfile", "tasks", "dodo", "versioneer", "ez_setup",
    "__main__", "manage", "conf",
}  # fmt: skip
# Folders of a tree below which packages begin.
_ROOTS = ("src", "lib", "python")
_MOST_FILES = 5000
_LARGEST = 4 * 2**20


class Project(object):
    """A project's files of Python: `files` their paths, `modules` the names of its modules.

    `roots` are the folders from which the modules are found, relative to the project's; `own` the
    names that an import of the project's own begins with.
    """

    def __init__(self):
        # type: () -> None
        self.files = []  # type: list[str]
        self.modules = []  # type: list[str]
        self.roots = []  # type: list[str]
        self.own = set()  # type: set[str]


def project_in(folder):
    # type: (str) -> Project
    """Return what a project's folder has."""
    found = Project()
    for path in _files(folder):
        if path[: -len(".py")] not in _NOT_MODULES:
            # What builds or tests a project is not what it uses.
            found.files.append(path)
        root, name = _module(folder, path)
        found.own |= {path.split(os.sep)[0], name.split(".")[0]}
        where, base = os.path.split(path[: -len(".py")])
        if not os.path.exists(os.path.join(folder, where, "__init__.py")):
            # Found by its bare name, where its folder is on the path (as those of tests are).
            found.own.add(base)
        if name and _is_imported(folder, path, root):
            found.modules.append(name)
            if root not in found.roots:
                found.roots.append(root)
    found.modules.sort()
    return found


def read(path):
    # type: (str) -> bytes
    """Return a file's bytes, none where it cannot be read or is larger than a source is."""
    try:
        with open(path, "rb") as file:
            return file.read(_LARGEST)
    except EnvironmentError:
        return b""


def _files(folder):
    # type: (str) -> list[str]
    """Return the files of Python below a folder, in order."""
    found = []  # type: list[str]
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NOTHING
            and name[0] != "."
            and not name.endswith(".egg-info")
            and not os.path.exists(os.path.join(where, name, "pyvenv.cfg"))
        )
        inside = os.path.relpath(where, folder)
        found += [
            os.path.normpath(os.path.join(inside, name))
            for name in sorted(names)
            if name.endswith(".py")
        ]
        if len(found) > _MOST_FILES:
            break
    return found[:_MOST_FILES]


def _module(folder, path):
    # type: (str, str) -> tuple[str, str]
    """Return the folder from which a file's module is found, and its name, "" for none."""
    parts = path[: -len(".py")].split(os.sep)
    root = ""
    package = os.path.exists(os.path.join(folder, parts[0], "__init__.py"))
    if len(parts) > 1 and parts[0] in _ROOTS and not package:
        root, parts = parts[0], parts[1:]
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return root, ".".join(parts)


def _is_imported(folder, path, root):
    # type: (str, str, str) -> bool
    """Whether a module is there to be imported."""
    below = os.path.relpath(path, root) if root else path
    parts = below[: -len(".py")].split(os.sep)
    if not all(_is_name(part) for part in parts) or set(parts[:-1]) & _NOT_IMPORTED:
        return False
    name = parts[-1]
    if name in _NOT_MODULES or name.startswith("test_") or name.endswith(("_test", "_tests")):
        return False
    if len(parts) == 1:
        # Of what lies by itself, a module defines and a program does.
        return name not in _NOT_IMPORTED and not _does(read(os.path.join(folder, path)))
    # Folders without an `__init__` are packages where all of their parents are (PEP 420).
    return sys.version_info[0] > 2 or _is_package(os.path.join(folder, root), parts[:-1])


def _is_package(root, parts):
    # type: (str, list[str]) -> bool
    for count in range(1, len(parts) + 1):
        if not os.path.exists(os.path.join(root, *(parts[:count] + ["__init__.py"]))):
            return False
    return True


def _is_name(part):
    # type: (str) -> bool
    return part.replace("_", "a").isalnum() and not part[0].isdigit()


def _does(source):
    # type: (bytes) -> bool
    """Whether a file does something as soon as it is imported, as a program does."""
    if source.startswith(b"#!"):
        return True
    try:
        tree = compile(source, "module", "exec", ast.PyCF_ONLY_AST, True)  # type: Any
    except (SyntaxError, ValueError, TypeError, RuntimeError, MemoryError):
        return True
    return any(
        isinstance(each, ast.Expr) and isinstance(each.value, ast.Call) for each in tree.body
    )


def is_standard(name):
    # type: (str) -> bool
    """Whether a module is Python's own, by the first part of its name."""
    known = getattr(sys, "stdlib_module_names", None)
    if known is not None:
        return name in known
    return name in sys.builtin_module_names or _lies_in_the_library(name)


def _lies_in_the_library(name):
    # type: (str) -> bool
    """Look for a module among Python's own files; before 3.10 there is no list of them."""
    library = os.path.dirname(os.__file__)
    for ending in (".py", ".so", ""):
        if os.path.exists(os.path.join(library, name + ending)):
            return True
    compiled = os.path.join(library, "lib-dynload")
    try:
        return any(each.split(".")[0] in (name, name + "module") for each in os.listdir(compiled))
    except EnvironmentError:
        return False
