"""Layout: where everything of one gate lies, below its one folder."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from foretaste.ports.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The folder of a gate. Only its owner may look into it."""

    directory: Path

    def make(self) -> None:
        """Make the folder.

        Raises:
            UserError: it cannot be made or written.
        """
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            hint = "choose another with --dir"
            raise UserError(
                "FT502", f"cannot use this folder: {error}", where=str(self.directory), hint=hint
            ) from error

    @property
    def database(self) -> Path:
        """The store."""
        return self.directory / "gate.sqlite3"

    @property
    def repositories(self) -> Path:
        """The bare repositories."""
        return self.directory / "git"

    @property
    def builds(self) -> Path:
        """Logs, artefacts and working folders of builds."""
        return self.directory / "builds"

    @property
    def environments(self) -> Path:
        """Environments, wheels and what was fetched for them."""
        return self.directory / "environments"

    @property
    def watch(self) -> Path:
        """What checks of new releases have said."""
        return self.directory / "watch"

    @property
    def sandbox(self) -> Path:
        """What the sandbox shows of a system."""
        return self.directory / "sandbox"

    @property
    def tokens(self) -> Path:
        """The digests of tokens."""
        return self.directory / "tokens.json"

    @property
    def admin_token(self) -> Path:
        """The first token, which may do everything; for the gate's owner on this machine."""
        return self.directory / "admin.token"

    @property
    def journal(self) -> Path:
        """What the gate logs."""
        return self.directory / "gate.log"

    @property
    def address(self) -> Path:
        """Where the running gate is reached."""
        return self.directory / "gate.json"

    def announce(self, url: str) -> None:
        """Write where the gate is reached, whole or not at all."""
        fresh = self.address.with_name("gate.json.new")
        fresh.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")
        fresh.replace(self.address)

    def keep_secret(self, path: Path, text: str) -> None:
        """Write a file that only its owner can read."""
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
