"""F89: globs, durations and names that make a backtracking matcher run for ever.

There is no regular expression in the configuration, and the program's own are held to input on
which a careless one would not end.
"""

from __future__ import annotations

import pytest

from foretaste.config.gate import load_gate
from foretaste.config.gating import gating
from foretaste.config.mistakes import ConfigurationError
from foretaste.config.tree import GivenTree
from foretaste.service.jobs import resolved_in

LONG = 100_000
PATHS = ["a" * 4096, "a/" * 2048, "/".join(["a" * 250] * 16)]
GLOBS = ["*a" * 127 + "*b", "**/a*/" * 42 + "b", "?*" * 128, "a*" * 128, "**/" * 80 + "*b"]


def settings(**job: str) -> bytes:
    """Write a job with these keys."""
    lines = "".join(f"{key} = {value}\n" for key, value in job.items())
    return f'gate = ["t", "always"]\njob.always.run = "x"\n[job.t]\nrun = "x"\n{lines}'.encode()


@pytest.mark.timeout(20)
@pytest.mark.parametrize("glob", GLOBS)
def test_globs_that_backtrack_are_matched_in_no_time(glob: str) -> None:
    tree = GivenTree(files={"foretaste.toml": settings(files=f'["{glob}"]')})
    resolved = resolved_in(tree, "app", load_gate(b"[project.app]"))

    found = gating("gate", resolved, resolved, PATHS * 50)

    # Reached: the glob was taken, and every path was held against it.
    assert resolved.definitions[next(iter(resolved.definitions))].name == "always"
    assert "always" in found.definitions


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("files", f'["{"*" * LONG}"]'),
        ("files", '["(a+)+$"]'.replace("(", "[")),
        ("timeout", f'"{"1" * LONG}"'),
        ("timeout", f'"{"1h" * (LONG // 2)}"'),
        ("python", f'"3.{"1" * LONG}"'),
        ("install", f'["{"a" * LONG}"]'),
        ("install", f'[".[{"a," * (LONG // 2)}"]'),
        ("install", f'["group:{"a-" * (LONG // 2)}!"]'),
        ("install", f'["x{" " * LONG}=="]'),
        ("needs", f'["{"a" * LONG}["]'),
        ("env", f'{{ "{"A" * LONG}!" = "x" }}'),
    ],
)
def test_long_values_are_refused_in_no_time(key: str, value: str) -> None:
    tree = GivenTree(files={"foretaste.toml": settings(**{key: value})})

    with pytest.raises(ConfigurationError, match=rf"foretaste\.toml:5: job\.t\.{key}") as caught:
        resolved_in(tree, "app", load_gate(b"[project.app]"))

    assert len(caught.value.what) < 2000


@pytest.mark.timeout(20)
@pytest.mark.parametrize("branch", ["a" * LONG, "a/" * (LONG // 2), "(a+)+$", ".*"])
def test_a_branch_is_a_name_and_no_pattern(branch: str) -> None:
    with pytest.raises(ConfigurationError, match=r"branches\[0\]: .*not the name of a branch"):
        load_gate(f'[project.app]\nbranches = ["{branch}"]\n'.encode())
