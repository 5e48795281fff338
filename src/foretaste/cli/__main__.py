"""`python -m foretaste.cli`: the program, where its script is not on PATH."""

from __future__ import annotations

import sys

from foretaste.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
