"""What vulture takes for unused and is not: each name with who uses it."""
