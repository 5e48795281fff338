"""C35: sdists that would exhaust or break the gate's own side, where they are unpacked as data.

Each is on an index of one's own under its right hash. The gate must say that the archive is not
sound, use little memory for it, and write nothing outside of where sdists are kept.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypi_simple import DistributionPackage

from foretaste.adapters.uv import archives
from foretaste.adapters.uv.archives import Archives
from foretaste.ports.errors import PortError, TransientError, UserError
from tests.fakes.index import PlainIndex, plain_index

BLOCK = 512
MUCH = 256 * 2**20


@pytest.fixture(name="offered")
def offered_fixture(tmp_path: Path) -> Iterator[tuple[PlainIndex, Archives]]:
    with plain_index(tmp_path / "index") as (index, address):
        yield index, Archives(tmp_path / "kept", address)


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return a member's block, whatever size it says."""
    info = tarfile.TarInfo(name)
    info.type = kind
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = (size % 256**12).to_bytes(12, "big") if size < 0 else b"%011o\0" % size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def zipped(first: int, second: int, value: int) -> bytes:
    """Return a zip of one file with a byte of its two headers changed."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("app-1.0/x", "x")
    raw = bytearray(data.getvalue())
    raw[first] = value
    raw[raw.find(b"PK\x01\x02") + second] = value
    return bytes(raw)


def holes() -> bytes:
    """Return a tar whose member lists more holes than an archive could hold."""
    told = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
    body = b"999999999\n" + b"1\n" * 251
    parts = [
        header("pax", len(told), tarfile.XHDTYPE) + told.ljust(BLOCK, b"\0"),
        header("app-1.0/x", len(body)) + body,
    ]
    return gzip.compress(b"".join(parts))


HOSTILE = {
    "a header without end": gzip.compress(header("x", MUCH, tarfile.XHDTYPE) + bytes(MUCH), 1),
    "a name without end": gzip.compress(
        header("x", MUCH, tarfile.GNUTYPE_LONGNAME) + bytes(MUCH), 1
    ),
    "less than nothing": gzip.compress(header("app-1.0/x", -(2**40)) + bytes(2 * BLOCK)),
    "holes without end": holes(),
    "a file below a file": gzip.compress(
        header("app-1.0/x", 0) + header("app-1.0/x/y", 0) + bytes(2 * BLOCK)
    ),
    "no gzip": b"\x1f\x8b" + bytes(100),
}
ZIPS = {"encrypted": zipped(6, 8, 1), "of no known method": zipped(8, 10, 99)}


def refused(offered: tuple[PlainIndex, Archives], data: bytes, file: str) -> PortError:
    """Offer an sdist and return what is said of it."""
    index, kept = offered
    index.add("app", file, data)
    (package,) = kept.packages("app")
    with pytest.raises(UserError, match="FT629") as caught:
        kept.unpacked(package)
    return caught.value


@pytest.mark.parametrize("attempt", HOSTILE)
def test_a_tar_that_is_not_sound_is_told(
    offered: tuple[PlainIndex, Archives], attempt: str
) -> None:
    tracemalloc.start()
    try:
        refused(offered, HOSTILE[attempt], "app-1.0.tar.gz")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < MUCH // 4


@pytest.mark.parametrize("attempt", ZIPS)
def test_a_zip_that_is_not_sound_is_told(
    offered: tuple[PlainIndex, Archives], attempt: str
) -> None:
    assert "does not unpack" in refused(offered, ZIPS[attempt], "app-1.0.zip").what


def test_a_hash_that_is_a_path_leads_nowhere(
    offered: tuple[PlainIndex, Archives], tmp_path: Path
) -> None:
    own = tmp_path / "backup.gz"
    own.write_text("somebody's own", encoding="utf-8")
    index, kept = offered
    index.add("app", "app-1.0.tar.gz", b"anything")
    (package,) = kept.packages("app")
    package.digests["sha256"] = str(own.with_suffix(""))

    with pytest.raises(UserError, match="FT629"):
        kept.unpacked(package)

    assert own.read_text(encoding="utf-8") == "somebody's own"


def test_a_file_without_end_is_not_written_to_its_end(
    offered: tuple[PlainIndex, Archives], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_LARGEST", 2**20)

    error = refused(offered, bytes(8 * 2**20), "app-1.0.tar.gz")

    assert error.what == "app-1.0.tar.gz is too large"
    assert [path for path in (tmp_path / "kept").rglob("*") if path.is_file()] == []


def test_no_password_of_an_index_is_told(tmp_path: Path) -> None:
    kept = Archives(tmp_path / "kept", "http://me:hunter2@127.0.0.1:9/simple/")
    package = DistributionPackage(
        filename="app-1.0.tar.gz",
        project="app",
        version="1.0",
        package_type="sdist",
        url="ftp://me:hunter2@127.0.0.1:9/app-1.0.tar.gz",
        digests={"sha256": "0" * 64},
        requires_python=None,
        has_sig=None,
    )

    for ask in (lambda: kept.packages("app"), lambda: kept.unpacked(package)):
        with pytest.raises(TransientError) as caught:
            ask()
        assert "127.0.0.1" in caught.value.what
        assert "hunter2" not in caught.value.what
