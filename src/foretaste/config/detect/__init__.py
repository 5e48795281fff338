"""Finding out how a project is tested, from what stands in its tree; none of its code is run."""
