"""The gate's decisions, pure: `record` notes what happened, `plan` says what to do next.

Nothing here touches a clock, a disk, a process or a socket; the same core runs in production
and in simulation. Read `facts` for what is known, `plan` for the list of verbs.
"""
