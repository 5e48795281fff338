"""The package index: its simple pages as JSON, kept here and asked for again conditionally.

What an index answers was written by others: a page is read leniently (a file whose name or version
means nothing is left out) and believed strictly (addresses, sizes, hashes, the project's name).
"""
