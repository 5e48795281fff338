"""The builds that facts forget, to be filled from the log that is there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables of builds; they tell of no event yet."""
    _create_builds()
    op.create_table(
        "build_change",
        sa.Column("change", sa.Text, primary_key=True),
        sa.Column("build", sa.Text, sa.ForeignKey("build.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "change_project",
        sa.Column("change", sa.Text, primary_key=True),
        sa.Column("project", sa.Text, nullable=False),
    )
    history = op.create_table(
        "history",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("shape", sa.String(64), nullable=False),
    )
    op.bulk_insert(history, [{"id": 1, "seq": 0, "shape": ""}])


def _create_builds() -> None:
    op.create_table(
        "build",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("fault", sa.String(32), nullable=False),
        sa.Column("tests", sa.Integer),
        sa.Column("failed", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("wanted_at", sa.Double, nullable=False),
        sa.Column("ended_at", sa.Double, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("build_by_seq", "build", ["seq"])
    op.create_index("build_by_project_job", "build", ["project", "job", "seq"])
