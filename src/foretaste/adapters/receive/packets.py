"""Packets: the lines in which git's programs talk (gitprotocol-common, "pkt-line").

Four hexadecimal digits give a packet's length, themselves included; `0000` ends a section.
"""

from __future__ import annotations

from typing import IO, Final

LENGTH: Final = 4
PACKET_LIMIT: Final = 65520
# One packet a ref: a push of more refs than that is no proposal.
SECTION_LIMIT: Final = 1000


class ProtocolError(Exception):
    """What was read is no packet, or ended in the middle: git is gone or is not git."""


def read_section(stream: IO[bytes]) -> list[bytes]:
    """Return the packets up to the end of the section, each without its line end.

    Raises:
        ProtocolError: the stream ended, or has something else on it.
    """
    section: list[bytes] = []
    while (packet := _read(stream)) is not None:
        section.append(packet)
        if len(section) > SECTION_LIMIT:
            raise ProtocolError(f"more than {SECTION_LIMIT} packets in a section")
    return section


def section(*packets: str) -> bytes:
    """Return the packets as git reads them, with the end of the section."""
    encoded = [packet.encode("utf-8", "surrogateescape")[: PACKET_LIMIT - 5] for packet in packets]
    lines = [b"%04x%s\n" % (len(packet) + LENGTH + 1, packet) for packet in encoded]
    return b"".join([*lines, b"0000"])


def _read(stream: IO[bytes]) -> bytes | None:
    digits = _exactly(stream, LENGTH)
    try:
        size = int(digits, 16)
    except ValueError:
        raise ProtocolError(f"{digits!r} is no packet length") from None
    if size == 0:
        return None
    if not LENGTH <= size <= PACKET_LIMIT:
        raise ProtocolError(f"{size} is no packet length")
    return _exactly(stream, size - LENGTH).removesuffix(b"\n")


def _exactly(stream: IO[bytes], size: int) -> bytes:
    read = stream.read(size)
    if len(read) != size:
        raise ProtocolError("the stream ended in the middle")
    return read
