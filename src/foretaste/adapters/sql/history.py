"""Past builds in tables of their own, filled from the log by a step that may be repeated.

The step reads the events after the last one that it knows, a page a transaction; where it ended
is stored with what it read. Reading an event twice changes nothing. Where a newer program keeps
other fields, the first step forgets everything and starts anew, since the log has it all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from foretaste.adapters.sql import tables
from foretaste.adapters.sql.codec import CodecError, codec_of
from foretaste.adapters.sql.database import Database
from foretaste.adapters.sql.log import UNREADABLE, Row, recorded_of
from foretaste.adapters.sql.store import rows_about
from foretaste.core.build import Build
from foretaste.core.change import Change
from foretaste.core.events import (
    BuildEnded,
    BuildStarted,
    BuildWanted,
    ChangesSeen,
    Prepared,
    ProspectWanted,
    Recorded,
)
from foretaste.core.names import BuildId, ChangeId, ProjectName, ProspectKey
from foretaste.core.past import Past
from foretaste.core.subjects import Sort
from foretaste.ports.errors import PermanentError
from foretaste.ports.history import PastBuild

PAGE = 500
"""So many events are read in one transaction; the gate's own writes wait no longer than that."""

_NAMES = 500
_TELLING = tuple(kind.__name__ for kind in (ChangesSeen, BuildWanted, BuildStarted, BuildEnded))
_MAKING = tuple(kind.__name__ for kind in (ProspectWanted, Prepared))


class SqlHistory:
    """The port `History` on an open database; may be used from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def catch_up(self) -> int:
        """Take in what was stored since it was last called; return how many events that was.

        Raises:
            TransientError: it cannot be written now.
            PermanentError: an event cannot be read (FT806).
        """
        taken = read = self._take_page()
        while read == PAGE:
            read = self._take_page()
            taken += read
        return taken

    def rebuild(self) -> int:
        """Forget everything and read the whole log again; return how many events that was.

        Raises:
            TransientError: it cannot be written now.
            PermanentError: an event cannot be read (FT806).
        """
        with self._database.writing() as connection:
            _forget(connection)
        return self.catch_up()

    def build(self, build: BuildId) -> PastBuild | None:
        """Return one build, None where there is none of that name."""
        with self._database.reading() as connection:
            return _kept(connection, (build,)).get(build)

    def builds(self, change: ChangeId) -> tuple[PastBuild, ...]:
        """Return the builds of one change, the first wanted first."""
        shown = tables.build_change
        query = (
            select(tables.build.c.body)
            .join(shown, shown.c.build == tables.build.c.id)
            .where(shown.c.change == tables.as_key(change))
            .order_by(tables.build.c.seq)
        )
        with self._database.reading() as connection:
            return tuple(map(_past_build, connection.execute(query).scalars()))

    def recent_builds(self, limit: int) -> tuple[PastBuild, ...]:
        """Return at most `limit` builds, the last wanted first."""
        query = select(tables.build.c.body).order_by(tables.build.c.seq.desc()).limit(limit)
        with self._database.reading() as connection:
            return tuple(map(_past_build, connection.execute(query).scalars()))

    def _take_page(self) -> int:
        """Take in the next events, of all kinds, and return how many they were."""
        with self._database.writing() as connection:
            known = _known(connection)
            last = connection.execute(select(tables.head.c.seq)).scalar_one()
            end = min(known + PAGE, last)
            if end <= known:
                return 0
            page = list(_telling(connection, known, end))
            _note_projects(connection, page)
            _take_builds(connection, page)
            connection.execute(update(tables.history).values(seq=end))
        return int(end - known)


def _known(connection: Connection) -> int:
    """Return the last event that the builds tell of; 0 where they are of another program."""
    row = connection.execute(select(tables.history)).one()
    if row.shape == codec_of(PastBuild).shape:
        return int(row.seq)
    _forget(connection)
    return 0


def _forget(connection: Connection) -> None:
    for table in (tables.build_change, tables.build, tables.change_project):
        connection.execute(delete(table))
    shape = codec_of(PastBuild).shape
    connection.execute(update(tables.history).values(seq=0, shape=shape))


def _telling(connection: Connection, known: int, end: int) -> Iterator[Recorded]:
    """Yield the events that say something of a build or of a change's project."""
    column = tables.event.c
    chosen = column.seq.between(known + 1, end) & column.kind.in_(_TELLING)
    query = select(tables.event).where(chosen).order_by(column.seq)
    return map(recorded_of, [Row.of(row) for row in connection.execute(query)])


