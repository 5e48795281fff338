"""D45: a job reads the gate's database, keys, `~/.ssh`, or another job's workspace."""

from __future__ import annotations

from pathlib import Path

from foretaste.ports.executor import Finished, Output
from tests.fakes.jobs import local_jobs

SECRET = "canary-7d1f90"


def test_nothing_of_the_gate_the_host_or_a_neighbour_can_be_seen(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.mkdir()
    database = gate / "gate.sqlite"
    database.write_text(SECRET, encoding="utf-8")
    database.chmod(0o644)
    home = Path.home()
    places = [
        database,
        gate,
        gate / "logs",
        home / ".ssh",
        Path("/etc/shadow"),
        Path("/etc/ssh"),
        Path("/root/.ssh"),
        Path("/var/lib"),
        Path("/run"),
        Path("/sys"),
        Path("/home"),
        Path(__file__),
    ]
    looks = "; ".join(f"ls -d {path} 2>/dev/null" for path in places)
    with local_jobs(gate) as runner:
        neighbour, watch = runner.start(
            f"echo {SECRET} > secret; echo {SECRET} > /tmp/secret; "
            f"echo {SECRET} > /dev/shm/secret; echo ready; exec sleep 600"
        )
        watch.until(Output)
        outcome = runner.run(
            f"echo begin; {looks}; ls /usr | head -1; cat /proc/[0-9]*/environ | tr '\\0' '\\n'; "
            "for p in /proc/[0-9]*; do ls -d $p/cwd/secret $p/r*t/tmp/secret; done 2>/dev/null; "
            f"grep -rsl {SECRET} /job /tmp /dev/shm /etc /env; echo end"
        )
        runner.executor.cancel(neighbour)
        watch.until(Finished)

    lines = outcome.log.splitlines()
    assert lines[0] == "begin"
    assert lines[1] == "bin"
    assert lines[-1] == "end"
    assert not [line for line in lines if line in set(map(str, places))]
    assert "secret" not in outcome.log
    assert SECRET not in outcome.log
