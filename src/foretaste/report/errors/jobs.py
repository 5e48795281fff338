"""FT6xx: scenarios, sandbox, environments and executors."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.code import Code

JOBS: Mapping[str, Code] = {
    "FT601": Code(
        "the scenario cannot be read",
        "The file is not there, may not be read, or is not UTF-8.",
        "Check the path.",
    ),
    "FT602": Code(
        "the scenario is not TOML",
        "It cannot be parsed at the line that the message names.",
        "Mend the syntax there.",
    ),
    "FT603": Code(
        "the scenario has a wrong key",
        "A key is unknown, missing, or has a value that does not fit.",
        "See the scenarios' format in the manual.",
    ),
    "FT604": Code(
        "the scenario names what it does not declare",
        "A change, project or job is used that stands nowhere in the file.",
        "Declare it, or mend the name.",
    ),
    "FT605": Code(
        "there is no such step",
        "A step begins with a word that is no verb of scenarios.",
        "See the table of steps in the scenarios' format.",
    ),
    "FT606": Code(
        "a step cannot be done",
        "It names something that is not there at that moment, such as a build that does not run.",
        "Mend the step, or the steps before it.",
    ),
    "FT607": Code(
        "a scenario names a planner that is not installed",
        "The case cannot be tried with another planner than it asks for.",
        "Install the planner, or take one of those that the message lists.",
    ),
    "FT610": Code(
        "there is no sandbox",
        "A program that confines jobs is not installed, so jobs are not run.",
        "Install what the message names; `make setup` does so.",
    ),
    "FT611": Code(
        "the sandbox does not hold",
        "Measured on this machine, jobs could reach what they must not, so they are refused.",
        "See `foretaste doctor` for what got through, and what mends it.",
    ),
    "FT612": Code(
        "the sandbox cannot read a folder",
        "A folder that a job needs is closed to the user under which jobs run.",
        "Give it, and what it lies in, the mode 0755.",
    ),
    "FT613": Code(
        "a job could not be started now",
        "The system had no room for another process. It is tried again.",
        "See what else uses the machine; fewer workers help.",
    ),
    "FT614": Code(
        "a job may not use the network",
        "The job asks for the network, and the gate's settings do not allow that for it.",
        "Leave `network` out, or have it allowed in the gate's settings.",
    ),
    "FT615": Code(
        "a job's files do not fit",
        "The tree and what the job needs are larger than the folder that it gets.",
        "Keep large files out of the repository, or raise the job's disk limit.",
    ),
    "FT616": Code(
        "a setting cannot be told to the sandbox",
        "A variable or the command of a job has a zero byte in it.",
        "Take it out.",
    ),
    "FT620": Code(
        "uv is not installed",
        "Environments are made by uv, which was not found.",
        "Install it beside Foretaste: pip install uv",
    ),
    "FT621": Code(
        "the requirements cannot be installed together",
        "No set of versions satisfies all of them; the message says which ones collide.",
        "Loosen or mend the requirements of the projects or of the job.",
    ),
    "FT622": Code(
        "a requirement cannot be used",
        "It is not well formed, names a place instead of a release, or a file or group that is "
        "not there.",
        "Mend it where the message says.",
    ),
    "FT623": Code(
        "packages cannot be fetched now",
        "The index is out of reach or too slow. It is tried again.",
        "Check the connection to the index, and uv's settings for it.",
    ),
    "FT624": Code(
        "offline, and not in the cache",
        "Something that is needed has not been fetched yet, and the index may not be asked.",
        "Run it once without --offline.",
    ),
    "FT625": Code(
        "there is no such Python here",
        "A job asks for an interpreter that is not installed.",
        "Install it (`uv python install X.Y`), or ask for one that is there.",
    ),
    "FT626": Code(
        "a package does not build",
        "Building a project or an sdist in the sandbox failed; the message has the end of what "
        "it printed.",
        "Mend the project's build; it has no network while it builds.",
    ),
    "FT627": Code(
        "a build left no sound wheel",
        "The file is missing, damaged, or its metadata cannot be read.",
        "Mend the project's build backend or its settings.",
    ),
    "FT628": Code(
        "an environment could not be written now",
        "The disk is full or slow. It is tried again.",
        "Free space where the gate keeps its environments.",
    ),
    "FT629": Code(
        "a file from the index is not taken",
        "It has no hash, is not the file that its hash names, is too large, or does not unpack.",
        "Find out what the index serves; nothing of the file was run.",
    ),
    "FT630": Code(
        "a workspace could not be written now",
        "The disk is full or slow. It is tried again.",
        "Free space where the gate keeps its builds.",
    ),
    "FT631": Code(
        "a build was asked for in a wrong form",
        "The executor was given a build without a project or a usable name.",
        "Report it: the gate should never ask for that.",
    ),
    "FT632": Code(
        "a job asks for what the gate does not give",
        "It wants services, or the network, which this gate does not have for it.",
        "Take it out of the job, or start what the tests need in the job's own command.",
    ),
    "FT633": Code(
        "a project's folder is too large",
        "Tests run on a copy of the folder, and it has more or larger files than a copy may have.",
        "Name in .gitignore what the tests do not need; the message says what is largest.",
    ),
    "FT634": Code(
        "a file of a project's folder cannot be read",
        "It is among the project's files, and you have no right to read it.",
        "Give yourself the right, or name the file in .gitignore.",
    ),
    "FT635": Code(
        "there is no such project folder",
        "The folder that is to be tested is not there, or is a file.",
        "Check the path.",
    ),
    "FT636": Code(
        "a copy of a project's folder is gone",
        "Somebody emptied the cache while builds were still to start from it.",
        "Run it again.",
    ),
    "FT637": Code(
        "a release has no sdist",
        "Its own tests can only be had from its sdist, and the index has none.",
        "Nothing: what can be said without them is said.",
    ),
    "FT660": Code(
        "a release is not named exactly",
        "An environment of pinned releases takes lines like `NAME==VERSION --hash=sha256:…` and "
        "wheels that were built here.",
        "Pin one version, with the hash of its file.",
    ),
    "FT661": Code(
        "a wheel is not what it says",
        "Its files are not those of its RECORD, or lead out of the environment, or its metadata "
        "cannot be read. It was not installed, and nothing of it was run.",
        "Take another release, and tell its authors or the index.",
    ),
    "FT662": Code(
        "two releases cannot be installed side by side",
        "A file of one is a folder of the other.",
        "Leave one of them out.",
    ),
    "FT663": Code(
        "a pinned release cannot be had",
        "The index has no file of it with the pinned hash that fits the interpreter, or has not what "
        "it had before; the message says which.",
        "Pin another release, or the hashes of the files that are there.",
    ),
}