def _note_projects(connection: Connection, page: Iterable[Recorded]) -> None:
    seen: dict[str, Change] = {}
    for recorded in page:
        if isinstance(recorded.event, ChangesSeen):
            seen.update({tables.as_key(change.id): change for change in recorded.event.changes})
    column = tables.change_project.c.change
    for keys in _parts(list(seen)):
        connection.execute(delete(tables.change_project).where(column.in_(keys)))
        rows = [{"change": key, "project": tables.as_key(seen[key].project)} for key in keys]
        connection.execute(insert(tables.change_project), rows)


def _take_builds(connection: Connection, page: Sequence[Recorded]) -> None:
    """Store the builds that the events tell of, as they stand after them."""
    wanted = {r.event.build: (r, r.event) for r in page if isinstance(r.event, BuildWanted)}
    moved = {r.event.build for r in page if isinstance(r.event, BuildStarted | BuildEnded)}
    kept = _kept(connection, moved | set(wanted))
    past = Past(builds={name: known.build for name, known in kept.items()})
    _take_prospects(connection, past, {event.prospect for _, event in wanted.values()})
    for recorded in page:
        # A build that is kept was wanted before: this page is read for the second time.
        if not (isinstance(recorded.event, BuildWanted) and recorded.event.build in kept):
            past.take(recorded)
    new = [(r.seq, past.builds[name]) for name, (r, _) in wanted.items() if name not in kept]
    _insert(connection, _with_prospects(connection, past, new))
    _update(connection, [replace(old, build=past.builds[name]) for name, old in kept.items()])


def _take_prospects(connection: Connection, past: Past, keys: Collection[ProspectKey]) -> None:
    for part in _parts([tables.as_key(key) for key in keys]):
        for row in rows_about(connection, Sort.PROSPECT, part):
            if row.kind in _MAKING:
                past.take(recorded_of(row))


def _with_prospects(
    connection: Connection, past: Past, new: Sequence[tuple[int, Build]]
) -> list[PastBuild]:
    none = ProjectName("")
    made = [PastBuild.of(seq, b, past.prospects.get(b.prospect), none) for seq, b in new]
    owners = {one.build.id: one.changes[-1] for one in made if one.changes}
    projects = _projects(connection, owners.values())
    owned = {name: projects.get(tables.as_key(owner), none) for name, owner in owners.items()}
    return [replace(one, project=owned.get(one.build.id, none)) for one in made]


def _projects(connection: Connection, owners: Iterable[ChangeId]) -> dict[str, ProjectName]:
    """Return the projects of changes, by the changes' names as they stand in columns."""
    names: dict[str, ProjectName] = {}
    columns = tables.change_project.c
    for keys in _parts([tables.as_key(owner) for owner in owners]):
        query = select(columns.change, columns.project).where(columns.change.in_(keys))
        names.update({row.change: ProjectName(row.project) for row in connection.execute(query)})
    return names


def _insert(connection: Connection, new: Sequence[PastBuild]) -> None:
    shown = [
        {"change": tables.as_key(change), "build": tables.as_key(past.build.id)}
        for past in new
        for change in dict.fromkeys(past.changes)
    ]
    if new:
        connection.execute(insert(tables.build), [_columns(past) for past in new])
    if shown:
        connection.execute(insert(tables.build_change), shown)


def _update(connection: Connection, old: Sequence[PastBuild]) -> None:
    if old:
        rows = [_columns(past) for past in old]
        same = tables.build.c.id == bindparam("same")
        named = update(tables.build).where(same)
        connection.execute(named, [{**row, "same": row["id"]} for row in rows])


def _columns(past: PastBuild) -> dict[str, Any]:
    build, evidence = past.build, past.build.evidence
    return {
        "id": tables.as_key(build.id),
        "seq": past.seq,
        "job": tables.as_key(build.job),
        "change": tables.as_key(build.change or ""),
        "project": tables.as_key(past.project),
        "state": build.state.value,
        "fault": build.fault.value,
        "tests": evidence.tests,
        "failed": tables.as_key("\n".join(evidence.failed)),
        "seconds": evidence.seconds,
        "wanted_at": build.wanted_at,
        "ended_at": build.ended_at,
        "body": codec_of(PastBuild).encode(past),
    }


def _kept(connection: Connection, names: Collection[BuildId]) -> dict[BuildId, PastBuild]:
    found: dict[BuildId, PastBuild] = {}
    for keys in _parts([tables.as_key(name) for name in names]):
        query = select(tables.build.c.body).where(tables.build.c.id.in_(keys))
        for past in map(_past_build, connection.execute(query).scalars()):
            found[past.build.id] = past
    return found


def _past_build(body: str) -> PastBuild:
    try:
        return codec_of(PastBuild).decode(body)
    except CodecError as error:
        what = f"a past build cannot be read: {error}"
        hint = "rebuild the history: it is made from the log, which keeps everything"
        raise PermanentError(UNREADABLE, what, where="table build", hint=hint) from error


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _NAMES):
        yield keys[start : start + _NAMES]
