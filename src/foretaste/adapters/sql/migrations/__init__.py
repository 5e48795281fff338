"""How the tables came to be what they are, a step a module.

A step names its tables itself and imports none of `tables`, which moves on. A step that is
released is never edited. Each has a test with rows to migrate in `tests/migration`.
"""
