"""C35: wheels that are not what they say, or that can be read in two ways.

Each is on an index of one's own under its right hash, and is asked for as a pinned release and as
a plain requirement. What uv refuses and what is refused here is not told apart: nothing of such a
wheel may be in an environment. What leads out of the environment is not refused but left out: uv
drops it, and its line of the record, before anything here sees it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from foretaste.adapters.uv import program
from foretaste.ports.errors import PortError
from foretaste.ports.executor import Ending, EnvironmentSpec
from foretaste.ports.releases import Pin
from tests.fakes.index import PlainIndex, plain_index
from tests.fakes.jobs import JobRunner, local_jobs

NAME = "evil"
INFO = f"{NAME}-1.0.dist-info"
FILE = f"{NAME}-1.0-py3-none-any.whl"
MODULE = f"{NAME}.py"
GOOD = b"value = 1\n"
LINK = 0o120777
PLAIN = 0o100644


def recorded(data: bytes) -> str:
    """Return a file's hash as a RECORD has it."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def content(
    files: Mapping[str, bytes], record: Mapping[str, str] | None = None
) -> dict[str, bytes]:
    """Return a wheel's files with a RECORD that is right, but for the lines of `record`."""
    metadata = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n".encode()
    wheel = b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    whole = {**files, f"{INFO}/METADATA": metadata, f"{INFO}/WHEEL": wheel}
    lines = {name: f"{recorded(data)},{len(data)}" for name, data in whole.items()}
    lines |= {f"{INFO}/RECORD": ",", **(record or {})}
    text = "".join(f"{name},{rest}\n" for name, rest in lines.items() if rest)
    return {**whole, f"{INFO}/RECORD": text.encode()}


def zipped(
    files: Mapping[str, bytes],
    more: Sequence[tuple[str, bytes]] = (),
    modes: Mapping[str, int] | None = None,
) -> bytes:
    """Return an archive; `more` are further entries, whatever their names."""
    data = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, text in [*files.items(), *more]:
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (modes or {}).get(name, PLAIN) << 16
            archive.writestr(entry, text)
    return data.getvalue()


def duplicate() -> bytes:
    return zipped(content({MODULE: GOOD}), more=[(MODULE, b"value = 2\n")])


def other_local_name() -> bytes:
    archive = bytearray(zipped(content({MODULE: GOOD})))
    at = archive.find(MODULE.encode())
    archive[at : at + len(MODULE)] = b"evi1.py"
    return bytes(archive)


def trailing() -> bytes:
    return zipped(content({MODULE: GOOD})) + b"more" * 20


def leading() -> bytes:
    return b"#!/bin/sh\n" + zipped(content({MODULE: GOOD}))


def other_file() -> bytes:
    return zipped(content({MODULE: GOOD}, {MODULE: f"{recorded(b'value = 2')},9"}))


def unlisted() -> bytes:
    return zipped(content({MODULE: GOOD, "hidden.py": b"value = 3\n"}, {"hidden.py": ""}))


def missing() -> bytes:
    return zipped(content({MODULE: GOOD}, {"gone.py": f"{recorded(b'')},0"}))


def unknown_hash() -> bytes:
    return zipped(content({MODULE: GOOD}, {MODULE: "crc32=00000000,10"}))


def link() -> bytes:
    return zipped(content({MODULE: b"/etc/passwd"}), modes={MODULE: LINK})


def climbing(folder: Path) -> bytes:
    return zipped(content({MODULE: GOOD, f"{'../' * 30}{folder}/escaped": b"x"}))


def absolute(folder: Path) -> bytes:
    return zipped(content({MODULE: GOOD, f"{folder}/escaped": b"x"}))


def climbing_data(folder: Path) -> bytes:
    name = f"{NAME}-1.0.data/data/{'../' * 30}{folder}/escaped"
    return zipped(content({MODULE: GOOD, name: b"x"}))


def climbing_record() -> bytes:
    return zipped(content({MODULE: GOOD}, {f"{'../' * 30}etc/passwd": f"{recorded(b'x')},1"}))


def interpreter() -> bytes:
    return zipped(content({MODULE: GOOD, f"{NAME}-1.0.data/scripts/python3": b"#!/bin/sh\n"}))


def interpreter_as_data() -> bytes:
    return zipped(content({MODULE: GOOD, f"{NAME}-1.0.data/data/bin/python": b"#!/bin/sh\n"}))


def mark() -> bytes:
    return zipped(content({MODULE: GOOD, f"{NAME}-1.0.data/data/pyvenv.cfg": b"home = /\n"}))


def two_names() -> bytes:
    return zipped(content({MODULE: GOOD, "other-1.0.dist-info/METADATA": b"Name: other\n"}))


def another_name_within() -> bytes:
    metadata = b"Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"
    whole = content({MODULE: GOOD}, {f"{INFO}/METADATA": f"{recorded(metadata)},{len(metadata)}"})
    return zipped({**whole, f"{INFO}/METADATA": metadata})


def another_release() -> bytes:
    files = {name.replace(INFO, "other-2.0.dist-info"): data for name, data in content({}).items()}
    return zipped(files)


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    each.__name__: each
    for each in (
        duplicate,
        other_local_name,
        trailing,
        leading,
        other_file,
        unlisted,
        unknown_hash,
        interpreter,
        interpreter_as_data,
        mark,
        two_names,
        another_name_within,
        another_release,
    )
}
CLIMBING: Mapping[str, Callable[[Path], bytes]] = {
    each.__name__: each for each in (climbing, absolute, climbing_data)
}


