"""A gate that is killed loses nothing that was acknowledged, and its successor need not wait."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from foretaste.adapters.sql.database import Database
from foretaste.adapters.sql.holder import this_process
from foretaste.adapters.sql.store import SqlStore
from foretaste.core.events import BuildWanted
from tests.unit.adapters.sql.conftest import File

# Writes deeds in batches of three as fast as it can and says which are acknowledged.
WRITER = """
import sys
from foretaste.adapters.sql.database import Database
from foretaste.adapters.sql.holder import this_process
from foretaste.adapters.sql.store import SqlStore
from tests.contract import happenings as now

store = SqlStore(Database(sys.argv[1]))
lease = store.acquire(this_process().text, 100.0, 1e9)
while True:
    wanted = [now.build_wanted(f"b{n}", "p", "A") for n in range(3)]
    print(store.append(lease, 101.0, wanted)[-1].seq, flush=True)
"""
ROUNDS = 4
ROOT = Path(__file__).parents[4]  # from where the writer can import `tests`


def killed_after(url: str, acknowledged: int) -> int:
    """Kill a writer when it has acknowledged so many batches; return the last event that it had."""
    command = [sys.executable, "-c", WRITER, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(acknowledged)]
        writer.kill()
        said.extend(writer.stdout)
        return int([line for line in said if line.endswith("\n")][-1])


def test_what_was_acknowledged_is_there_and_whole_after_a_kill(file: File) -> None:
    for number in range(ROUNDS):
        last = killed_after(file.url, 20 + 7 * number)

        database = Database(file.url)
        store = SqlStore(database)
        found = store.verify()
        assert found >= last
        assert found % 3 == 0  # a batch is there as a whole or not at all
        assert [due.key for due in store.outbox()] == list(range(1, found + 1))
        assert all(isinstance(recorded.event, BuildWanted) for recorded in store.since(0))
        # The lease of the killed one would live for 1e9 seconds.
        assert store.acquire(this_process().text, 99.0, 0.0) == 2 * number + 2
        database.close()
