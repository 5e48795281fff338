"""Reading: a simple page, as JSON (PEP 691, PEP 700) or as HTML (PEP 503), made an `IndexPage`."""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from foretaste.ports.errors import TransientError
from foretaste.ports.index import IndexFile, IndexPage

JSON = "application/vnd.pypi.simple.v1+json"
HTML = ("application/vnd.pypi.simple.v1+html", "text/html", "application/xhtml+xml")

_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAJOR = "1"
# Of a page: one project has 40,000 files, the next largest a quarter of that.
_MOST_FILES = 200_000
# As file systems have it.
_LONGEST_NAME = 255
# Of a wheel's tags all combinations are made: a name could have so many that it takes minutes.
_MOST_TAGS = 256
# Letters of a text that is kept of a file; longer ones say nothing that could be used.
_LONGEST = 2000
# Where a file may lie, by how the page itself was had.
_PLACES = {"https": {"https"}, "http": {"https", "http"}, "file": {"https", "http", "file"}}


def read_page(name: str, data: bytes, kind: str, address: str) -> IndexPage:
    """Return a project's page; `kind` is its content type, `address` where it was found.

    Raises:
        TransientError: it is no page of the simple index, or another project's.
    """
    if kind == JSON or (not kind and data[:1] == b"{"):
        return _read_json(name, data, address)
    if kind in HTML or not kind:
        return _read_html(name, data, address)
    raise _unfit(name, f"it is {kind}, no page of a simple index")


def _unfit(name: str, why: str) -> TransientError:
    return TransientError("FT642", f"what the index says of {name} cannot be used: {why}")


def _read_json(name: str, data: bytes, address: str) -> IndexPage:
    try:
        page = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _unfit(name, f"it is not JSON: {error}") from error
    if not isinstance(page, dict) or not isinstance(page.get("files"), list):
        raise _unfit(name, "it has no files")
    meta = page.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    version = str(meta.get("api-version", "1.0"))
    if version.partition(".")[0] != _MAJOR:
        raise _unfit(name, f"it is of version {version[:20]}, which is not known here")
    said = page.get("name", name)
    if not isinstance(said, str) or canonicalize_name(said) != name:
        raise _unfit(name, f"it is of another project: {str(said)[:60]!r}")
    if len(page["files"]) > _MOST_FILES:
        raise _unfit(name, "it has too many files")
    entries = (_entry(each) for each in page["files"] if isinstance(each, dict))
    return IndexPage(name=name, files=_files(name, entries, address), serial=_serial(meta))


def _serial(meta: Mapping[str, Any]) -> int:
    """Return the page's serial, which some indexes write as text; 0 where there is none."""
    text = str(meta.get("_last-serial", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0  # noqa: PLR2004 - what fits 64 bits


def _entry(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a file's entry says, each thing of its type or not at all."""
    hashes = raw.get("hashes")
    yanked = raw.get("yanked")
    return {
        "filename": _text(raw.get("filename")),
        "url": _text(raw.get("url")),
        "sha256": _text(hashes.get("sha256")) if isinstance(hashes, dict) else "",
        "requires_python": _text(raw.get("requires-python")),
        "uploaded": _moment(raw.get("upload-time")),
        "yanked": _text(yanked).encode("utf-8", "replace").decode() if yanked else None,
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_html(name: str, data: bytes, address: str) -> IndexPage:
    # It brings an HTML parser along, half a second of a start.
    from pypi_simple import ProjectPage, UnsupportedRepoVersionError  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            page = ProjectPage.from_html(name, data, base_url=address)
    except (ValueError, RecursionError, UnsupportedRepoVersionError) as error:
        raise _unfit(name, f"it cannot be read: {error}") from error
    if len(page.packages) > _MOST_FILES:
        raise _unfit(name, "it has too many files")
    entries = (
        {
            "filename": _text(each.filename),
            "url": _text(each.url),
            "sha256": _text(each.digests.get("sha256")),
            "requires_python": _text(each.requires_python),
            "uploaded": each.upload_time,
            "yanked": _text(each.yanked_reason) if each.is_yanked else None,
        }
        for each in page.packages
    )
    serial = _serial({"_last-serial": page.last_serial or ""})
    return IndexPage(name=name, files=_files(name, entries, address), serial=serial)


def _files(name: str, entries: Iterator[Mapping[str, Any]], address: str) -> tuple[IndexFile, ...]:
    found = {}
    for entry in entries:
        kind, version = kind_and_version(name, entry["filename"])
        url = _place(entry["url"], address) if version else ""
        if url:
            sha256 = entry["sha256"].lower()
            found[entry["filename"]] = IndexFile(
                filename=entry["filename"],
                kind=kind,
                version=version,
                url=url,
                sha256=sha256 if _SHA256.fullmatch(sha256) else "",
                requires_python=entry["requires_python"],
                uploaded=entry["uploaded"],
                yanked=entry["yanked"],
            )
    return tuple(found.values())


def _place(url: str, address: str) -> str:
    """Return where a file lies that a page found at `address` names.

    "" where it names nothing, or a place less safe than its own.
    """
    if not url:
        return ""
    try:
        whole = urljoin(address, url)
        parts = urlsplit(whole)
    except ValueError:
        return ""
    allowed = _PLACES.get(urlsplit(address).scheme, {"https"})
    sound = parts.scheme in allowed and (parts.netloc or parts.scheme == "file")
    return whole if sound else ""


def kind_and_version(name: str, filename: str) -> tuple[str, str]:
    """Return what a file of a project is, and its release; ("", "") where it is none of either.

    The name in it must be the project's: `foo-bar-1.0.tar.gz` is version 1.0 of `foo-bar`, and
    nothing on the page of `foo`.
    """
    if not {"/", "\\"}.isdisjoint(filename) or not filename.isprintable():
        return "", ""
    if len(filename) > _LONGEST_NAME or _tags(filename) > _MOST_TAGS:
        return "", ""
    if filename.endswith(".whl"):
        try:
            named, version, _, _ = parse_wheel_filename(filename)
        except (InvalidWheelFilename, InvalidVersion):
            return "", ""
        return ("wheel", str(version)) if named == name else ("", "")
    suffix = next((each for each in _SDISTS if filename.endswith(each)), "")
    version_text = _after(name, filename.removesuffix(suffix)) if suffix else ""
    try:
        return "sdist", str(Version(version_text))
    except InvalidVersion:
        return "", ""


def _tags(filename: str) -> int:
    """Return how many tags a wheel's name stands for."""
    return math.prod(part.count(".") + 1 for part in filename.split("-")[-3:])


def _after(name: str, stem: str) -> str:
    """Return what stands behind a project's name in a file's, "" where it is another's."""
    for place, letter in enumerate(stem):
        if letter == "-" and canonicalize_name(stem[:place]) == name:
            return stem[place + 1 :]
    return ""
