"""What the lattice says of real releases is what an installer says of them."""

from __future__ import annotations

import subprocess
from importlib.metadata import distributions
from itertools import combinations
from pathlib import Path

import pytest
import uv
from packaging.markers import default_environment
from packaging.utils import canonicalize_name

from foretaste.taste.implications import lattice_of

# Of an update of 2022 to 2024 in which three packages pin each other and one vanishes.
BASE = {
    "anyio": "3.6.1",
    "certifi": "2022.6.15",
    "h11": "0.12.0",
    "httpcore": "0.15.0",
    "httpx": "0.23.0",
    "idna": "3.3",
    "rfc3986": "1.5.0",
    "sniffio": "1.2.0",
}
CANDIDATE = {
    "anyio": "3.7.1",
    "certifi": "2022.6.15",
    "h11": "0.14.0",
    "httpcore": "1.0.7",
    "httpx": "0.28.0",
    "idna": "3.10",
    "sniffio": "1.2.0",
}
ROOTS = ("httpx", "anyio<4")
# Each resolution is a process of its own; one set in six has both kinds many times.
EVERY = 6


def _uv(*arguments: str) -> bool:
    command = [uv.find_uv_bin(), *arguments]
    return subprocess.run(command, capture_output=True, timeout=120, check=False).returncode == 0


def _requires(folder: Path, name: str, version: str) -> list[str]:
    target = folder / f"{name}-{version}"
    assert _uv("pip", "install", "--no-deps", "--target", str(target), f"{name}=={version}")
    found = {
        canonicalize_name(each.metadata["Name"]): each.requires or []
        for each in distributions(path=[str(target)])
    }
    return found[canonicalize_name(name)]


def _can_be_installed(folder: Path, state: dict[str, str]) -> bool:
    gone = {*BASE, *CANDIDATE} - {*state}
    requirements, constraints = folder / "in.txt", folder / "constraints.txt"
    pins = [f"{name}=={version}" for name, version in state.items()]
    requirements.write_text("\n".join([*ROOTS, *pins]), "utf-8")
    constraints.write_text("\n".join(f"{name}<0.dev0" for name in gone), "utf-8")
    return _uv("pip", "compile", "-q", str(requirements), "-c", str(constraints))


@pytest.mark.network
def test_the_lattice_of_real_releases_is_what_an_installer_says(tmp_path: Path) -> None:
    releases = {
        release: _requires(tmp_path, *release)
        for release in sorted({*BASE.items(), *CANDIDATE.items()})
    }
    markers = {key: str(value) for key, value in default_environment().items()}
    lattice = lattice_of(BASE, CANDIDATE, releases, ROOTS, markers)
    moves = sorted(lattice.moves)
    states = [
        frozenset(some) for count in range(len(moves) + 1) for some in combinations(moves, count)
    ][::EVERY]

    says = {moved: lattice.is_closed(moved) for moved in states}
    found = {moved: _can_be_installed(tmp_path, lattice.state(moved)) for moved in states}

    assert says == found
    assert {*says.values()} == {True, False}
    assert lattice.dropped == ()
    assert lattice.unit("h11") >= {"h11", "httpcore", "httpx"}
