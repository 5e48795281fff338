"""E73 through a whole gate: what a job prints and a commit says is text wherever it is shown."""

from __future__ import annotations

from pathlib import Path

import httpx2

from tests.running_gate import RunningGate

SCRIPT = "<script>window.pwned=1</script>"
EVIL = (
    f'{SCRIPT}"><img src=x onerror=pwned()> \x1b]8;;javascript:pwned()\x07here\x1b]8;;\x07\x1b[2J'
)
PRINTS = f"cat <<'END'\n{EVIL}\nEND\nexit 1\n"


def test_pages_commands_and_remote_lines(gate: RunningGate, tmp_path: Path) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    clone.commit("check.sh", EVIL, "Change-Id: Ievil", content=PRINTS)

    said = clone.push("-oapprove", "HEAD:refs/for/main", token=gate.token)
    assert gate.ended(2) == ["failed"]
    build = gate.change(2)["builds"][0]["id"]

    assert "change 2" in said
    assert "\x1b]" not in said
    assert "\x1b[2J" not in said
    log = httpx2.get(f"{gate.url}/api/v1/builds/{build}/log").text
    assert SCRIPT in log
    for path in ("/", "/changes", "/changes/2", f"/builds/{build}"):
        page = httpx2.get(f"{gate.url}{path}")
        assert page.status_code == 200
        assert "window.pwned=1" in page.text or path == "/"
        assert SCRIPT not in page.text
        assert "<img src=x" not in page.text
        assert 'href="javascript:' not in page.text
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert "unsafe-inline" not in page.headers["content-security-policy"]
    for command in ("show", "explain"):
        shown = gate.cli(command, "2")
        assert SCRIPT in shown or command == "explain"
        assert "\x1b" not in shown
