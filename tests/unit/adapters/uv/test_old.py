"""For a Python that uv does not serve, wheels are unpacked without it, and as carefully.

No such Python is needed: nothing of it runs.
"""

from __future__ import annotations

import base64
import hashlib
import io
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from foretaste.adapters.uv import old
from foretaste.adapters.uv.archives import Archives
from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.old import install_old
from foretaste.ports.errors import TransientError, UserError
from foretaste.ports.releases import Pin
from tests.fakes.index import plain_index

PYTHON = Interpreter(
    path=Path("/old/bin/python2.7"),
    version="2.7.18",
    prefix=Path("/old"),
    tag="cpython-27",
    platform="linux-x86_64",
)
INFO = "one-1.0.dist-info"
SITE = "lib/python2.7/site-packages"
LINK = 0o120777 << 16


def recorded(data: bytes, algorithm: str = "sha256") -> str:
    found = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{algorithm}={found},{len(data)}"


def zipped(
    files: Mapping[str, str],
    record: Mapping[str, str] | None = None,
    more: Sequence[tuple[zipfile.ZipInfo | str, str]] = (),
) -> bytes:
    """Return a wheel; `record` has the lines that are not as they should be, `more` entries."""
    content = {
        f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: one\nVersion: 1.0\n",
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\n"
        "Tag: py2-none-any\n",
        f"{INFO}/entry_points.txt": "[console_scripts]\nsay = one:main\n",
        **files,
    }
    lines = {path: recorded(text.encode()) for path, text in content.items()}
    lines |= {f"{INFO}/RECORD": ",", **(record or {})}
    content[f"{INFO}/RECORD"] = "".join(f"{path},{rest}\n" for path, rest in lines.items() if rest)
    data = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(data, "w") as archive:
        warnings.simplefilter("ignore")
        for path, text in [*content.items(), *more]:
            archive.writestr(path, text)
    return data.getvalue()


def unpacked(folder: Path, data: bytes) -> Path:
    """Unpack a wheel that was built here; return the prefix."""
    wheel = folder / "one-1.0-py2-none-any.whl"
    wheel.write_bytes(data)
    pin = Pin(name="one", version="1.0", hashes=("sha256:x",), wheel=str(wheel))
    install_old(None, folder / "made", PYTHON, [pin])
    return folder / "made"


def test_its_files_and_scripts_are_where_that_python_looks(tmp_path: Path) -> None:
    made = unpacked(
        tmp_path, zipped({"one.py": "value = 1\n", "one-1.0.data/data/share/x": "data\n"})
    )

    assert (made / SITE / "one.py").read_text(encoding="utf-8") == "value = 1\n"
    assert (made / "share" / "x").is_file()
    script = made / "bin" / "say"
    assert script.read_text(encoding="utf-8").startswith("#!/env/bin/python\n")
    assert script.stat().st_mode & 0o111
    assert (made / SITE / INFO / "INSTALLER").read_text(encoding="utf-8") == "foretaste\n"


def test_hashes_in_capitals_are_as_good(tmp_path: Path) -> None:
    text = "value = 1\n"
    said = {"one.py": recorded(text.encode(), "SHA256")}

    assert (unpacked(tmp_path, zipped({"one.py": text}, said)) / SITE / "one.py").is_file()


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("one.py")
    entry.external_attr = LINK
    return entry


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zipped({"one.py": ""}, more=[("one.py", "other")]), "a name stands in it twice"),
        (zipped({"../one.py": ""}), "it names ../one.py, outside of the environment"),
        (zipped({"/one.py": ""}), "it names /one.py, outside of the environment"),
        (zipped({}, {"one.py": recorded(b"/etc")}, [(link(), "/etc")]), "one.py is a link"),
        (zipped({"one.py": ""}, {"one.py": ""}), "one.py is in the archive and not recorded"),
        (zipped({"one.py": ""}, {"one.py": ",0"}), "one.py is in the archive and not recorded"),
        (zipped({"one.py": ""}, {"one.py": recorded(b"x")}), "one.py is not the file that its"),
        (zipped({"one.py": ""}, {"one.py": "crc=00,0"}), "one.py is not the file that its"),
        (b"no archive", "File is not a zip file"),
    ],
)
def test_what_is_not_sound_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(UserError) as caught:
        unpacked(tmp_path, data)

    assert caught.value.code == "FT661"
    assert why in caught.value.what
    assert not (tmp_path / "made").exists()


def test_what_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old, "_LARGEST_UNPACKED", 1000)

    with pytest.raises(UserError, match=r"FT661: .*it unpacks to too much"):
        unpacked(tmp_path, zipped({"one.py": "#" * 1000}))


def test_a_file_of_the_index_is_taken_by_its_hash_and_its_tags(tmp_path: Path) -> None:
    good, other = zipped({"one.py": "value = 1\n"}), zipped({"one.py": "value = 2\n"})
    hashes = tuple(f"sha256:{hashlib.sha256(data).hexdigest()}" for data in (good, other))
    with plain_index(tmp_path / "index") as (index, address):
        index.add("one", "one-1.0-py2-none-any.whl", good)
        index.add("one", "one-1.0-py3-none-any.whl", other)
        archives = Archives(tmp_path / "archives", address)
        install_old(
            archives, tmp_path / "made", PYTHON, [Pin(name="one", version="1.0", hashes=hashes)]
        )
        with pytest.raises(UserError, match=r"FT627: no file of one 1\.0 .* is for Python 2\.7"):
            install_old(
                archives,
                tmp_path / "none",
                PYTHON,
                [Pin(name="one", version="1.0", hashes=hashes[1:])],
            )

    assert (tmp_path / "made" / SITE / "one.py").read_text(encoding="utf-8") == "value = 1\n"
    assert not list((tmp_path / "archives").iterdir())


def test_offline_nothing_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="FT624: offline, and not in the cache: one"):
        install_old(None, tmp_path, PYTHON, [Pin(name="one", version="1.0", hashes=("sha256:x",))])
