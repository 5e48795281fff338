"""B21: hooks in a template or in the repository that is pushed to; only the gate's own ever run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.repository import Merge, Merged, Swap
from tests.live_forge import LiveForge, client_environment, live_forge

MAIN = Ref(ProjectName("flask"), "main")
HOOKS = (
    "pre-receive",
    "update",
    "proc-receive",
    "post-receive",
    "post-update",
    "reference-transaction",
    "post-index-change",
    "post-checkout",
    "post-commit",
    "push-to-checkout",
    "pre-auto-gc",
)


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path) -> Iterator[LiveForge]:
    with live_forge(tmp_path) as forge:
        yield forge


def plant(folder: Path, canary: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in HOOKS:
        hook = folder / name
        hook.write_text(f"#!/bin/sh\necho {name} >> {canary}\n", encoding="utf-8")
        hook.chmod(0o755)


def test_hooks_in_the_repository(forge: LiveForge, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    repository = forge.shelf.path("flask")
    plant(repository / "hooks", canary)
    base = forge.tip()
    assert base is not None
    subprocess.run(
        ["git", "-c", "core.hooksPath=hooks", "update-ref", "refs/heads/control", base],
        cwd=repository,
        check=True,
        env=client_environment(),
    )
    assert "reference-transaction" in canary.read_text(encoding="utf-8")
    canary.unlink()
    clone = forge.clone()
    change = Oid(clone.commit("a.txt", "Add a"))

    clone.push("-otopic=a", "HEAD:refs/for/main")
    merged = forge.repository.merge(Merge(ref=MAIN, onto=base, commit=change, label="1"))
    assert isinstance(merged, Merged)
    assert forge.repository.swap("flask", (Swap(ref=MAIN, old=base, new=merged.commit),))

    assert len(forge.service.asked) == 1
    assert forge.tip() == merged.commit
    assert not canary.exists()


def test_a_repository_that_names_hooks_of_its_own(forge: LiveForge, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    plant(tmp_path / "elsewhere", canary)
    config = forge.shelf.path("flask") / "config"
    with config.open("a", encoding="utf-8") as file:
        file.write(f"[core]\n\thooksPath = {tmp_path / 'elsewhere'}\n")
    clone = forge.clone()
    clone.commit("a.txt", "Add a")

    clone.push("-otopic=a", "HEAD:refs/for/main")

    assert len(forge.service.asked) == 1
    assert not canary.exists()


def test_hooks_in_a_template(
    forge: LiveForge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = tmp_path / "canary"
    plant(tmp_path / "template" / "hooks", canary)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(tmp_path / "template"))
    control = tmp_path / "control"
    subprocess.run(["git", "init", "-q", "--bare", str(control)], check=True)
    assert (control / "hooks" / "pre-receive").exists()

    forge.repository.create_project("new")

    assert not (forge.shelf.path("new") / "hooks").exists()
    assert not canary.exists()


def test_a_repository_without_the_gates_hooks_takes_no_push(forge: LiveForge) -> None:
    """Pushed to by its path, past the gate: git itself refuses, since no hook decides."""
    clone = forge.clone()
    clone.commit("a.txt", "Add a")

    said = clone.git("push", str(forge.shelf.path("flask")), "HEAD:refs/heads/main", fails=True)

    assert "proc-receive" in said
    assert forge.refs() == {"refs/heads/main": forge.tip()}
