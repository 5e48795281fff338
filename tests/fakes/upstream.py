"""An upstream of one's own: a git repository, made of commits that a test gives."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from foretaste.adapters.git.command import Git

DATE = 1_700_000_000
"""When the first commit was made, in seconds since 1970; each later one is a minute younger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A commit with all its files; `after` are the numbers of its parents, None for the one before.

    `tags` are put on it, as annotated ones where the name begins with `v`.
    """

    files: Mapping[str, str]
    message: str = "Go on"
    tags: Sequence[str] = ()
    after: Sequence[int] | None = None


@dataclass(slots=True)
class UpstreamRepository:
    """A bare repository; `commits` are the ids of its commits, in their order."""

    folder: Path
    commits: list[str] = field(default_factory=list)

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run git there, with nobody's configuration."""
        git = Git()
        ended = subprocess.run(
            [git.path, f"--git-dir={self.folder}", *arguments],
            input=stdin,
            capture_output=True,
            check=True,
            env=git.environment(),
        )
        return ended.stdout.decode()


def make_upstream(folder: Path, steps: Sequence[Step]) -> UpstreamRepository:
    """Make a repository of these commits; branch `main` is at the last."""
    made = UpstreamRepository(folder)
    made.git("init", "--quiet", "--bare", "--initial-branch=main", str(folder))
    stream = io.BytesIO()
    for number, step in enumerate(steps):
        _commit(stream, number, step)
    stream.write(b"reset refs/heads/main\nfrom :%d\n\n" % len(steps))
    marks = folder / "marks"
    made.git("fast-import", "--quiet", f"--export-marks={marks}", stdin=stream.getvalue())
    listed = dict(line.split() for line in marks.read_text(encoding="ascii").splitlines())
    made.commits += [listed[f":{number + 1}"] for number in range(len(steps))]
    return made


def _commit(stream: io.BytesIO, number: int, step: Step) -> None:
    who = f"Ada <ada@example.org> {DATE + 60 * number} +0000"
    after = ([number - 1] if number else []) if step.after is None else list(step.after)
    lines = [f"commit refs/heads/made-{number}", f"mark :{number + 1}", f"committer {who}"]
    stream.write("\n".join(lines).encode() + b"\n" + _data(step.message))
    stream.writelines(
        f"{word} :{parent + 1}\n".encode()
        for word, parent in zip(("from", *["merge"] * len(after)), after, strict=False)
    )
    stream.write(b"deleteall\n")
    stream.writelines(
        f"M 100644 inline {path}\n".encode() + _data(text) for path, text in step.files.items()
    )
    for tag in step.tags:
        if tag.startswith("v"):
            stream.write(f"tag {tag}\nfrom :{number + 1}\ntagger {who}\n".encode() + _data(tag))
        else:
            stream.write(f"reset refs/tags/{tag}\nfrom :{number + 1}\n\n".encode())


def _data(text: str) -> bytes:
    content = text.encode()
    return b"data %d\n%s\n" % (len(content), content)
