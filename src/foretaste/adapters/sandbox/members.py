"""Members: which processes are in a sandbox, found from outside."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path


def of_namespace(namespace: str) -> Iterator[int]:
    """Yield the processes of a pid namespace, named as the link in /proc names it."""
    return _where(lambda process: str(Path(f"/proc/{process}/ns/pid").readlink()) == namespace)


def of_group(group: int) -> Iterator[int]:
    """Yield the processes of a process group."""
    return _where(lambda process: os.getpgid(process) == group)


def _where(belongs: Callable[[int], bool]) -> Iterator[int]:
    for path in Path("/proc").iterdir():
        try:
            if path.name.isdigit() and belongs(int(path.name)):
                yield int(path.name)
        except OSError:
            # It is gone, or it is nobody's that may be looked at.
            continue
