"""The embedded forge's git side: git over HTTP, and what becomes of a push.

`application` serves reads and pushes through `git http-backend` (`backend`). A push ends in git's
`proc-receive` hook, which hands its three streams to the gate (`relay`, `listener`); there
`conversation` speaks git's protocol, `desk` decides on every ref, and `words` says what became of
it. No ref is ever moved by git itself on behalf of a push.
"""
