"""The rules of the house that no linter knows; each looks at one module and yields findings.

`test_source.py` applies them to the sources, `test_rules.py` shows of each that it finds what it
is for. The limits are those of the house style; a rule that must be broken is waived by name, with
the reason, in `waivers.toml`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from tests.house.source import Finding, Function, FunctionNode, Module

MODULE_LINES = 400
FUNCTION_LINES = 70
CORE_FUNCTION_LINES = 50
CORE_NESTING = 3
# Names that say nothing of what is inside. The plugin manager is the word of its field.
EMPTY_NAMES = frozenset({"utils", "util", "helpers", "common", "manager", "handler", "base"})

Rule = Callable[[Module], Iterator[Finding]]


def module_opens_with_its_purpose(module: Module) -> Iterator[Finding]:
    """A module says in its first words what it is for."""
    if not ast.get_docstring(module.tree):
        yield Finding(rule="intro", where=module.where, what="the module has no docstring")


def module_is_short(module: Module) -> Iterator[Finding]:
    """A module can be read in one sitting."""
    lines = module.text.count("\n")
    if lines > MODULE_LINES:
        yield Finding(
            rule="module-lines", where=module.where, what=f"{lines} lines, at most {MODULE_LINES}"
        )


def module_has_a_telling_name(module: Module) -> Iterator[Finding]:
    """A module is called after its idea."""
    name = module.path.stem if module.path.stem != "__init__" else module.path.parent.name
    if name in EMPTY_NAMES and not (module.layer == "plugins" and name == "manager"):
        yield Finding(rule="module-name", where=module.where, what=f"{name!r} names no idea")


def function_is_short(module: Module) -> Iterator[Finding]:
    """A function fits on one screen."""
    most = CORE_FUNCTION_LINES if module.layer == "core" else FUNCTION_LINES
    for function in module.functions():
        if function.lines > most:
            yield _of(module, function, "function-lines", f"{function.lines} lines, at most {most}")


def core_nests_little(module: Module) -> Iterator[Finding]:
    """A decision is no maze."""
    if module.layer != "core":
        return
    for function in module.functions():
        if function.nesting > CORE_NESTING:
            yield _of(module, function, "nesting", f"{function.nesting} deep")


def public_is_documented(module: Module) -> Iterator[Finding]:
    """A public class, function or method has a docstring.

    Nested functions, overloads and setters are left out, and so are magic methods.
    """
    for name, node in _public(module.tree, ""):
        if not ast.get_docstring(node):
            yield Finding(rule="documented", where=f"{module.where}::{name}", what="no docstring")


def _of(module: Module, function: Function, rule: str, what: str) -> Finding:
    return Finding(rule=rule, where=f"{module.where}::{function.name}", what=what)


def _public(
    node: ast.Module | ast.ClassDef, prefix: str
) -> Iterator[tuple[str, FunctionNode | ast.ClassDef]]:
    for child in node.body:
        if not isinstance(child, FunctionNode | ast.ClassDef) or child.name.startswith("_"):
            continue
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, child
            yield from _public(child, f"{prefix}{child.name}.")
        elif not _documented_elsewhere(child):
            yield prefix + child.name, child


def _documented_elsewhere(function: FunctionNode) -> bool:
    decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
    return any(
        name.split(".")[-1] in {"overload", "override", "setter", "deleter"} for name in decorators
    )


SOURCE_RULES: tuple[Rule, ...] = (
    module_opens_with_its_purpose,
    module_is_short,
    module_has_a_telling_name,
    function_is_short,
    core_nests_little,
    public_is_documented,
)


def a_test_asserts_something(module: Module) -> Iterator[Finding]:
    """A test that asserts nothing cannot fail, and so says nothing.

    What it calls of its own module may do it.
    """
    functions = {function.node.name: function.node for function in module.functions()}
    asserting = {name for name, node in functions.items() if _asserts(node)}
    while more := {
        name
        for name, node in functions.items()
        if name not in asserting and asserting & _called(node)
    }:
        asserting |= more
    for function in module.functions():
        if function.node.name.startswith("test") and function.node.name not in asserting:
            yield _of(module, function, "asserts", "the test asserts nothing")


def no_assertion_is_always_true(module: Module) -> Iterator[Finding]:
    """`assert True` and its like hide that nothing is asserted."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assert) and _always_true(node.test):
            where = f"{module.where}:{node.lineno}"
            yield Finding(rule="always-true", where=where, what=ast.unparse(node))


def _always_true(test: ast.expr) -> bool:
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Tuple(elts=elements):
            return bool(elements)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(_always_true(value) for value in values)
        case _:
            return False


def _asserts(function: FunctionNode) -> bool:
    return any(_is_assertion(node) for node in ast.walk(function))


def _called(function: FunctionNode) -> set[str]:
    return {
        ast.unparse(node.func).split(".")[-1]
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
    }


def _is_assertion(node: ast.AST) -> bool:
    """Whether the node can fail a test: an `assert`, pytest's own, or a function named for it."""
    if isinstance(node, ast.Assert | ast.Raise):
        return True
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    return called in {"pytest.raises", "pytest.warns", "pytest.fail"} or called.split(".")[
        -1
    ].lstrip("_").startswith(("assert_", "expect_", "run_state_machine"))


TEST_RULES: tuple[Rule, ...] = (
    module_opens_with_its_purpose,
    module_is_short,
    module_has_a_telling_name,
    a_test_asserts_something,
    no_assertion_is_always_true,
)
