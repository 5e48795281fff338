"""Codes: every error that the program can print, by its code.

`foretaste explain FTnnn` and the manual's page of errors print these entries; a test holds the
source to them, so that no error is without one.
"""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.check import CHECK
from foretaste.report.errors.code import Code
from foretaste.report.errors.command import COMMAND
from foretaste.report.errors.configuration import CONFIGURATION
from foretaste.report.errors.faces import FACES
from foretaste.report.errors.gate import GATE
from foretaste.report.errors.indexes import INDEXES
from foretaste.report.errors.jobs import JOBS
from foretaste.report.errors.repositories import REPOSITORIES
from foretaste.report.errors.store import STORE
from foretaste.report.errors.upstreams import UPSTREAMS
from foretaste.report.errors.watching import WATCHING

CODES: Mapping[str, Code] = {
    **COMMAND,
    **CONFIGURATION,
    **REPOSITORIES,
    **GATE,
    **JOBS,
    **INDEXES,
    **FACES,
    **STORE,
    **UPSTREAMS,
    **CHECK,
    **WATCHING,
}
