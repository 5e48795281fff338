"""Executors: where builds run."""
