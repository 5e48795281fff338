"""The real world: one package or module for each thing outside, independent of one another."""
