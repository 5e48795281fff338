"""What the sandbox does for one process: folders, limits, ends; and what it measures."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.sandbox import bubblewrap
from foretaste.adapters.sandbox.bubblewrap import Bubblewrap
from foretaste.adapters.sandbox.choice import choose_sandbox
from foretaste.adapters.sandbox.limits import WatchedShare
from foretaste.adapters.sandbox.probes import measure
from foretaste.adapters.sandbox.profile import make_etc
from foretaste.adapters.sandbox.spawn import find_programs, plain_user
from foretaste.adapters.sandbox.stage import reachable_from
from foretaste.adapters.sandbox.unconfined import Unconfined
from foretaste.ports.environments import Confinement, Exit
from foretaste.ports.errors import PermanentError, UserError


@pytest.fixture(scope="module", name="folder")
def folder_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sandbox")
    (folder / "open").mkdir()
    (folder / "open").chmod(0o755)
    return folder


@pytest.fixture(scope="module", name="sandbox")
def sandbox_fixture(folder: Path) -> Iterator[Bubblewrap]:
    sandbox = Bubblewrap(folder / "own", SystemClock())
    yield sandbox
    sandbox.close()


def run(sandbox: Bubblewrap, script: str, confinement: Confinement) -> tuple[Exit, str]:
    """Run a script to its end."""
    said: list[bytes] = []

    def take(data: bytes) -> bool:
        said.append(data)
        return True

    running = sandbox.start(["/bin/sh", "-c", script], confinement, take)
    ended = running.wait()
    running.close()
    return ended, b"".join(said).decode()


def test_this_machine_holds_jobs_and_says_how_well(sandbox: Bubblewrap, folder: Path) -> None:
    report = measure(sandbox, folder)

    through = [probe for probe in report.probes if not probe.kept_out and not probe.wanted]
    assert through == []
    assert report.holds
    assert report.level == sandbox.level()
    assert len(report.probes) > 30
    # The one that is wanted shows that the probes can get through at all.
    assert [probe.name for probe in report.probes if not probe.kept_out] == ["netlink"]


def test_results_can_be_read_after_the_end_and_not_after_close(sandbox: Bubblewrap) -> None:
    running = sandbox.start(
        ["/bin/sh", "-c", "echo kept > /job/out/a"],
        Confinement(folders={"out": None}),
        lambda _: True,
    )
    running.wait()

    descriptor = os.open("out/a", os.O_RDONLY, dir_fd=running.results())
    assert os.read(descriptor, 100) == b"kept\n"
    os.close(descriptor)
    running.close()
    running.close()
    assert running.results() == -1


def test_a_folder_begins_as_a_copy_with_its_links_and_modes(
    sandbox: Bubblewrap, folder: Path
) -> None:
    seed = folder / "open" / "seed"
    seed.mkdir()
    seed.chmod(0o755)
    (seed / "run").write_text("#!/bin/sh\necho ran\n", encoding="utf-8")
    (seed / "run").chmod(0o755)
    (seed / "link").symlink_to("run")

    ended, said = run(
        sandbox, "./link; readlink link; pwd", Confinement(folders={"w": seed}, cwd="/job/w")
    )

    assert ended.status == 0
    assert said == "ran\nrun\n/job/w\n"


def test_what_does_not_fit_is_the_users_error(sandbox: Bubblewrap, folder: Path) -> None:
    seed = folder / "open" / "large"
    seed.mkdir()
    seed.chmod(0o755)
    (seed / "data").write_bytes(bytes(3 * 2**20))
    (seed / "data").chmod(0o644)

    with pytest.raises(UserError, match="FT615"):
        run(sandbox, "true", Confinement(folders={"w": seed}, disk=2**20))


def test_a_full_folder_is_the_jobs_own_trouble(sandbox: Bubblewrap) -> None:
    ended, said = run(
        sandbox,
        "head -c 9000000 /dev/zero > /job/w/x; head -c 9000000 /dev/zero > /tmp/y; exit 7",
        Confinement(folders={"w": None}, disk=4 * 2**20),
    )

    assert ended.status == 7
    assert said


@pytest.mark.parametrize(("status", "expected"), [("exit 9", 9), ("kill -9 $$", 137)])
def test_the_status_is_the_commands(sandbox: Bubblewrap, status: str, expected: int) -> None:
    ended, _ = run(sandbox, status, Confinement())

    assert ended == Exit(status=expected)


def test_memory_is_a_limit_with_a_name(sandbox: Bubblewrap) -> None:
    ended, said = run(
        sandbox,
        # A shell's variable that doubles: no interpreter is needed.
        'x=0123456789abcdef; while :; do x="$x$x"; done',
        Confinement(memory=200 * 2**20, seconds=60),
    )

    assert ended.limit == "memory", said
    assert ended.status is None


def test_without_cgroups_a_job_is_watched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foretaste.adapters.sandbox.bubblewrap.find_cgroups", lambda: None)
    sandbox = Bubblewrap(folder / "watched", SystemClock())
    try:
        assert sandbox.level() == 2
        assert "cgroups" in sandbox.why()
        memory, _ = run(
            sandbox,
            'x=0123456789abcdef; while :; do x="$x$x"; done',
            Confinement(memory=200 * 2**20, seconds=60),
        )
        many, _ = run(
            sandbox,
            "for i in 1 2 3 4 5 6 7; do sleep 600 & done; wait",
            Confinement(processes=10, seconds=60),
        )
    finally:
        sandbox.close()

    assert memory.limit == "memory"
    assert many.limit == "processes"


def test_a_watched_share_is_quiet_about_what_is_small() -> None:
    share = WatchedShare()
    share.admit(os.getpid(), Confinement(processes=10_000, memory=2**40))

    assert share.exceeded() == ""


def test_a_name_that_asks_for_the_network_is_refused(sandbox: Bubblewrap) -> None:
    with pytest.raises(PermanentError, match="FT614"):
        run(sandbox, "true", Confinement(network=True))


@pytest.mark.parametrize("name", ["X", "X\0--setenv\0Y\0z"])
def test_a_zero_byte_does_not_become_an_option(sandbox: Bubblewrap, name: str) -> None:
    with pytest.raises(UserError, match="FT616"):
        run(sandbox, "env", Confinement(env={name: "a\0--bind\0/\0/host"}))
    with pytest.raises(UserError, match="FT616"):
        run(sandbox, "env\0x", Confinement())


def test_descriptors_and_slots_are_given_back(sandbox: Bubblewrap) -> None:
    run(sandbox, "true", Confinement())
    before = len(list(Path("/proc/self/fd").iterdir()))

    for _ in range(20):
        run(sandbox, "true", Confinement())
        with pytest.raises(UserError):
            run(sandbox, "true\0", Confinement())

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_choice_is_no_sandbox_only_where_that_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SystemClock()
    holds = choose_sandbox(tmp_path / "a", clock, allow_unsandboxed=True)
    monkeypatch.setattr(bubblewrap, "MACHINES", {})
    allowed = choose_sandbox(tmp_path / "b", clock, allow_unsandboxed=True)
    refusing = choose_sandbox(tmp_path / "c", clock)
    try:
        assert isinstance(holds, Bubblewrap)
        assert isinstance(allowed, Unconfined)
        assert isinstance(refusing, Bubblewrap)
        assert refusing.level() == 0
    finally:
        for sandbox in (holds, allowed, refusing):
            sandbox.close()


def test_many_at_once_from_many_threads(sandbox: Bubblewrap) -> None:
    ends: list[tuple[Exit, str]] = []
    threads = [
        threading.Thread(
            target=lambda n=number: ends.append(run(sandbox, f"exit {n}", Confinement()))
        )
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ended.status or 0 for ended, _ in ends) == list(range(8))


def test_output_that_nobody_takes_ends_the_process(sandbox: Bubblewrap) -> None:
    def broken(data: bytes) -> bool:
        raise ValueError(data)

    running = sandbox.start(["/bin/sh", "-c", "echo x; exec sleep 600"], Confinement(), broken)
    ended = running.wait()
    running.close()

    assert ended.limit == "log"


def test_a_plain_user_is_confined_as_well() -> None:
    python = shutil.which("python3", path="/usr/bin")
    source = Path(bubblewrap.__file__).parents[3]
    if os.geteuid() != 0 or python is None:
        pytest.skip("the other tests run as a plain user here")
    script = (
        "import sys; from pathlib import Path\n"
        "from foretaste.adapters.clock import SystemClock\n"
        "from foretaste.adapters.sandbox.bubblewrap import Bubblewrap\n"
        "from foretaste.adapters.sandbox.probes import measure\n"
        "folder = Path(sys.argv[1])\n"
        "sandbox = Bubblewrap(folder / 'own', SystemClock())\n"
        "report = measure(sandbox, folder)\n"
        "print(report.level, [p.name for p in report.probes if not p.kept_out], report.why)\n"
        "sandbox.close()\n"
    )
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o777)
        for package in ("", "adapters", "ports", "adapters/sandbox"):
            _copy_package(source / "foretaste" / package, Path(name, "foretaste", package))
        done = subprocess.run(
            ["setpriv", "--reuid", "1879000001", "--regid", "1879000001", "--clear-groups",
             python, "-c", script, name],
            env={"PYTHONPATH": name, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )  # fmt: skip

    if "ModuleNotFoundError" in done.stderr or "SyntaxError" in done.stderr:
        pytest.skip(f"{python} cannot run this: {done.stderr.splitlines()[-1]}")
    assert done.stdout.startswith("2 ['netlink']"), done


def _copy_package(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(0o755)
    for path in source.glob("*.py"):
        shutil.copyfile(path, target / path.name)
        (target / path.name).chmod(0o644)


def test_a_folder_that_others_may_not_read_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(PermanentError, match=str(closed)):
        reachable_from(closed)


def test_the_reach_goes_up_to_the_last_open_folder(tmp_path: Path) -> None:
    folder = tmp_path / "closed" / "open" / "deep"
    folder.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    for path in (folder, folder.parent):
        path.chmod(0o755)

    assert reachable_from(folder) == folder.parent
    assert reachable_from(Path("/usr/bin")) == Path("/")


def test_etc_is_made_once_and_readable_by_all(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        etc = make_etc(tmp_path)
        again = make_etc(tmp_path)
    finally:
        os.umask(old)

    assert etc == again
    assert "job:x:65534" in (etc / "passwd").read_text(encoding="ascii")
    assert not (etc / "shadow").exists()
    modes = {
        stat.S_IMODE(path.stat().st_mode)
        for path in (etc, *etc.rglob("*"))
        if not path.is_symlink()
    }
    assert modes <= {0o755, 0o644}
    assert [path.name for path in tmp_path.iterdir()] == [etc.name]


def test_slots_have_users_of_their_own_none_of_them_root() -> None:
    users = {plain_user(slot) for slot in range(64)}

    assert len(users) == 64
    assert min(users) >= 0x70000000
    assert find_programs().bwrap.endswith("/bwrap")
