"""A world in memory with a twin of every port, and the scenarios that run in it."""
