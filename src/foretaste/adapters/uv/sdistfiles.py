"""Files of sdists, for whoever wants to read what a release brought beside its code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from foretaste.adapters.uv.sdists import Sdists
from foretaste.ports.errors import UserError
from foretaste.ports.index import Index

_SDIST = "sdist"


@dataclass(frozen=True, slots=True)
class UvSdistFiles:
    """Fulfils `foretaste.ports.sources.SdistFiles` from the index."""

    sdists: Sdists
    index: Index

    def sdist(self, name: str, version: str) -> Path:
        """Return the folder with the files of a release's sdist, which nobody may write to.

        Raises:
            UserError: the release has no sdist (FT637), or it is not taken.
            TransientError: it cannot be fetched.
        """
        files = self.index.page(name).files
        found = [each for each in files if each.kind == _SDIST and each.version == version]
        if not found:
            raise UserError("FT637", f"{name} {version} has no sdist on the index")
        # Of several forms of one, the gzipped tar is what is usual.
        found.sort(key=lambda each: not each.filename.endswith(".tar.gz"))
        return self.sdists.files(name, found[0])
