"""FT64x, FT65x: what the index shows, which releases are chosen, and what a base is read from."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.code import Code

INDEXES: Mapping[str, Code] = {
    "FT640": Code(
        "the index has no such project",
        "No project of that name is on the index, or it has been deleted.",
        "Mend the name, or see whether uv or pip is told of the index that has it.",
    ),
    "FT641": Code(
        "the index does not answer the question",
        "It wants to know who asks, does not let that user in, or does not understand us.",
        "See how uv and pip are told the index's address, user and password.",
    ),
    "FT642": Code(
        "what the index says cannot be used",
        "It is no page of a simple index, is another project's, or is too large.",
        "See what answers at the index's address: a proxy or a sign-in page, perhaps.",
    ),
    "FT643": Code(
        "a release is not on the index",
        "It never was, or was deleted since; what is not there any more cannot be tested.",
        "Mend the version in the base, or give a base with releases that are still there.",
    ),
    "FT644": Code(
        "a release has no file that fits",
        "Neither a wheel nor a source of it is for this Python on this machine, or the index "
        "gives no hash for them.",
        "Ask for another interpreter with --python, or for another release.",
    ),
    "FT645": Code(
        "a line is no pin",
        "A base names each release exactly: `NAME==VERSION` a line, with hashes where you have "
        "them.",
        "Pin it, or take the line out.",
    ),
    "FT646": Code(
        "a lock file cannot be used as the base",
        "It is damaged, of a version that is not known here, has no answer for this Python, or "
        "takes a package from a place that is not an index.",
        "Lock again, or give the versions with --base.",
    ),
    "FT647": Code(
        "this is no project's name",
        "Names have letters from a to z, digits, and - _ . between them. Letters of other "
        "alphabets may look the same and are not.",
        "Write the name anew.",
    ),
    "FT648": Code(
        "what the project needs cannot be read",
        "The file that lists its requirements is damaged, or names a place instead of a release.",
        "Mend it where the message says.",
    ),
    "FT649": Code(
        "the index's address cannot be used",
        "It is neither https, http nor a folder.",
        "See the settings of uv and pip, and the variables that name an index.",
    ),
    "FT650": Code(
        "the index does not say when a release was uploaded",
        "What it had at a time cannot be known from it (it does not keep to PEP 700).",
        "Ask another index, or leave out --as-of.",
    ),
}
