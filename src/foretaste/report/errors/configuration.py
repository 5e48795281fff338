"""FT2xx: a project's or the gate's configuration."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.code import Code

CONFIGURATION: Mapping[str, Code] = {
    "FT200": Code(
        "the configuration has several mistakes",
        "Each is listed with its file, line and key, and with a code of its own.",
        "Mend them all; one look at the list is enough, since nothing is left for a second one.",
    ),
    "FT201": Code(
        "the file is not TOML",
        "The file cannot be parsed at the line that the message names.",
        "Mend the syntax there; strings, for one, need quotes.",
    ),
    "FT202": Code(
        "the file is not taken",
        "It is not UTF-8, is too large, or is nested too deeply to be a configuration.",
        "Keep the configuration small and plain, in UTF-8.",
    ),
    "FT203": Code(
        "there is no such key",
        "A key is not one of those that may stand there.",
        "Take the key that the message suggests, or see the manual's page of settings.",
    ),
    "FT204": Code(
        "a value has the wrong type",
        "A text stands where a list is meant, a number where a text is meant, or the like.",
        "Write it in the type that the message names.",
    ),
    "FT205": Code(
        "a value is not allowed",
        "The value has the right type but is not one that this key takes.",
        "See the message for what is allowed, or the manual's page of settings.",
    ),
    "FT206": Code(
        "there is no such job",
        "A pipeline or a job's `needs` names a job that is not defined.",
        "Define the job under [tool.foretaste.job.NAME], or name one that is there.",
    ),
    "FT207": Code(
        "jobs need each other in a circle",
        "Following `needs` from a job leads back to it, so none of them could ever start.",
        "Take one of the `needs` out.",
    ),
    "FT208": Code(
        "there is no such template",
        "A job names a template that neither the library nor the gate's own settings have.",
        "Take one that the message lists, or write the job's own `run`.",
    ),
    "FT209": Code(
        "a project, semaphore or service is not known",
        "The gate's settings have nothing of that name.",
        "Mend the name, or have it added to the gate's settings.",
    ),
    "FT210": Code(
        "settings stand in two files",
        "Both pyproject.toml and foretaste.toml have settings, and it cannot be known which are "
        "meant.",
        "Keep one of them.",
    ),
    "FT211": Code(
        "there is nothing to run",
        "A job has neither a `template` nor a `run`; or the gate pipeline has no job, or none that "
        "is for the files of this change, and everything would pass.",
        "Give the job one of the two; name a job in `gate`; let one of its jobs be without `files`.",
    ),
    "FT212": Code(
        "no way of testing was found",
        "The project has no configuration, and nothing in its tree shows how it is tested.",
        "Write [tool.foretaste] with a job; `foretaste init` helps.",
    ),
    "FT213": Code(
        "this may not be said here",
        "Only the gate's own settings may say it, so that no change can give itself rights.",
        "Take it out, or propose it to the gate's settings.",
    ),
    "FT214": Code(
        "a project named in `with` has no commit",
        "The branch of another project, which a job wants installed, does not exist.",
        "Mend the name, or make that project's first commit.",
    ),
    "FT215": Code(
        "a stored job cannot be read",
        "The text of a job in the gate's log was written by another version.",
        "Have the change looked at again: `foretaste enqueue N`.",
    ),
}
