"""The profile: what bubblewrap is told, for one confined process.

Nothing of the host is there but `/usr`, a generated `/etc` and what the confinement names, all
read-only; every namespace is the process's own. The options go through a descriptor, so that no
path of the host shows in `/proc/1/cmdline`.
"""

from __future__ import annotations

import hashlib
import shlex
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from foretaste.adapters.sandbox.limits import restraints
from foretaste.ports.environments import JOB_FOLDER, Confinement

Outside = Callable[[Path], str]
"""Says where bubblewrap finds a path."""

_USER = "65534"
_SHARED_MEMORY = 256 * 2**20
_SEED = "/seed"
_SYSTEM_FOLDERS = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
_ETC_COPIES = ("ld.so.cache", "mime.types", "localtime", "protocols", "services", "alternatives")
_RESOLVER = Path("/etc/resolv.conf")
_CERTIFICATES = "ssl/certs/ca-certificates.crt"
_ETC_TEXTS = {
    "passwd": "root:x:0:0:root:/:/bin/false\njob:x:65534:65534:job:/job/home:/bin/sh\n",
    "group": "root:x:0:\njob:x:65534:\n",
    "hosts": "127.0.0.1 localhost job\n::1 localhost job\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "host.conf": "multi on\n",
    "resolv.conf": "",
}

# What a job's shell does before the command is the job's: fill the folders, say that all is
# ready, and wait for the word to go. Where the gate is gone by then, nothing is run.
_BEGIN = 'printf r >&0 && read -r go || exit 125; exec "$@" </dev/null'


def _copy_etc(name: str, into: Path) -> None:
    source = Path("/etc", name)
    target = into / name
    if source.is_dir():
        # Of Debian's alternatives, pages of manuals are left out: they are most of them.
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("*.gz"))
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o644)


def make_etc(folder: Path) -> Path:
    """Make the `/etc` of all jobs below `folder` and return it; made once for what it holds."""
    digest = hashlib.sha256(repr(sorted(_ETC_TEXTS.items())).encode())
    for name in (*_ETC_COPIES, _CERTIFICATES):
        source = Path("/etc", name)
        if source.exists():
            digest.update(f"{name} {source.stat().st_mtime_ns}\n".encode())
    etc = folder / f"etc-{digest.hexdigest()[:16]}"
    if not etc.exists():
        made = Path(tempfile.mkdtemp(dir=folder, prefix=".etc-"))
        for name, text in _ETC_TEXTS.items():
            (made / name).write_text(text, encoding="ascii")
        for name in (*_ETC_COPIES, _CERTIFICATES):
            _copy_etc(name, made)
        _open_to_all(made)
        _into_place(made, etc)
    return etc


def _open_to_all(folder: Path) -> None:
    """Give everybody the right to read, whatever the umask was."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


def _into_place(made: Path, target: Path) -> None:
    try:
        made.rename(target)
    except OSError:
        # Another gate was first; its folder has the same content.
        shutil.rmtree(made, ignore_errors=True)
        if not target.is_dir():
            raise


def _system() -> list[str]:
    options = ["--ro-bind", "/usr", "/usr"]
    for name in _SYSTEM_FOLDERS:
        path = Path("/", name)
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    return options


def _namespaces(*, network: bool) -> list[str]:
    share = ["--share-net"] if network else []
    return [
        "--unshare-all", *share, "--unshare-user", "--disable-userns",
        "--uid", _USER, "--gid", _USER, "--hostname", "job",
        "--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv",
    ]  # fmt: skip


def _own_folders(disk: int) -> list[str]:
    return [
        "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys",
        "--dev", "/dev", "--size", str(_SHARED_MEMORY), "--tmpfs", "/dev/shm",  # noqa: S108 -- the job's own
        "--size", str(disk), "--tmpfs", "/tmp",  # noqa: S108
        "--size", str(disk), "--tmpfs", JOB_FOLDER, "--dir", f"{JOB_FOLDER}/home",

    ]  # fmt: skip


def _variables() -> list[str]:
    """Return the variables that every process has, the ones that fill the folders included."""
    own = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": f"{JOB_FOLDER}/home",
        "USER": "job",
        "LOGNAME": "job",
        "SHELL": "/bin/sh",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",  # noqa: S108 -- the job's own, in its own mount namespace
    }
    options = []
    for name, value in own.items():
        options += ["--setenv", name, value]
    return options


def options(confinement: Confinement, outside: Outside, etc: Path) -> list[str]:
    """Return bubblewrap's options, `outside` saying where it finds each path of the host."""
    binds = ["--ro-bind", outside(etc), "/etc"]
    if confinement.network and _RESOLVER.exists():
        binds += ["--ro-bind", outside(_RESOLVER.resolve()), str(_RESOLVER)]
    for inside, path in sorted(confinement.readable.items()):
        binds += ["--ro-bind", outside(path), inside]
    for name, seed in sorted(confinement.folders.items()):
        if seed is not None:
            binds += ["--ro-bind", outside(seed), f"{_SEED}/{name}"]
    return [
        *_namespaces(network=confinement.network),
        *_system(),
        *binds,
        *_own_folders(confinement.disk),
        *(word for name in confinement.folders for word in ("--dir", f"{JOB_FOLDER}/{name}")),
        *_variables(),
        "--remount-ro", "/dev", "--remount-ro", "/",
    ]  # fmt: skip


def opening(confinement: Confinement, spare: int) -> list[str]:
    """Return the command that fills the folders and then becomes the one appended to it.

    The job's own variables are set at the end: a PATH or LD_PRELOAD of its choice would have its
    code run before it is under its limits and before anybody watches it (attacks A12, D53).
    """
    steps = restraints(confinement, spare)
    for name, seed in sorted(confinement.folders.items()):
        inside = shlex.quote(f"{JOB_FOLDER}/{name}")
        if seed is not None:
            steps.append(f"cp -a {shlex.quote(f'{_SEED}/{name}')}/. {inside}")
    steps += [f"cd {shlex.quote(confinement.cwd)}", _BEGIN]
    told = [f"{name}={value}" for name, value in confinement.env.items()]
    return ["/bin/sh", "-c", " && ".join(steps), "job", "/usr/bin/env", "--", *told]
