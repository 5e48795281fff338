"""kazoo 2.1, once more on a real ZooKeeper: the deadlock is there too, and is blamed on kazoo.

The case's own test needs no server. Here it gets Debian's, which the test command starts in the
sandbox, where it can reach nothing else and dies with the trial.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CASE = HERE.parents[2] / "shared" / "cases" / "hist-kazoo-2.1-tooz"
PROGRAM = Path(sys.executable).parent / "foretaste"
SECONDS = 280.0
JAR = Path("/usr/share/java/zookeeper.jar")
PYPROJECT = """
[project]
name = "consumer"
version = "0"
dependencies = ["tooz==0.15.0"]

[tool.uv]
package = false

[tool.foretaste.environment]
preinstall = ["setuptools==57.5.0"]
build-constraints = ["setuptools==57.5.0"]
"""


@pytest.mark.network
@pytest.mark.skipif(not CASE.is_dir(), reason="the cases are not beside this folder")
@pytest.mark.skipif(not JAR.exists(), reason="Debian's zookeeper is not installed")
def test_the_deadlock_is_found_on_a_real_server(tmp_path: Path) -> None:
    for name in ("test_consumer.py", "base.txt", "uv.toml"):
        shutil.copyfile(CASE / name, tmp_path / name)
    shutil.copyfile(HERE / "with-zookeeper.sh", tmp_path / "with-zookeeper.sh")
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    test = "sh with-zookeeper.sh python -W ignore test_consumer.py"

    ended = subprocess.run(
        [
            str(PROGRAM), "check", "--project", str(tmp_path), "--base", str(tmp_path / "base.txt"),
            "--as-of", "2015-05-12", "--python", "3.6", "--test", test, "--json",
        ],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=dict(os.environ),
        timeout=SECONDS,
    )  # fmt: skip

    assert ended.returncode == 1, ended.stderr
    said = json.loads(ended.stdout)
    assert (said["verdict"], said["baseline"]) == ("reject", "passed")
    assert [each["set"] for each in said["culprits"]] == [
        [{"name": "kazoo", "from": "2.0", "to": "2.1"}]
    ]
    failure = said["culprits"][0]["failure"]
    # The server was there, and it is the deadlock that shows: not a connection that failed.
    assert "run_watchers() hung" in failure["message"]
