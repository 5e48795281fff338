"""Files: each form of the answer that is a file of its own, by the name that people ask for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from foretaste.report.check.annotations import as_annotations
from foretaste.report.check.data import as_json
from foretaste.report.check.junit import as_junit
from foretaste.report.check.sarif import as_sarif
from foretaste.report.check.script import as_script
from foretaste.report.check.summary import as_markdown
from foretaste.report.check.upstream import as_report
from foretaste.taste.dossier import Dossier

FORMATS: Mapping[str, Callable[[Dossier], str]] = {
    "markdown": as_markdown,
    "sarif": as_sarif,
    "junit": as_junit,
    "github": as_annotations,
}
"""What `-f` takes beyond the formats of every command."""

REPORT = "report.md"
REPRODUCE = "reproduce.sh"
ANSWER = "check.json"


def report_files(dossier: Dossier, folder: str = "") -> dict[str, str]:
    """Return what `--report` writes, by file name; no script where nobody is blamed.

    `folder` is where they go, for the paths in the answer.
    """
    prefix = f"{folder.rstrip('/')}/" if folder else ""
    script = as_script(dossier)
    answer = as_json(dossier, prefix + REPORT, prefix + REPRODUCE if script else "")
    files = {
        REPORT: as_report(dossier),
        REPRODUCE: script,
        ANSWER: json.dumps(answer, indent=2, ensure_ascii=False) + "\n",
    }
    return {name: text for name, text in files.items() if text}
