"""The command line's way in."""

from __future__ import annotations

import sys


def main() -> int:
    """Say that no command is there yet, with the exit code of a usage error."""
    sys.stderr.write("error[FT001]: this program has no commands yet\n")
    return 2
