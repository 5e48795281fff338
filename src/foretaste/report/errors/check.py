"""FT900 to FT939: checks of dependencies' releases."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.code import Code

CHECK: Mapping[str, Code] = {
    "FT901": Code(
        "trials cannot be run here",
        "The executor refused a run of the project's tests for a reason that has nothing to do "
        "with what is installed, so that no other run would do better.",
        "See what `foretaste doctor` says of this machine.",
    ),
    "FT902": Code(
        "it is not known how the project is tested",
        "Nothing in the project says which command runs its tests, or there is no job of the name "
        "that was given.",
        "Give the command with --test, or describe a job in [tool.foretaste].",
    ),
    "FT903": Code(
        "what was asked for is no requirement",
        "A release to look at is named as in a requirements file (PEP 508).",
        'Write it like "markupsafe==2.1.0" or "markupsafe>=2.1", in quotes.',
    ),
    "FT904": Code(
        "the report cannot be written",
        "The folder of --report cannot be made, or a file in it cannot be written.",
        "Name a folder that you may write to.",
    ),
}
