"""What seems unused and is not: each name with who uses it.

Not a program: vulture reads the names, and takes them for used.
"""

main  # the console script of pyproject.toml

trace  # the third argument of every __exit__
_proc_gnusparse_10  # tarfile calls it on a member
down_revision  # alembic, of each migration

_.caption  # rich, of a table
_.compress_type  # zipfile, of a member
_.isolation_level  # sqlite3, of a connection
_.linkname  # tarfile, of a member
_.should_exit  # uvicorn, of a server

_.capture_signals  # uvicorn calls it on a server
_.convert  # click calls it on a type of an option
_.collect  # prometheus_client calls it on a collector
_.find_module  # Python 2 calls it on a finder
_.format_commands  # click calls these on a group
_.list_commands
_.handleError  # logging calls it on a handler
_.log_message  # http.server calls it on a handler
_.optionxform  # configparser asks it how names are read: as they are
