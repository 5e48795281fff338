"""uv runs with the user's own indexes, and with nobody's interpreter but the one asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste.adapters.uv.interpreters import Interpreters
from foretaste.adapters.uv.program import Uv, uv_variables
from foretaste.ports.errors import TransientError, UserError


@pytest.fixture(name="home")
def home_fixture(tmp_path: Path) -> dict[str, str]:
    """Variables of somebody who has configured nothing."""
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "none")}


def pip_conf(home: dict[str, str], text: str) -> None:
    """Write the user's configuration of pip."""
    path = Path(home["HOME"], ".config", "pip", "pip.conf")
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def test_pips_indexes_are_used_where_uv_has_none(home: dict[str, str]) -> None:
    pip_conf(
        home,
        "[global]\nindex-url = https://a.invalid/simple\n"
        "extra-index-url = https://b.invalid/simple\n    https://c.invalid/simple\n"
        "find-links = /wheels /more\n",
    )

    variables = uv_variables(home)

    assert variables["UV_DEFAULT_INDEX"] == "https://a.invalid/simple"
    assert variables["UV_INDEX"] == "https://b.invalid/simple https://c.invalid/simple"
    assert variables["UV_FIND_LINKS"] == "/wheels,/more"
    assert variables["UV_INDEX_STRATEGY"] == "unsafe-best-match"


def test_pips_variables_win_over_its_files(home: dict[str, str]) -> None:
    pip_conf(home, "[global]\nindex-url = https://a.invalid/simple\n")

    variables = uv_variables({**home, "PIP_INDEX_URL": "https://d.invalid/simple"})

    assert variables["UV_DEFAULT_INDEX"] == "https://d.invalid/simple"


def test_uvs_own_configuration_keeps_pips_out(home: dict[str, str]) -> None:
    pip_conf(home, "[global]\nindex-url = https://a.invalid/simple\n")

    variables = uv_variables({**home, "UV_INDEX": "https://e.invalid/simple"})

    assert "UV_DEFAULT_INDEX" not in variables
    assert variables["UV_INDEX"] == "https://e.invalid/simple"


def test_uvs_file_keeps_pips_out(home: dict[str, str]) -> None:
    pip_conf(home, "[global]\nindex-url = https://a.invalid/simple\n")
    file = Path(home["HOME"], ".config", "uv", "uv.toml")
    file.parent.mkdir(parents=True)
    file.write_text("", encoding="utf-8")

    assert "UV_DEFAULT_INDEX" not in uv_variables(home)


def test_a_broken_configuration_of_pip_is_left_alone(home: dict[str, str]) -> None:
    pip_conf(home, "no section\n")

    assert "UV_DEFAULT_INDEX" not in uv_variables(home)


def test_what_points_elsewhere_is_taken_out(home: dict[str, str]) -> None:
    variables = uv_variables({**home, "VIRTUAL_ENV": "/x", "PYTHONPATH": "/y", "UV_PYTHON": "2"})

    assert not {"VIRTUAL_ENV", "PYTHONPATH", "UV_PYTHON"} & set(variables)
    assert variables["UV_PYTHON_DOWNLOADS"] == "never"


def test_offline_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    uv = Uv(tmp_path, tmp_path / "wheels", offline=True)
    asked = tmp_path / "a.in"
    asked.write_text("never-cached\n", encoding="utf-8")

    with pytest.raises(TransientError, match="FT624: offline, and not in the cache: never-cached"):
        uv.run(["pip", "compile", str(asked)])


def test_an_index_out_of_reach_may_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    asked = tmp_path / "a.in"
    asked.write_text("anything\n", encoding="utf-8")

    with pytest.raises(TransientError, match="FT623"):
        Uv(tmp_path, tmp_path / "wheels").run(["pip", "compile", str(asked)])


def test_the_interpreter_that_runs_us_is_found_below_its_environment() -> None:
    found = Interpreters().find("")

    assert found.path.is_file()
    assert not found.path.is_symlink()
    assert found.minor in found.tag.replace("cpython-3", "3.") or found.tag


@pytest.mark.parametrize("wanted", ["2.1", "3.99", "x; rm", "../3"])
def test_an_interpreter_that_is_not_here_is_named(wanted: str) -> None:
    with pytest.raises(UserError, match="FT625"):
        Interpreters().find(wanted)
