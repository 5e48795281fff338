"""Interpreters, wheels and environments, by uv on the gate's side and builds in the sandbox.

The rule that every module here keeps: no code of a package runs outside the sandbox. uv is
only ever asked to resolve from wheels and to unpack them by hash, with an interpreter that has
nothing of theirs installed; what must be built is built in the sandbox.
"""
