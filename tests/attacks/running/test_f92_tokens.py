"""F92: a token is nowhere but with whoever holds it."""

from __future__ import annotations

from pathlib import Path

from tests.running_gate import RunningGate


def test_no_token_is_left_in_any_file_or_process(gate: RunningGate, tmp_path: Path) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    clone.commit("check.sh", "Look around", content="env; cat /proc/*/cmdline; sleep 1\n")
    token = gate.mint("ann", "push", "approve")
    clone.push("-otopic=a", "-oapprove", "HEAD:refs/for/main", token=token)
    gate.until(lambda: [build["state"] for build in gate.change(2)["builds"]] == ["running"])
    assert gate.process is not None
    secrets = [each.encode() for each in (token[16:], gate.token[16:])]

    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words, told = path.read_bytes(), path.with_name("environ").read_bytes()
        except OSError:
            continue
        if str(gate.folder).encode() in words:
            assert not [secret for secret in secrets if secret in words + told], words
    limits = Path(f"/proc/{gate.process.pid}/limits").read_text(encoding="utf-8")
    assert limits.split("Max core file size")[1].split()[0] == "0"
    assert gate.ended(2) == ["merged"]
    assert gate.stop() == 0
    files = [path for path in gate.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {"gate.log", "gate.sqlite3", "tokens.json"} <= {path.name for path in files}
    holding = [
        path.name for path in files if any(secret in path.read_bytes() for secret in secrets)
    ]
    assert holding == ["admin.token"]
