"""The whole story, from the settings that make projects to what landed and what did not."""

from __future__ import annotations

from pathlib import Path

from tests.running_gate import RunningGate, decoded


def test_settings_that_land_make_projects_and_an_owner_imports_them(gate: RunningGate) -> None:
    """The fixture has done it through the gate; here is what came of it."""
    found = {each["project"]: each for each in gate.ask("projects")["projects"]}

    assert set(found) == {"gate", "alpha", "beta"}
    assert found["alpha"]["queue"] == found["beta"]["queue"] == "family"
    assert [each["branch"] for each in found["alpha"]["branches"]] == ["main", "stable"]
    assert gate.change(1)["state"] == "merged"


def test_a_change_is_approved_in_three_ways_and_lands(gate: RunningGate, tmp_path: Path) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    for number, how in ((2, "push"), (3, "command"), (4, "api")):
        clone.git("checkout", "-q", "-B", how, "origin/main")
        clone.commit(f"{how}.txt", f"By {how}")
        options = ["-oapprove"] if how == "push" else []
        said = clone.push(f"-otopic={how}", *options, "HEAD:refs/for/main", token=gate.token)
        assert f"change {number} " in said
        assert f"{gate.url}/changes/{number}" in said
    assert gate.change(3)["state"] == "open"

    gate.cli("approve", "3")
    assert gate.post("changes/4/approve").status_code == 200

    assert gate.ended(2, 3, 4) == ["merged"] * 3
    names = gate.git("alpha", "ls-tree", "--name-only", "main").split()
    assert {"push.txt", "command.txt", "api.txt"} <= set(names)
    # Every revision can be fetched under its own name.
    clone.git("fetch", "-q", "origin", "refs/changes/3/1")
    assert clone.git("rev-parse", "FETCH_HEAD") == gate.change(3)["commit"]


def test_a_stack_and_a_dependency_across_projects_land_in_order(
    gate: RunningGate, tmp_path: Path
) -> None:
    alpha = gate.clone("alpha", tmp_path / "alpha")
    beta = gate.clone("beta", tmp_path / "beta")
    alpha.commit("low.txt", "Below", "Change-Id: Ilow")
    alpha.commit("high.txt", "Above", "Change-Id: Ihigh")
    alpha.push("HEAD:refs/for/main", token=gate.token)
    beta.commit("last.txt", "After both", "Depends-On: alpha/3", "Change-Id: Ilast")
    beta.push("HEAD:refs/for/main", token=gate.token)
    assert gate.change(3)["needs"] == ["2"]
    assert gate.change(4)["needs"] == ["3"]

    gate.cli("approve", "4")
    assert "change 2" in gate.change(4)["why"]
    gate.cli("approve", "2", "3")

    assert gate.ended(2, 3, 4) == ["merged"] * 3
    landed = [
        about
        for kind, about in gate.rows("select kind, body from event order by seq")
        if kind.lower() == "landed"
    ]
    assert len(landed) == 4
    story = [line["code"] for line in gate.ask("changes/4/story")["story"]]
    assert story


def test_red_conflicting_and_misconfigured_changes_bounce_for_their_reasons(
    gate: RunningGate, tmp_path: Path
) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")

    def propose(name: str, file: str, content: str) -> None:
        clone.git("checkout", "-q", "-B", name, "origin/main")
        clone.commit(file, name, content=content)
        clone.push(f"-otopic={name}", "-oapprove", "HEAD:refs/for/main", token=gate.token)

    propose("red", "red.txt", "broken\n")
    propose("green", "first.txt", "one\n")
    propose("conflict", "first.txt", "two\n")
    propose("config", "foretaste.toml", 'gate = ["nope", "tests"]\n[job.lint]\nrun = 3\n')

    assert gate.ended(2, 3, 4, 5) == ["failed", "merged", "failed", "failed"]
    red, _, conflict, config = (gate.change(number) for number in (2, 3, 4, 5))
    assert red["reason"] == "JOB_FAILED"
    assert conflict["reason"] == "CONFLICT"
    assert "first.txt" in conflict["why"]
    assert "foretaste.toml:" in config["why"]
    assert "lint" in config["why"]
    assert config["builds"] == []
    # The commands agree, and their exit codes say how it stands.
    assert "foretaste.toml" in gate.cli("explain", "5")
    log = gate.cli("log", "-f", red["builds"][0]["id"])
    assert "checking" in log
    assert decoded(gate.cli("queue", "--json")) == []
    assert decoded(gate.cli("show", "2", "--json"))["reason"] == "JOB_FAILED"
    assert "FT704" in gate.cli("approve", "99", status=2)


def test_a_change_that_alters_its_own_jobs_needs_the_role_config(
    gate: RunningGate, tmp_path: Path
) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    approver = gate.mint("ann", "push", "approve")
    clone.commit(
        "foretaste.toml",
        "More",
        content='gate = ["more"]\n[job.more]\nrun = "true"\ninstall = []\n',
    )
    clone.push("-otopic=more", "-oapprove", "HEAD:refs/for/main", token=approver)
    gate.until(lambda: gate.change(2)["reason"] or gate.change(2)["state"] in {"failed", "left"})
    jobs = {job["name"] for job in gate.change(2)["jobs"]}
    landed = gate.git("alpha", "rev-list", "--count", "main")

    gate.cli("approve", "2")

    assert gate.ended(2) == ["merged"]
    assert landed == "1"
    assert jobs | {job["name"] for job in gate.change(2)["jobs"]} >= {"more", "tests"}
