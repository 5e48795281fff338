"""Bringing the tables to what this program knows, whenever a store is opened.

All steps are one transaction: a gate that is killed in the middle finds the store as it was.
Alembic is loaded only when there is something to do, since it takes a third of a second.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from foretaste.ports.errors import PermanentError

HEAD = "0002"
"""The newest migration; a test compares it with those that are there."""

NEWER = "FT805"
_SCRIPTS = Path(__file__).with_name("migrations")
_UPGRADING = 0x466F7265  # PostgreSQL's lock that keeps two gates from migrating at once


def upgrade(connection: Connection, where: str) -> None:
    """Run the migrations that the store has not seen.

    Raises:
        PermanentError: a newer program has written the store.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADING})
    version = _version(connection)
    if version != HEAD:
        _run(connection, version, where)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _run(connection: Connection, version: str | None, where: str) -> None:
    from alembic import command  # noqa: PLC0415 - see the module's docstring
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise PermanentError(
            NEWER,
            f"a newer Foretaste has written the store: it is at {version}, this one knows {HEAD}",
            where=where,
            hint="start the newer Foretaste, or put back the copy from before it was updated",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
