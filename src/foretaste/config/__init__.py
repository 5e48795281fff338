"""Settings: what a project says in its tree, and what only the gate says."""
