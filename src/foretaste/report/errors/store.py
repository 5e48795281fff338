"""FT8xx: the store of events."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.code import Code

STORE: Mapping[str, Code] = {
    "FT801": Code(
        "the store cannot be written or read now",
        "Its disk is full, another program holds it, or its server is out of reach. The gate "
        "lands nothing meanwhile.",
        "Do what the message says; the gate goes on by itself.",
    ),
    "FT802": Code(
        "the store is damaged",
        "The database cannot be read as one.",
        "Stop the gate, keep the file, and put back a copy; git still has every commit.",
    ),
    "FT803": Code(
        "the store does not take something",
        "The database refuses what the gate wants to write.",
        "Report it with the message.",
    ),
    "FT804": Code(
        "the store's address cannot be used",
        "It is not well formed, or names a kind of database that is not known here.",
        "Write it as the hint shows.",
    ),
    "FT805": Code(
        "the store is newer than the program",
        "A later version has changed its tables.",
        "Use that version, or put back a copy from before.",
    ),
    "FT806": Code(
        "an event cannot be read",
        "A row of the log was written by another version, or is damaged.",
        "Use the version that wrote it; the message names the row.",
    ),
    "FT807": Code(
        "the log was altered",
        "A row was changed, removed or put in: the chain of digests does not fit.",
        "Stop, find out who writes to the store, and put back a copy.",
    ),
    "FT808": Code(
        "another gate runs on this store",
        "It holds the lease, and two gates must never act on one store.",
        "Stop the other one, or wait until its lease has run out.",
    ),
    "FT809": Code(
        "the lease was lost",
        "Another gate has taken over, so this one stops acting.",
        "See which of the two is to run, and stop the other.",
    ),
    "FT810": Code(
        "the log holds what this gate did not write",
        "Its end is not what this gate left there.",
        "See whether another program writes to the store.",
    ),
}
