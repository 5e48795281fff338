"""FT0xx: the command line itself."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.code import Code

COMMAND: Mapping[str, Code] = {
    "FT001": Code(
        "a command is not written as it should be",
        "There is no such command, option or argument, or a value is not one that it takes.",
        "See `foretaste COMMAND --help`.",
    ),
    "FT002": Code(
        "there is no such column",
        "A column was asked for with -c that the data of this command does not have.",
        "Take one of the columns that the message lists.",
    ),
    "FT003": Code(
        "the gate cannot be reached",
        "Nothing answers at the gate's address, or not in time.",
        "See whether `foretaste serve` runs there, and whether --url names the right address.",
    ),
    "FT004": Code(
        "no gate is known here",
        "No address was given, and the gate's folder on this machine names none; or what was "
        "given is no address.",
        "Start a gate with `foretaste serve`, or give its address with --url or FORETASTE_URL.",
    ),
    "FT005": Code(
        "what answers is no gate",
        "The answer is not in the form of the gate's API, so something else listens there.",
        "Check the address; a proxy in between, or another program on the port, may have answered.",
    ),
    "FT006": Code(
        "there is no such error code",
        "`foretaste explain` was asked for a code that the program does not have.",
        "Look the code up in the manual of the version that printed it.",
    ),
    "FT007": Code(
        "there is no such token",
        "No token of this gate has that id.",
        "`foretaste token list` shows the ids of all tokens.",
    ),
    "FT008": Code(
        "the configuration cannot be written",
        "The project has one of its own, which `foretaste init` does not replace, or the file "
        "may not be written.",
        "Edit it by hand; `foretaste config show` says what it comes to.",
    ),
    "FT009": Code(
        "the program has a mistake",
        "Something happened that the program did not expect. Nothing was decided by it.",
        "Run the command again with -v, and report what it prints.",
    ),
}
