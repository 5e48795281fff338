"""The steps, in order; `v` and the number are the module, the number alone is the revision."""
