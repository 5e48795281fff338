"""Oracles: what is asked of a state beside the project's own tests."""
