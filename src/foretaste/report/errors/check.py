"""FT90x to FT93x: checks of dependencies' releases."""

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
        "a file of the check cannot be read or written",
        "The file of --base cannot be read, or the folder of --report cannot be made or written.",
        "Name one that you may read, or write to.",
    ),
    "FT905": Code(
        "nothing says which versions work today",
        "The project has no lock that could be read, and lies in no git repository whose last "
        "commit would give a date.",
        "Name a file of versions with --base, or a day with --base-as-of.",
    ),
    "FT906": Code(
        "what was given to --with names no unreleased state",
        "It is a package's name, an @, and where the state is: a git repository with a branch, tag "
        "or commit, or a folder.",
        "Write NAME@git+URL@REF or NAME@DIR.",
    ),
    "FT907": Code(
        "the search came to no end",
        "It asked for no trial and had no answer, which is a mistake of this program.",
        "Please report it, with what the check was asked.",
    ),
}
