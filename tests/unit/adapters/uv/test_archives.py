"""Sdists come by their hash, whole or not at all, and unpack to plain files below one folder."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypi_simple import DistributionPackage

from foretaste.adapters.uv import archives
from foretaste.adapters.uv.archives import Archives
from foretaste.ports.errors import TransientError, UserError
from tests.fakes.index import PlainIndex, plain_index, sdist

FILE = "app-1.0.tar.gz"


class Shop:
    """An index with one project, and where its sdists are kept."""

    def __init__(self, folder: Path, index: PlainIndex, address: str) -> None:
        self.page = folder / "index" / "simple" / "app"
        self.kept = folder / "kept"
        self.index = index
        self.archives = Archives(self.kept, address)

    def offer(self, data: bytes, file: str = FILE) -> DistributionPackage:
        """Put an sdist on the index and return what its page says of it."""
        self.index.add("app", file, data)
        (package,) = self.archives.packages("app")
        return package


@pytest.fixture(name="shop")
def shop_fixture(tmp_path: Path) -> Iterator[Shop]:
    with plain_index(tmp_path / "index") as (index, address):
        yield Shop(tmp_path, index, address)


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return an archive of members as they are given."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


def linked(name: str, to: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    """Return a member that is a link."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member, b""


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_an_sdist_is_unpacked_once_under_its_hash(shop: Shop) -> None:
    package = shop.offer(sdist("app", "1.0", {"pyproject.toml": "", "src/app.py": "x = 1\n"}))
    digest = package.digests["sha256"]

    assert shop.archives.kept(digest) is None
    folder = shop.archives.unpacked(package)
    (shop.page / FILE).unlink()  # nothing is fetched the second time

    assert shop.archives.unpacked(package) == shop.archives.kept(digest) == folder
    assert files_in(folder) == {"pyproject.toml", "src/app.py"}
    assert [path.name for path in shop.kept.iterdir()] == [digest]


def test_a_program_stays_one_and_everybody_may_read(shop: Shop) -> None:
    program = tarfile.TarInfo("app-1.0/run")
    program.mode = 0o700
    plain = tarfile.TarInfo("app-1.0/doc/text")
    plain.mode = 0o600

    folder = shop.archives.unpacked(shop.offer(packed((program, b"#!"), (plain, b""))))

    assert (folder / "run").stat().st_mode & 0o777 == 0o755
    assert (folder / "doc" / "text").stat().st_mode & 0o777 == 0o644
    assert (folder / "doc").stat().st_mode & 0o777 == 0o755


def test_links_devices_and_names_that_lead_out_are_left_in_the_archive(
    shop: Shop, tmp_path: Path
) -> None:
    data = packed(
        linked("app-1.0/passwd", "/etc/passwd", tarfile.SYMTYPE),
        linked("app-1.0/hard", "app-1.0/kept.py", tarfile.LNKTYPE),
        linked("app-1.0/pipe", "", tarfile.FIFOTYPE),
        (tarfile.TarInfo("app-1.0/../../out.py"), b"out"),
        (tarfile.TarInfo("at-the-top.py"), b"no folder of its own"),
        (tarfile.TarInfo("app-1.0/./kept.py"), b"kept"),
    )

    folder = shop.archives.unpacked(shop.offer(data))

    assert files_in(folder) == {"kept.py"}
    assert not list(tmp_path.rglob("out.py"))


@pytest.mark.parametrize(("limit", "value"), [("_MOST_FILES", 2), ("_LARGEST_UNPACKED", 10)])
def test_what_unpacks_to_too_much_leaves_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(archives, limit, value)
    package = shop.offer(sdist("app", "1.0", {f"{n}.py": "12345" for n in range(4)}))

    with pytest.raises(UserError, match=r"FT629: .*unpacks to too much"):
        shop.archives.unpacked(package)

    assert shop.archives.kept(package.digests["sha256"]) is None


def test_a_file_that_is_too_large_is_not_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_LARGEST", 10)
    package = shop.offer(sdist("app", "1.0", {"app.py": ""}))

    with pytest.raises(UserError, match=r"FT629: .*too large"):
        shop.archives.unpacked(package)

    assert list(shop.kept.iterdir()) == []


def test_another_file_than_the_index_names_is_not_unpacked(shop: Shop) -> None:
    package = shop.offer(sdist("app", "1.0", {"app.py": "x = 1\n"}))
    (shop.page / FILE).write_bytes(sdist("app", "1.0", {"app.py": "x = 2\n"}))

    with pytest.raises(TransientError, match=r"FT623: .*cannot be fetched"):
        shop.archives.unpacked(package)

    assert list(shop.kept.iterdir()) == []


def test_without_a_hash_nothing_is_fetched(shop: Shop) -> None:
    shop.offer(sdist("app", "1.0", {"app.py": ""}))
    page = shop.page / "index.html"
    page.write_text(f'<html><body><a href="{FILE}">{FILE}</a></body></html>', encoding="utf-8")
    (package,) = shop.archives.packages("app")

    with pytest.raises(UserError, match="FT629: the index gives no hash"):
        shop.archives.unpacked(package)

    assert not shop.kept.exists()


def test_an_index_out_of_reach_is_asked_again_later(tmp_path: Path) -> None:
    with plain_index(tmp_path / "index") as (_, address):
        gone = Archives(tmp_path / "kept", address)

    with pytest.raises(TransientError, match="FT623: the index cannot be asked for app"):
        gone.packages("app")


def test_a_project_that_the_index_does_not_have_is_not_asked_for_again(shop: Shop) -> None:
    with pytest.raises(UserError, match="FT621: the index has no project nowhere"):
        shop.archives.packages("nowhere")


def zipped(*members: tuple[zipfile.ZipInfo | str, str]) -> bytes:
    """Return a zip archive of members as they are given."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return data.getvalue()


def with_mode(name: str, mode: int) -> zipfile.ZipInfo:
    """Return an entry with a mode as Unix has them; 0 for none, as other systems write it."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry


def test_a_zipped_source_is_unpacked_as_carefully(shop: Shop) -> None:
    data = zipped(
        ("app-1.0/", ""),
        (with_mode("app-1.0/setup.py", 0), "x = 1\n"),
        (with_mode("app-1.0/tool", 0o100755), "#!/bin/sh\n"),
        (with_mode("app-1.0/link", 0o120777), "/etc/passwd"),
        ("app-1.0/../../escaped", "x"),
        ("top", "x"),
    )

    folder = shop.archives.unpacked(shop.offer(data, "app-1.0.zip"))

    assert files_in(folder) == {"setup.py", "tool"}
    assert (folder / "tool").stat().st_mode & 0o111
    assert not (folder / "setup.py").stat().st_mode & 0o111


def test_a_zipped_source_that_unpacks_to_too_much_is_not_taken(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_LARGEST_UNPACKED", 1000)
    package = shop.offer(zipped(("app-1.0/setup.py", "#" * 2000)), "app-1.0.zip")

    with pytest.raises(UserError, match=r"FT629: .* unpacks to too much"):
        shop.archives.unpacked(package)


@pytest.mark.parametrize("file", [FILE, "app-1.0.zip"])
def test_what_is_no_archive_is_the_indexs_fault(shop: Shop, file: str) -> None:
    package = shop.offer(b"no archive", file)

    with pytest.raises(UserError, match=f"FT629: {file} does not unpack"):
        shop.archives.unpacked(package)
    assert not list(shop.kept.iterdir())
