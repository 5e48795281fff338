"""The hook `proc-receive`: hands its streams to the gate and ends as the gate says.

It runs once for every push, so it imports only what is built into the interpreter, and it decides
nothing: without a gate that answers, the push is refused. Arguments: the folder of the gate's
socket and the socket's name. The gate knows the push by `FORETASTE_PUSH` in the environment.
"""

from __future__ import annotations

import _socket
import os
import sys

ENCODING = "ascii"
STREAMS = (0, 1, 2)


def main() -> int:
    """Return 0 where the gate has answered git, else 1."""
    folder, name = sys.argv[1:3]
    # A socket's address holds 108 bytes; by way of the open folder any path fits.
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    gate = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        gate.connect(f"/proc/self/fd/{opened}/{name}")
        streams = b"".join(stream.to_bytes(4, sys.byteorder) for stream in STREAMS)
        push = os.environ.get("FORETASTE_PUSH", "").encode(ENCODING, "replace")
        gate.sendmsg([push.ljust(1)], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
        answered = gate.recv(1) == b"+"
    except OSError as error:
        os.write(2, f"error[FT323]: the gate does not answer: {error.strerror}\n".encode())
        return 1
    finally:
        gate.close()
        os.close(opened)
    if not answered:
        os.write(2, b"error[FT323]: the gate broke off; nothing was changed, push again\n")
    return 0 if answered else 1


if __name__ == "__main__":
    sys.exit(main())
