"""What a project's code imports and uses of other packages, read from its source and never run.

A use is a dotted name, such as `kazoo.client.KazooClient`, and where it stands. An attribute chain
is followed from the name that an import binds; names that the same file binds in other ways as well
are left alone. What the code itself expects to be missing does not count: imports in a `try` that
catches their failure, what stands under a question for a version or a platform, and what only type
checkers read. Written for Python 2.7 and 3.6 or later alike.
"""

import ast

MYPY = False
if MYPY:
    from typing import Any  # noqa: F401 -- named in comments

_FAILURES = {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"}
# Words in a condition that ask what is there.
_ASKING = {
    "PY2", "PY3", "TYPE_CHECKING", "hasattr", "getattr", "find_spec", "platform", "version",
    "version_info", "__version__", "PYPY", "WINDOWS", "os.name",
}  # fmt: skip


class Use(object):
    """A dotted name of another package: `module` is as the import names it, then attributes.

    `bare` says that the import asks for the last part by name ("from x import y").
    """

    def __init__(self, module, names, line, bare=False):  # noqa: FBT002 -- no `*` in Python 2.7
        # type: (str, tuple[str, ...], int, bool) -> None
        self.module = module
        self.names = names
        self.line = line
        self.bare = bare

    @property
    def dotted(self):
        # type: () -> str
        """The whole name."""
        return ".".join((self.module,) + self.names)


def uses_in(source, path):
    # type: (bytes, str) -> list[Use]
    """Return the uses in a file, each name once; none where it does not parse."""
    try:
        tree = compile(source, path, "exec", ast.PyCF_ONLY_AST, True)
    except (SyntaxError, ValueError, TypeError, RuntimeError, MemoryError):
        return []
    file = _File()
    file.visit(tree)
    found = {}  # type: dict[str, Use]
    for use in file.uses + [each for chain in file.chains for each in _followed(file, chain)]:
        found.setdefault(use.dotted, use)
    return [found[name] for name in sorted(found)]


def _followed(file, chain):
    # type: (_File, tuple[str, tuple[str, ...], int]) -> list[Use]
    """Return what an attribute chain uses: that of its name's one import."""
    name, attributes, line = chain
    bound = file.bound.get(name, [])
    if name in file.others or len(bound) != 1:
        return []
    module, names = bound[0]
    return [Use(module, names + attributes, line)]


class _File(ast.NodeVisitor):
    """Reads one file; `bound` has what imports bind to a name, `others` names bound otherwise."""

    def __init__(self):
        # type: () -> None
        self.uses = []  # type: list[Use]
        self.chains = []  # type: list[tuple[str, tuple[str, ...], int]]
        self.bound = {}  # type: dict[str, list[tuple[str, tuple[str, ...]]]]
        self.others = set()  # type: set[str]
        self._expected = 0

    def visit_Import(self, node):
        # type: (ast.Import) -> None
        """Take "import a.b" and "import a.b as c"."""
        for alias in node.names:
            if alias.asname:
                self._bind(alias.asname, alias.name, ())
            else:
                self._bind(alias.name.split(".")[0], alias.name.split(".")[0], ())
            self._use(Use(alias.name, (), node.lineno))

    def visit_ImportFrom(self, node):
        # type: (ast.ImportFrom) -> None
        """Take "from a import b"; what a project imports of itself does not count."""
        for alias in node.names:
            name = alias.asname or alias.name
            if node.level or not node.module or node.module == "__future__":
                self.others.add(name)
            elif alias.name == "*":
                self._use(Use(node.module, (), node.lineno))
            else:
                self._bind(name, node.module, (alias.name,))
                self._use(Use(node.module, (alias.name,), node.lineno, bare=True))

    def visit_Attribute(self, node):
        # type: (ast.Attribute) -> None
        """Take "a.b.c"."""
        attributes = []  # type: list[str]
        inner = node  # type: ast.AST
        while isinstance(inner, ast.Attribute):
            attributes.insert(0, inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            # What is written to or deleted need not be there.
            whole = attributes if isinstance(node.ctx, ast.Load) else attributes[:-1]
            if whole and not self._expected:
                self.chains.append((inner.id, tuple(whole), node.lineno))
        else:
            self.visit(inner)

    def visit_Name(self, node):
        # type: (ast.Name) -> None
        """Note names that are bound to something else."""
        if not isinstance(node.ctx, ast.Load):
            self.others.add(node.id)

    def visit_arg(self, node):
        # type: (ast.arg) -> None
        """Note arguments (Python 3)."""
        self.others.add(node.arg)
        self.generic_visit(node)

    def _visit_definition(self, node):
        # type: (Any) -> None
        self.others.add(node.name)
        self.generic_visit(node)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _visit_definition  # noqa: N815

    def visit_ExceptHandler(self, node):
        # type: (ast.ExceptHandler) -> None
        """Note "except X as name" (Python 3 has the name as text)."""
        if isinstance(node.name, str):
            self.others.add(node.name)
        self.generic_visit(node)

    def visit_If(self, node):
        # type: (ast.If) -> None
        """Look into what stands under a question for what is there, but expect nothing of it."""
        self.visit(node.test)
        asking = bool(_words(node.test) & _ASKING)
        self._expected += asking
        self._all(node.body + node.orelse)
        self._expected -= asking

    def visit_IfExp(self, node):
        # type: (ast.IfExp) -> None
        """The same, of "a if b else c"."""
        self.visit(node.test)
        asking = bool(_words(node.test) & _ASKING)
        self._expected += asking
        self._all([node.body, node.orelse])
        self._expected -= asking

    def _visit_try(self, node):
        # type: (Any) -> None
        """Expect nothing of what is tried, or stands in for it, where its failure is caught."""
        handlers = getattr(node, "handlers", [])
        caught = any(h.type is None or _words(h.type) & _FAILURES for h in handlers)
        self._expected += caught
        self._all(node.body)
        self._all(handlers)
        self._expected -= caught
        self._all(getattr(node, "orelse", []) + getattr(node, "finalbody", []))

    # Python 2 has two kinds of `try`, one in the other.
    visit_Try = visit_TryStar = visit_TryExcept = visit_TryFinally = _visit_try  # noqa: N815

    def _all(self, nodes):
        # type: (list[Any]) -> None
        for node in nodes:
            self.visit(node)

    def _bind(self, name, module, names):
        # type: (str, str, tuple[str, ...]) -> None
        if self._expected:
            # Which of several it is, only a run would tell.
            self.others.add(name)
        elif (module, names) not in self.bound.setdefault(name, []):
            self.bound[name].append((module, names))

    def _use(self, use):
        # type: (Use) -> None
        if not self._expected:
            self.uses.append(use)


def _words(node):
    # type: (ast.AST) -> set[str]
    """Return the names and attributes in an expression."""
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute):
            found.add(each.attr)
    return found
