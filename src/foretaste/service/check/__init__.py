"""Check: would these releases break a project, and which one (design, section 7)?

Read in this order: `subject` (what is checked), `states` (base and candidate), `trials` (runs on
the executor), `searching` (the search, driven), `check` (all of it, as a list of verbs).
"""
