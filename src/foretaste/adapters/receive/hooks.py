"""The hooks of every repository: one folder that the gate writes anew at each start.

`proc-receive` hands the push to the gate (`relay`); a push for which git cannot run it is refused.
`pre-receive` refuses, before any object is kept, what git itself would refuse without saying what
to do instead.
"""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Final

from foretaste.adapters.receive import relay

PRE_RECEIVE: Final = """#!/bin/sh
status=0
while read -r old new ref; do
    case $ref in
    refs/for/*|refs/heads/*|refs/tags/*) ;;
    *)
        status=1
        cat >&2 <<'END'
error[FT311]: only the gate writes refs beside branches and tags
hint: propose your commits with: git push <this remote> HEAD:refs/for/<branch>
END
        ;;
    esac
done
exit $status
"""


def install(folder: Path, socket: Path) -> None:
    """Write the hooks, which find the gate at `socket`; each is replaced in one step."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    words = [sys.executable, "-I", "-S", str(Path(relay.__file__)), str(socket.parent), socket.name]
    _write(folder / "pre-receive", PRE_RECEIVE)
    _write(folder / "proc-receive", f"#!/bin/sh\nexec {shlex.join(words)}\n")


def _write(hook: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=hook.parent, prefix=".hook-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o700)
    Path(name).replace(hook)
