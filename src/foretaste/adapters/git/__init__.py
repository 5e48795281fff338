"""Git, through the git binary: bare repositories that the gate owns, and nobody's working tree.

`command` runs git; `conversation` keeps one running where a question is asked often; `shelf` holds
the repositories; `refs`, `objects` and `message` are their parts; `repository` and `trees` are the
two ports.
"""
