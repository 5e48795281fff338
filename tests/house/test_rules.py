"""Each rule of the house finds what it is for, and lets pass what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import rules
from tests.house.source import Module

LONG = "\n".join(["def f() -> None:", '    """Do it."""', *["    x = 1"] * 60])
DEEP = """
def f(x):
    for a in x:
        while a:
            with a:
                if a:
                    pass
                elif x:
                    pass
"""
ELIFS = """
def f(x):
    if x == 1:
        pass
    elif x == 2:
        pass
    elif x == 3:
        pass
    elif x == 4:
        pass
"""
UNDOCUMENTED = '''
class Seen:
    """Seen."""
    def method(self): ...
    def _own(self): ...
    @property
    def length(self):
        """Length."""
    @length.setter
    def length(self, value): ...
    @override
    def told_above(self): ...
class Hidden: ...
class _Private:
    def method(self): ...
'''


def module(text: str, path: str = "src/foretaste/core/sample.py") -> Module:
    return Module(path=Path(path), text=text)


@pytest.mark.parametrize(
    ("rule", "text", "where"),
    [
        (rules.module_opens_with_its_purpose, "x = 1\n", []),
        (rules.module_is_short, "x = 1\n" * 401, []),
        (rules.function_is_short, LONG, ["f"]),
        (rules.core_nests_little, DEEP, ["f"]),
        (rules.public_is_documented, UNDOCUMENTED, ["Seen.method", "Hidden"]),
        (rules.a_test_asserts_something, "def test_x(): print(1)\n", ["test_x"]),
        (rules.a_test_asserts_something, "def test_x(): a()\ndef a(): b()\n", ["test_x"]),
    ],
)
def test_a_rule_finds_what_it_is_for(rule: rules.Rule, text: str, where: list[str]) -> None:
    found = [finding.where.partition("::")[2] for finding in rule(module(text))]

    assert found == (where or [""])


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (rules.module_opens_with_its_purpose, '"""What it is."""\n'),
        (rules.module_is_short, "x = 1\n" * 400),
        (rules.function_is_short, "def f():\n" + "    x = 1\n" * 49),
        (rules.core_nests_little, ELIFS),
        (rules.a_test_asserts_something, "def test_x():\n    assert y()\n"),
        (rules.a_test_asserts_something, "def test_x():\n    with pytest.raises(E): y()\n"),
        (rules.a_test_asserts_something, "def test_x(): a()\ndef a(): b()\ndef b(): assert c\n"),
        (rules.no_assertion_is_always_true, "assert x or y\nassert not True\n"),
    ],
)
def test_a_rule_lets_pass_what_is_right(rule: rules.Rule, text: str) -> None:
    assert not list(rule(module(text)))


@pytest.mark.parametrize("always", ["True", "1", "(x, 'why')", "x or True", "'text'"])
def test_an_assertion_that_cannot_fail_is_found(always: str) -> None:
    assert list(rules.no_assertion_is_always_true(module(f"assert {always}\n")))


@pytest.mark.parametrize(
    ("path", "good"),
    [
        ("src/foretaste/core/helpers.py", False),
        ("src/foretaste/web/utils/__init__.py", False),
        ("src/foretaste/service/manager.py", False),
        ("src/foretaste/plugins/manager.py", True),
        ("src/foretaste/core/prospect.py", True),
    ],
)
def test_a_module_is_called_after_its_idea(path: str, *, good: bool) -> None:
    assert (not list(rules.module_has_a_telling_name(module("", path)))) is good


def test_outside_the_core_a_function_may_be_longer() -> None:
    assert not list(rules.function_is_short(module(LONG, "src/foretaste/service/sample.py")))
