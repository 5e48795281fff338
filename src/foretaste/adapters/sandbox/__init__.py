"""The sandbox: commands run where they can reach only what they are given.

`filter` writes the seccomp program, `profile` the options of bubblewrap, `spawn` and `stage`
start it (as root: from a mount namespace of its own, under a plain user id), `limits` holds a
process to its share, `confined` waits for one that runs, `probes` measures what is kept out,
and `bubblewrap` puts them together.
"""
