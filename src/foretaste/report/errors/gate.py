"""FT4xx and FT5xx: what is asked of a gate, and the gate itself."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.code import Code

GATE: Mapping[str, Code] = {
    "FT410": Code(
        "there is no such change",
        "The gate knows no change of that number.",
        "`foretaste changes` lists them.",
    ),
    "FT411": Code(
        "the change has landed",
        "What is on a branch stays there; nothing can be asked of the change any more.",
        "To undo it, propose a new change that reverts it.",
    ),
    "FT412": Code(
        "the change is in no queue",
        "Only what is queued can be moved to the front or taken out.",
        "`foretaste explain N` says what it waits for.",
    ),
    "FT413": Code(
        "the change is closed",
        "It was abandoned, so it cannot be approved.",
        "Open it again first: `foretaste reopen N`.",
    ),
    "FT414": Code(
        "there is a newer revision",
        "The approval was for a revision that is not the newest any more.",
        "Look at the new revision, then approve it.",
    ),
    "FT415": Code(
        "another part of what was asked was refused",
        "Several things were asked to be done together or not at all.",
        "Mend the part that was refused, and ask again.",
    ),
    "FT416": Code(
        "two commits of a push are the same change",
        "They have the same Change-Id.",
        "Squash them, or give each its own Change-Id.",
    ),
    "FT417": Code(
        "the change with this Change-Id has ended",
        "It landed, or it was abandoned; a new revision of it cannot be pushed.",
        "Use a new Change-Id, or open the change again and push once more.",
    ),
    "FT418": Code(
        "a Depends-On names no change",
        "The gate knows no change of that name.",
        "Write PROJECT/NUMBER or the change's URL.",
    ),
    "FT419": Code(
        "a change depends on itself",
        "Its Depends-On names the change that it stands in.",
        "Remove the line.",
    ),
    "FT500": Code(
        "the gate is not open",
        "It was asked something before it was started, or after it was stopped.",
        "Start it again; if it says so by itself, report it.",
    ),
    "FT501": Code(
        "the gate's own project holds no settings",
        "The gate reads its projects, queues and rights from foretaste.toml of the project gate, "
        "and that file is gone.",
        "Put it back by a change to that project, or start anew in another folder.",
    ),
    "FT502": Code(
        "the gate's folder cannot be used",
        "It cannot be made or written.",
        "Give the gate's user the right to write it, or choose another with --dir.",
    ),
    "FT503": Code(
        "the gate has stopped",
        "Something happened after which it must not go on deciding; its log says what.",
        "Look at the log, mend the cause, and start it again: it goes on where it was.",
    ),
    "FT504": Code(
        "tokens would go over the network in clear",
        "The address can be reached from other machines, and there is no TLS.",
        "Give --tls-cert and --tls-key, or --insecure-bind where a proxy in front does TLS.",
    ),
    "FT505": Code(
        "the gate cannot listen",
        "The address or port is taken, or is not this machine's.",
        "Stop what listens there, or choose another with --host and --port (0: a free one).",
    ),
    "FT506": Code(
        "the demo's maintainer was refused",
        "The gate did not take a push or an approval of the demo.",
        "See the message; the gate's log has more.",
    ),
    "FT507": Code(
        "the demo did not go as written",
        "A change of the demo is missing, or its settings were not taken.",
        "See the message, and report it with the gate's log.",
    ),
    "FT508": Code(
        "a branch is not what was tested",
        "The demo compared each branch with the tree that was tested, and they differ.",
        "Report it with the gate's folder: this must never happen.",
    ),
    "FT509": Code(
        "a build has no job",
        "What is to be built is not among the jobs that were read from what would land.",
        "Propose the change again; if that does not help, report it.",
    ),
    "FT510": Code(
        "nothing could be stored",
        "The gate's store cannot be written, so it neither promises nor lands anything.",
        "Free space on its disk; it goes on by itself. Then ask again.",
    ),
    "FT511": Code(
        "TLS cannot be had with these files",
        "The certificate or its key cannot be read, or they do not belong together.",
        "Give a certificate with its chain and its private key, both in PEM.",
    ),
    "FT520": Code(
        "there is no such driver",
        "A planner or executor is named that no installed package brings.",
        "Take one of those that the message lists, or install the package that brings it.",
    ),
    "FT521": Code(
        "two packages bring the same driver",
        "Which of them is meant cannot be guessed.",
        "Keep one of the packages that the message names.",
    ),
    "FT522": Code(
        "a driver cannot be loaded",
        "The package that brings it raised an error when it was imported.",
        "Install what it needs, or take it out.",
    ),
    "FT540": Code(
        "a commit is not there (simulation)",
        "A scenario's world was asked for a commit that it does not have.",
        "Mend the scenario; if it is right, report it.",
    ),
    "FT541": Code(
        "a branch is of another project (simulation)",
        "A landing in a scenario's world names a branch of another project.",
        "Report it: the gate should never ask for that.",
    ),
}
