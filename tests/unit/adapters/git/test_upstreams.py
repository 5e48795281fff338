"""Upstreams are read as they are, and a place that would start something is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.git import upstreams
from foretaste.adapters.git.shelf import Shelf
from foretaste.adapters.git.trees import GitTrees
from foretaste.adapters.git.upstreams import GitUpstreams
from foretaste.ports.errors import UserError
from tests.fakes.upstream import DATE, Step, UpstreamRepository, make_upstream

# 0 ─ 1 ─ 2 ─ 4 ─ 5        1.0 is 1, 2.0 is 5
#      \─ 3 ─/  \─ 6       2.0.1 is 6, beside 2.0
STEPS = [
    Step(files={"a": "0"}),
    Step(files={"a": "1"}, tags=["v1.0"]),
    Step(files={"a": "2"}),
    Step(files={"a": "1", "b": "3"}, after=[1], message="Add b\n\nAt length."),
    Step(files={"a": "2", "b": "3"}, after=[2, 3]),
    Step(files={"a": "5"}, tags=["2.0", "v2.0"]),
    Step(files={"a": "6"}, after=[4], tags=["2.0.1"]),
]


@pytest.fixture(name="shelf")
def shelf_fixture(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "shelf")
    yield shelf
    shelf.close()


@pytest.fixture(name="made")
def made_fixture(tmp_path: Path) -> UpstreamRepository:
    return make_upstream(tmp_path / "upstream.git", STEPS)


def test_tags_are_those_of_commits(shelf: Shelf, made: UpstreamRepository) -> None:
    tree = made.git("rev-parse", "main^{tree}").strip()
    made.git("update-ref", "refs/tags/tree-1.0", tree)

    upstream = GitUpstreams(shelf).open(str(made.folder))

    one, two, beside = (made.commits[place] for place in (1, 5, 6))
    assert upstream.tags() == {"v1.0": one, "2.0": two, "v2.0": two, "2.0.1": beside}
    assert upstream.place == str(made.folder)


def test_commits_between_come_with_their_parents(shelf: Shelf, made: UpstreamRepository) -> None:
    upstream = GitUpstreams(shelf).open(made.folder.as_uri())
    ids = made.commits

    between = upstream.between(ids[1], ids[5])

    assert dict(between.commits) == {
        ids[2]: (ids[1],), ids[3]: (ids[1],), ids[4]: (ids[2], ids[3]), ids[5]: (ids[4],),
    }  # fmt: skip
    listed = [commit for commit, _ in between.commits]
    assert listed.index(ids[4]) > max(listed.index(ids[2]), listed.index(ids[3]))
    assert (between.fork, between.straight) == ("", False)


def test_releases_of_two_lines_have_a_fork(shelf: Shelf, made: UpstreamRepository) -> None:
    upstream = GitUpstreams(shelf).open(str(made.folder))

    between = upstream.between(made.commits[5], made.commits[6])

    assert between.fork == made.commits[4]
    assert [commit for commit, _ in between.commits] == [made.commits[6]]


def test_too_many_commits_are_followed_straight(
    shelf: Shelf, made: UpstreamRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream = GitUpstreams(shelf).open(str(made.folder))
    ids = made.commits

    monkeypatch.setattr(upstreams, "MOST_COMMITS", 3)
    between = upstream.between(ids[1], ids[5])
    assert between.straight
    assert [commit for commit, _ in between.commits] == [ids[2], ids[4], ids[5]]

    monkeypatch.setattr(upstreams, "MOST_COMMITS", 2)
    with pytest.raises(UserError) as caught:
        upstream.between(ids[1], ids[5])
    assert caught.value.code == "FT964"


def test_histories_without_a_common_commit_are_refused(shelf: Shelf, tmp_path: Path) -> None:
    steps = [Step(files={"a": "0"}), Step(files={"a": "1"}, after=[])]
    made = make_upstream(tmp_path / "two.git", steps)
    upstream = GitUpstreams(shelf).open(str(made.folder))

    with pytest.raises(UserError) as caught:
        upstream.between(*made.commits)

    assert caught.value.code == "FT964"


def test_a_commit_is_told_as_people_know_it(shelf: Shelf, made: UpstreamRepository) -> None:
    upstream = GitUpstreams(shelf).open(str(made.folder))

    commit = upstream.commit(made.commits[3])

    assert commit.subject == "Add b"
    assert commit.author == "Ada <ada@example.org>"
    assert commit.date == DATE + 180


def test_its_files_are_had_like_any_project_s(
    shelf: Shelf, made: UpstreamRepository, tmp_path: Path
) -> None:
    upstream = GitUpstreams(shelf).open(str(made.folder))

    GitTrees(shelf).export(upstream.source(made.commits[4]), tmp_path / "files")

    assert {path.name: path.read_text() for path in (tmp_path / "files").iterdir()} == {
        "a": "2", "b": "3",
    }  # fmt: skip


def test_it_is_found_by_branch_tag_or_id(shelf: Shelf, made: UpstreamRepository) -> None:
    upstream = GitUpstreams(shelf).open(str(made.folder))

    assert upstream.find("main") == made.commits[6]
    assert upstream.find("v1.0") == made.commits[1]
    assert upstream.find(made.commits[0]) == made.commits[0]
    for missing in ("2.1", "-v", "", "main~1", "v1.0^{tree}", "0" * 40, "HEAD"):
        with pytest.raises(UserError) as caught:
            upstream.find(missing)
        assert caught.value.code == "FT962"


def test_an_upstream_that_is_opened_again_is_brought_up_to_date(
    shelf: Shelf, made: UpstreamRepository
) -> None:
    GitUpstreams(shelf).open(str(made.folder))
    made.git("update-ref", "refs/tags/v3.0", made.commits[6])
    made.git("update-ref", "-d", "refs/tags/2.0")

    upstream = GitUpstreams(shelf).open(str(made.folder))

    assert {"v3.0"} == {"v3.0", "2.0"} & set(upstream.tags())


@pytest.mark.parametrize(
    "place",
    [
        "--upload-pack=touch reached;git-upload-pack",
        "-u",
        "",
        "nowhere",
        "ext::sh -c touch% reached",
        "ssh://-oProxyCommand=touch reached/x",
        "git@example.org:x/y",
        "fd::17",
        "http://exa\nmple.org/",
    ],
)
def test_what_would_start_something_is_no_place(
    shelf: Shelf, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UserError) as caught:
        GitUpstreams(shelf).open(place)

    assert caught.value.code == "FT960"
    assert not (tmp_path / "reached").exists()


def test_a_folder_named_like_an_option_is_given_by_its_path(
    shelf: Shelf, made: UpstreamRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made.folder.rename(tmp_path / "-upstream")

    with pytest.raises(UserError):
        GitUpstreams(shelf).open("-upstream")
    assert GitUpstreams(shelf).open("./-upstream").tags()


def test_a_folder_without_a_repository_is_said_to_be_none(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()

    with pytest.raises(UserError) as caught:
        GitUpstreams(shelf).open(str(tmp_path / "plain"))

    assert caught.value.code == "FT961"
    assert "does not appear to be a git repository" in caught.value.what
    assert caught.value.where == str(tmp_path / "plain")


def test_nothing_of_the_repository_s_own_is_run(
    shelf: Shelf, made: UpstreamRepository, tmp_path: Path
) -> None:
    reached = tmp_path / "reached"
    hook = f"#!/bin/sh\ntouch {reached}\n"
    for name in ("post-upload-pack", "reference-transaction", "pre-auto-gc", "monitor"):
        path = made.folder / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(hook)
        path.chmod(0o755)
    for setting in ("core.fsmonitor", "uploadpack.packObjectsHook", "core.sshCommand"):
        made.git("config", setting, str(made.folder / "hooks" / "monitor"))

    upstream = GitUpstreams(shelf).open(str(made.folder))

    assert upstream.find("main") == made.commits[6]
    assert not reached.exists()
