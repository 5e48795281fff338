"""Decisions on dependencies: what moved, what may move together, and which release is to blame.

Read in this order: `moves`, `lattice`, `outcome`; how a search compares and believes, `units`,
`belief`, `compare`, `suspicion`, `breaks`; what it asks, `holding`, `explanation`, `concluding`,
`planning`, `isolate`; what follows, `forward`, `dossier`. Pure, like the core: trials are asked for
and outcomes are told.
"""