@dataclass(frozen=True, slots=True)
class Place:
    """A runner, an index, and a folder that nothing may be written to."""

    runner: JobRunner
    index: PlainIndex
    outside: Path

    def publish(self, data: bytes) -> str:
        """Put the wheel on the index; return the line that pins it."""
        self.index.add(NAME, FILE, data)
        return f"{NAME}==1.0 --hash=sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.fixture(name="place")
def place_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    outside = tmp_path / "outside"
    outside.mkdir()
    with plain_index(tmp_path / "index") as (index, address):
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(tmp_path / "gate") as runner:
            yield Place(runner, index, outside)


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused(place: Place, name: str) -> None:
    line = place.publish(HOSTILE[name]())
    source = place.runner.commit({"README": ""})

    for spec in (EnvironmentSpec(pins=(line,)), EnvironmentSpec(install=(f"{NAME}==1.0",))):
        with pytest.raises(PortError) as caught:
            place.runner.environments.make(spec, (source,), print)
        assert caught.value.code in {"FT621", "FT627", "FT661", "FT663"}, caught.value
        assert NAME in str(caught.value)
    environments = place.runner.folder / "environments"
    assert not list((environments / "packages").glob("*/tree"))
    assert not list((environments / "made").glob("*/lib"))


@pytest.mark.parametrize("name", CLIMBING)
def test_what_leads_out_of_the_environment_is_left_out(place: Place, name: str) -> None:
    line = place.publish(CLIMBING[name](place.outside))
    source = place.runner.commit({"README": ""})

    made = place.runner.environments.make(EnvironmentSpec(pins=(line,)), (source,), print)

    assert list(place.outside.iterdir()) == []
    assert list(made.path.rglob(MODULE))
    assert not list(place.runner.folder.rglob("escaped"))
    (record,) = made.path.rglob("RECORD")
    assert "escaped" not in record.read_text(encoding="utf-8")


@pytest.mark.parametrize("make", [missing, climbing_record])
def test_a_record_of_what_is_not_there_adds_nothing(
    place: Place, make: Callable[[], bytes]
) -> None:
    line = place.publish(make())
    source = place.runner.commit({"README": ""})

    made = place.runner.environments.make(EnvironmentSpec(pins=(line,)), (source,), print)

    (record,) = made.path.rglob("RECORD")
    said = record.read_text(encoding="utf-8")
    assert MODULE in said
    assert "gone.py" not in said
    assert "passwd" not in said


def test_a_bomb_is_stopped(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of four gigabytes takes too long for a test: the limit is lowered to a megabyte."""
    monkeypatch.setattr(program, "_LARGEST_FILE", 2**20)
    line = place.publish(zipped(content({MODULE: GOOD, "bomb.bin": b"\0" * 2**25})))
    source = place.runner.commit({"README": ""})

    with pytest.raises(PortError, match="FT661: a file unpacks to more than"):
        place.runner.environments.make(EnvironmentSpec(pins=(line,)), (source,), print)

    found = [path.stat().st_size for path in place.outside.parent.rglob("bomb.bin")]
    assert all(size <= 2**20 for size in found)


def test_a_wheel_made_the_same_way_without_malice_is_installed(place: Place) -> None:
    """So that the tests above fail for what they say, and not for how their wheels are made."""
    line = place.publish(zipped(content({MODULE: GOOD})))

    outcome = place.runner.run(
        f"python -c 'import {NAME}; print({NAME}.value)'", environment=EnvironmentSpec(pins=(line,))
    )

    assert outcome.finished.ending is Ending.EXITED
    assert outcome.log.splitlines()[-1] == "1"


def test_a_link_in_an_archive_is_no_link_in_an_environment(place: Place) -> None:
    line = place.publish(link())
    source = place.runner.commit({"README": ""})

    made = place.runner.environments.make(EnvironmentSpec(pins=(line,)), (source,), print)

    (module,) = made.path.rglob(MODULE)
    assert not module.is_symlink()
    assert module.read_bytes() == b"/etc/passwd"


def test_the_blame_falls_on_the_one_of_several(place: Place) -> None:
    good = content({"good.py": GOOD})
    named = {name.replace(NAME, "good"): data for name, data in good.items()}
    named["good-1.0.dist-info/METADATA"] = b"Metadata-Version: 2.1\nName: good\nVersion: 1.0\n"
    named["good-1.0.dist-info/RECORD"] = "".join(f"{name},,\n" for name in named).encode()
    data = zipped(named)
    place.index.add("good", "good-1.0-py3-none-any.whl", data)
    line = place.publish(unlisted())
    pins = [
        Pin(name="good", version="1.0", hashes=(f"sha256:{hashlib.sha256(data).hexdigest()}",)),
        Pin(name=NAME, version="1.0", hashes=(line.partition("--hash=")[2],)),
    ]

    with pytest.raises(
        PortError, match=r"FT661: the wheel of evil 1\.0 is not sound: .*hidden\.py"
    ):
        place.runner.environments.releases.read(pins, "", print)

    read = place.runner.environments.releases.read(pins[:1], "", print)
    assert read["good"].owns == ("good.py",)
