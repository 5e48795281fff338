"""Decisions on dependencies: what moved, what may move together, and which release is to blame.

Read in this order: `moves`, `lattice`, `outcome`, `compare`, `suspicion`, `belief`, `isolate`,
`forward`, `dossier`. Pure, like the core: trials are asked for and outcomes are told.
"""
