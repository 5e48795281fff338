"""Formats: records as a table, JSON, YAML, CSV or bare values; the data of every command.

A record is a mapping of plain values (what `dataclasses.asdict` or the API gives). Tables are for
people: values are plain on one line, and cut to the terminal's width where there is one. The
other formats are for programs, and hold everything.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from foretaste.report.phrases import clock_time
from foretaste.report.plain import cut, one_line, width

Record = Mapping[str, Any]


class UnknownColumnError(Exception):
    """A column was asked for that the records do not have; carries those that they have."""

    def __init__(self, column: str, columns: Sequence[str]) -> None:
        super().__init__(column)
        self.column = column
        self.columns = tuple(columns)


def render_list(
    records: Sequence[Record], columns: Sequence[str], style: str, limit: int = 0
) -> str:
    """Return the records in a format, with these columns in this order.

    `limit` is the width of the terminal, 0 where there is none.
    """
    kept = [{column: record[column] for column in columns} for record in records]
    match style:
        case "json":
            return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"
        case "yaml":
            return _yaml(kept)
        case "csv":
            return _csv(kept, columns)
        case "value":
            return "".join(" ".join(cell(v) for v in record.values()) + "\n" for record in kept)
        case _:
            return _table(kept, columns, limit)


def render_record(record: Record, columns: Sequence[str], style: str, limit: int = 0) -> str:
    """Return one record in a format: as a table, one field a line."""
    kept = {column: record[column] for column in columns}
    match style:
        case "json":
            return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"
        case "yaml":
            return _yaml(kept)
        case "csv":
            return _csv([kept], columns)
        case "value":
            return "".join(cell(value) + "\n" for value in kept.values())
        case _:
            fields = [{"field": name, "value": value} for name, value in kept.items()]
            return _table(fields, ("field", "value"), limit)


def check_columns(wanted: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the columns asked for, all that are known where none was.

    Raises:
        UnknownColumnError: one of them is not known.
    """
    for column in wanted:
        if column not in known:
            raise UnknownColumnError(column, known)
    return tuple(wanted) or tuple(known)


def cell(value: Any) -> str:  # noqa: ANN401 - whatever a record holds
    """Return a value on one line, plain; nothing for None, "" and empty lists."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, Mapping):
        return ", ".join(f"{one_line(str(key))}={cell(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(cell(each) for each in value)
    return "" if value is None else one_line(str(value))


def _table(records: Sequence[Record], columns: Sequence[str], limit: int) -> str:
    """Return aligned columns under their names; the last one gets what is left of the width."""
    rows = [
        list(columns),
        *([_shown(column, record[column]) for column in columns] for record in records),
    ]
    widths = [max(width(row[place]) for row in rows) for place in range(len(columns))]
    if limit:
        widths = _fitted(widths, limit)
    lines = []
    for row in rows:
        cells = [cut(text, room) for text, room in zip(row, widths, strict=True)]
        padded = [
            text + " " * (room - width(text)) for text, room in zip(cells, widths, strict=True)
        ]
        lines.append("  ".join(padded).rstrip() + "\n")
    return "".join(lines)


def _shown(column: str, value: Any) -> str:  # noqa: ANN401 - whatever a record holds
    """Return a value for people: a moment as a date and a time (UTC)."""
    moment = isinstance(value, float) and (column == "at" or column.endswith("_at"))
    return clock_time(value) if moment else cell(value)


def _fitted(widths: Sequence[int], limit: int) -> list[int]:
    """Return widths that fit into the limit: the widest columns give way first, none below 8."""
    fitted = list(widths)
    room = limit - 2 * (len(fitted) - 1)
    while sum(fitted) > room and max(fitted) > 8:  # noqa: PLR2004 - a cut word of 8 still reads
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _csv(records: Sequence[Record], columns: Sequence[str]) -> str:
    """Return lines of comma-separated values under a header, quoted as in RFC 4180.

    The lines end as this system's tools want them. What a spreadsheet would take for a formula is
    marked as text.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for record in records:
        writer.writerow([_inert(cell(record[column])) for column in columns])
    return out.getvalue()


def _inert(text: str) -> str:
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} and not _number(text) else text


def _number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


def _yaml(value: Any) -> str:  # noqa: ANN401 - whatever a record holds
    import yaml  # noqa: PLC0415 - only this format needs it, and it costs 50 ms

    return str(yaml.safe_dump(_listed(value), sort_keys=False, allow_unicode=True))


def _listed(value: Any) -> Any:  # noqa: ANN401 - whatever a record holds
    """Return the value with tuples as lists, which is all that YAML's safe subset knows."""
    if isinstance(value, Mapping):
        return {key: _listed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(each) for each in value]
    return value
