"""The demo, as a person without network and cache sees it: a whole gate on the bundled family."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from foretaste.wiring.family import load_family
from tests.live_forge import client_environment
from tests.running_gate import PROGRAM

LONGEST = 100


@pytest.mark.timeout(2 * LONGEST)
def test_the_demo_ends_as_it_was_tried_by_hand_and_proves_it(tmp_path: Path) -> None:
    ran = subprocess.run(
        [PROGRAM, "demo", "--offline", "--json"],
        env={**client_environment(), "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert "the demo runs on what is bundled" in ran.stderr
    summary, family = json.loads(ran.stdout), load_family("mini")
    found = {each["subject"]: "merged" for each in summary["merged"]}
    found |= {each["subject"]: each["reason"] for each in summary["rejected"]}
    assert found == {
        f"Release {each.project} {each.version}": each.expected for each in family.changes
    }
    assert [each["project"] for each in summary["branches"]] == list(family.projects)
    assert all(each["tested"] for each in summary["branches"])
    assert summary["builds"] >= len(family.changes)


def test_bad_tls_files_are_said_before_anything_is_begun(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("no certificate\n")
    (tmp_path / "key.pem").write_text("no key\n")

    tls = ("--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")
    ran = subprocess.run(
        list(map(str, (PROGRAM, "serve", "--dir", tmp_path / "gate", "--port", "0", *tls))),
        env=client_environment(),
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )

    assert ran.returncode == 2
    assert "error[FT511]: TLS cannot be had with these files" in ran.stderr
    assert not (tmp_path / "gate").exists()
