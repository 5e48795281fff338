"""SARIF: the answer for tools that gather findings (OASIS, SARIF 2.1.0).

A culprit is a result of level error, a test that a release made unstable one of level warning, and
what is only noticed one of level note. Each stands at the file that holds the base, since that is
what a person will edit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from foretaste.report.check import sentences as say
from foretaste.report.check.place import base_file
from foretaste.report.plain import plain
from foretaste.taste.dossier import Blamed, Dossier
from foretaste.taste.finding import Verdict

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

# Every result names one of these; the words are what a tool shows beside it.
RULES: Mapping[str, tuple[str, str, str]] = {
    "culprit": (
        "error",
        "A release breaks the project",
        "With this set of releases alone the tests fail, without it they pass: hold it back.",
    ),
    "unstable": (
        "warning",
        "A release makes a test unstable",
        "It fails now and then with the new releases, never without: nobody is blamed for that.",
    ),
    "notice": (
        "note",
        "A release does something worth knowing",
        "It decides nothing. Look at it before the release goes on.",
    ),
}


def as_sarif(dossier: Dossier, version: str = "") -> str:
    """Return the document; `version` is this program's."""
    results = [
        *(_culprit(dossier, culprit) for culprit in dossier.culprits),
        *(_result(dossier, "unstable", say.unstable(test)) for test in dossier.unstable),
        *(_result(dossier, "notice", say.notice(each)) for each in dossier.notices),
    ]
    driver: dict[str, Any] = {"name": "foretaste", "rules": list(map(_rule, RULES))}
    if version:
        driver["version"] = version
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(dossier)],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _rule(name: str) -> dict[str, Any]:
    level, short, full = RULES[name]
    return {
        "id": name,
        "shortDescription": {"text": f"{short}."},
        "fullDescription": {"text": full},
        "defaultConfiguration": {"level": level},
    }


def _invocation(dossier: Dossier) -> dict[str, Any]:
    """Return how the check went; where it came to no answer, that is said as its failure."""
    decided = dossier.verdict is not Verdict.UNDECIDED
    said = [] if decided else [{"level": "error", "message": {"text": say.headline(dossier)}}]
    return {"executionSuccessful": decided, "toolExecutionNotifications": said}


def _culprit(dossier: Dossier, culprit: Blamed) -> dict[str, Any]:
    failure = say.shown(culprit)
    tests = say.joined(map(say.test_name, say.failing_tests(culprit)), 3)
    text = (
        f"{say.breaks(dossier, culprit)}: {say.failure_line(failure)}. "
        f"Fails: {tests or 'its tests'}. Hold back: {', '.join(culprit.caps)}. "
        f"How sure: {say.how_sure(culprit)}."
    )
    keys = (f"{each.name} {each.old} {each.new}" for each in culprit.moves)
    result = _result(dossier, "culprit", text, keys)
    result["properties"] = {
        "confidence": culprit.confidence,
        "caps": list(culprit.caps),
        "exclusions": list(culprit.exclusions),
        "moves": [{"name": each.name, "from": each.old, "to": each.new} for each in culprit.moves],
    }
    return result


def _result(dossier: Dossier, rule: str, text: str, keys: Iterable[str] = ()) -> dict[str, Any]:
    """Return a result; the same finding keeps its fingerprint from run to run."""
    identity = "\0".join([rule, *keys] if keys else [rule, text])
    return {
        "ruleId": rule,
        "ruleIndex": list(RULES).index(rule),
        "level": RULES[rule][0],
        "message": {"text": _inert(text)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": base_file(dossier.subject)},
                    "region": {"startLine": 1},
                }
            }
        ],
        "partialFingerprints": {
            "foretaste/v1": hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()
        },
    }


def _inert(text: str) -> str:
    """Return a message in which nothing is a link: `[words](address)` would be one (3.11.6)."""
    return plain(text).replace("](", "] (")
