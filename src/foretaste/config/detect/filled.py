"""Filled: settings made from what was read in a tree, which may hold anything."""

from __future__ import annotations

from pydantic import ValidationError

from foretaste.config import mistakes
from foretaste.config.mistakes import ConfigurationError, Mistake, shown
from foretaste.config.schema import JobTable


def job_table(**values: object) -> JobTable:
    """Return a job's settings, held to the same rules as if a person had written them.

    Raises:
        ConfigurationError: what was found may not stand there, such as a name with a newline.
    """
    try:
        return JobTable.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(
            [
                Mistake(
                    code=mistakes.NOTHING_FOUND,
                    what=f"what was found cannot be used: {shown(each['input'])}",
                    key=str(each["loc"][0]),
                    hint="write `run` and `install` for the job",
                )
                for each in error.errors(include_url=False)
            ]
        ) from None
