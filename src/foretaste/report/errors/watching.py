"""New releases, as a gate watches for them, and dependencies that are not released."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.code import Code

WATCHING: Mapping[str, Code] = {
    "FT941": Code(
        "a lock file cannot be read",
        "It is not what its name says: no uv.lock, no pylock.toml (PEP 751), not UTF-8. Its pins "
        "count for nothing until it can be read.",
        "Lock again with the tool that wrote it.",
    ),
    "FT942": Code(
        "the index gives no hash",
        "The lock has hashes, and the index tells none for the files of a release that it would "
        "move to. Without them the lock would accept any file.",
        "Move that pin by hand, or use an index that tells hashes.",
    ),
    "FT943": Code(
        "what checks say cannot be kept",
        "The gate's folder cannot be written. Nothing is proposed meanwhile.",
        "Make room on the disk; the watcher goes on by itself.",
    ),
    "FT944": Code(
        "another change has the topic of bumps",
        "Somebody proposed a change under the topic that the gate uses for its own. A bump would "
        "become a revision of it, so none is proposed.",
        "Land or abandon that change, and use another topic.",
    ),
    "FT945": Code(
        "the lock files cannot be moved to what was tested",
        "Moving the pins gave other versions than those that a check let go on, so the change would "
        "not be what was tested. None is proposed.",
        "Move them by hand, as the report on the branch says, and propose that.",
    ),
    "FT946": Code(
        "a check of new releases broke",
        "The program has a mistake; nothing was concluded from the check, and nothing is proposed. "
        "It is tried again a day later, or when something newer is there.",
        "Please report it with what stands in the gate's log.",
    ),
    "FT947": Code(
        "a Depends-On names no state of a package",
        "A line `Depends-On: NAME@URL@REF` is not well formed: the name of a package, the address "
        "of its git repository, and a branch, a tag or a whole commit id.",
        "Write it so, with one such line for each package.",
    ),
    "FT948": Code(
        "the address may not be asked",
        "A gate asks only repositories that its settings allow, since whoever may push makes it "
        "ask.",
        "Add the address, or what it lies below, to `unreleased.addresses` of the gate's settings.",
    ),
    "FT949": Code(
        "the repository holds another package",
        "The tree that a Depends-On names says to be another package than the line does.",
        "Write the name of the package that the repository holds, or its right address.",
    ),
    "FT950": Code(
        "a check of new releases was stopped",
        "A release that it was about was withdrawn, or the gate stopped. What it had found counts "
        "for nothing.",
        "Nothing to do: what is there now is checked again by itself.",
    ),
}
