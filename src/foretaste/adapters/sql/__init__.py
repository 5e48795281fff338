"""The SQL store: SQLite on one machine, PostgreSQL by the same code.

Read `database` for how it is opened, `store` for the log and the lease, `history` for the builds
that the facts have forgotten, `codec` for how records become text.
"""
