"""One protocol for each thing outside the gate, and the errors that it may raise.

Adapters implement them for the real world, `simulation` for a world in memory; one contract
suite runs on both.
"""
