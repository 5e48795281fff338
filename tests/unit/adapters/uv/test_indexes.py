"""Where packages come from, as uv and pip are told; and which projects uv's resolver looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste.adapters.uv.program import Uv, address_of
from tests.fakes.index import plain_index, wheel


def uv(tmp_path: Path, **environ: str) -> Uv:
    home = {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path), "PATH": "/usr/bin:/bin"}
    home |= {"UV_CACHE_DIR": str(tmp_path / "cache")}
    return Uv(tmp_path / "uv", tmp_path / "wheels", environ={**home, **environ})


def test_all_indexes_are_told_the_default_one_first(tmp_path: Path) -> None:
    told = uv(
        tmp_path,
        UV_DEFAULT_INDEX="main=https://main.example/simple",
        UV_INDEX="https://one.example/simple mine=https://two.example/simple",
        UV_EXTRA_INDEX_URL="https://one.example/simple https://three.example/simple",
    )

    assert told.indexes() == (
        "https://main.example/simple",
        "https://one.example/simple",
        "https://two.example/simple",
        "https://three.example/simple",
    )


def test_without_any_there_is_the_one_that_everybody_has(tmp_path: Path) -> None:
    (only,) = uv(tmp_path).indexes()

    assert only.startswith("https://")


SECRETS = {"UV_INDEX_MY_OWN_USERNAME": "me@home", "UV_INDEX_MY_OWN_PASSWORD": "a/b"}


@pytest.mark.parametrize(
    ("index", "address"),
    [
        ("https://x.example/simple", "https://x.example/simple"),
        ("https://x.example/simple?a=b", "https://x.example/simple?a=b"),
        ("my-own=https://x.example/simple", "https://me%40home:a%2Fb@x.example/simple"),
        ("my-own=https://you:z@x.example/simple", "https://you:z@x.example/simple"),
        ("other=https://x.example/simple", "https://x.example/simple"),
        ("my-own=/wheels", "/wheels"),
    ],
)
def test_an_index_with_a_name_has_its_secrets_by_it(index: str, address: str) -> None:
    assert address_of(index, SECRETS) == address


def test_what_uv_goes_back_from_is_heard_of_too(tmp_path: Path) -> None:
    wanted = tmp_path / "wanted.in"
    wanted.write_text("app\n")
    with plain_index(tmp_path / "index") as (index, address):
        for name, version, requires in (
            ("app", "1.0", ""),
            ("app", "2.0", "Requires-Dist: middle[more]\n"),
            ("middle", "1.0", 'Provides-Extra: more\nRequires-Dist: deep.er<2; extra == "more"\n'),
            ("deep_er", "2.0", ""),
        ):
            data = wheel(name, version, {}, requires)
            folder = name.replace("_", "-")
            index.add(folder, f"{name}-{version}-py3-none-any.whl", data)

        found = uv(tmp_path, UV_DEFAULT_INDEX=address).consider(["pip", "compile", str(wanted)])

    assert found.error is None
    assert found.names == {"app", "middle", "deep-er"}


def test_why_there_is_no_solution_is_said_without_the_log(tmp_path: Path) -> None:
    wanted = tmp_path / "wanted.in"
    wanted.write_text("app>1\n")
    with plain_index(tmp_path / "index") as (index, address):
        index.add("app", "app-1.0-py3-none-any.whl", wheel("app", "1.0", {}))

        found = uv(tmp_path, UV_DEFAULT_INDEX=address).consider(["pip", "compile", str(wanted)])

    assert found.error is not None
    assert found.error.code == "FT621"
    assert "app" in found.error.what
    assert "DEBUG" not in found.error.what
    assert found.names == {"app"}
