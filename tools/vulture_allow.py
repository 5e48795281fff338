"""What seems unused and is not: each name with who uses it.

Not a program: vulture reads the names, and takes them for used.
"""

main  # the console script of pyproject.toml
