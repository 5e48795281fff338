"""FT940 to FT959: new releases, as a gate watches for them."""

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
}
