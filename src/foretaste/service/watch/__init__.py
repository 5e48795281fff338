"""Watch: new releases of what projects stand on, tested as they appear and proposed as bumps.

Nothing is queued here, and no event of the index is remembered: each look compares what a branch
pins with what the index shows, from scratch. A release that was seen late, twice or while the gate
was down makes no difference, and a thousand of them in a minute make one question more
(docs/decisions/0012). What is kept is what a check said, under a digest of what it was asked.

Read in this order: `offers` (what is newer than a lock), `pins`, `requirements`, `pylock` and
`lockfiles` (locks, read and moved), `asking` (the ports), `kept` (what is remembered), `standing`
(what to do for one branch: pure), `bumps` (the change that is proposed), `checks` (the one check
that runs), `looks` (what the index shows), `watcher` (the loop), `showing` (what people see).
"""
