"""The imports there have been: who, when, which file, how, and what came of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import peewee

from models.actor import Actor
from models.errors import NotFound, Refused
from models.storage.build import model
from schema.text import Text
from transfer.results import Counts, ImportResult, Rejection

if TYPE_CHECKING:
    from models import Registry
    from transfer.imports import Preparation

LABEL = Text("导入", "import")
NOT_WRITTEN = Text(
    "第 {number} 次导入没有写入数据，或正在写入、撤销。",
    "Import no. {number} wrote nothing, or is being written or undone.",
)
TAKEN = Text("这个文件正在导入或已经导入。", "This file is being imported, or was imported already.")
WRITTEN = ("done", "partly")
"""States in which an import has left something that can be taken back."""
STARTABLE = ("uploaded", "refused", "failed", "cancelled")
KEPT_UNUSED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """One import. Nothing of it is in the office in the states uploaded, refused (rows were), cancelled and failed;
    all that was wanted in done; a part in running, partly (it broke off) and undoing; what could not go in undone.

    ``options`` are the person's choices and ``result`` the outcome, both as JSON data; times are aware, in UTC.
    """

    id: int
    token: str
    target: str
    filename: str
    sha256: str
    size: int
    state: str
    actor_id: int | None
    actor_name: str
    begun_at: datetime
    ended_at: datetime | None
    options: dict[str, Any]
    result: dict[str, Any]


class ImportLog:
    """The table ``_import`` of an office; made when it is first asked for."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.table: Any = model("_import", _columns(), registry.db)
        self.table._meta.indexes = [(("token",), True), (("target", "sha256"), False)]
        registry.db.create_tables([self.table], safe=True)

    def upload(self, actor: Actor, target: str, filename: str, sha256: str, size: int) -> ImportEntry:
        """A new entry for a file that waits to be looked at; its token is known to the actor alone."""
        id = self._insert(actor, target, filename, sha256, size, "uploaded")
        return self._entry(self.table.get_by_id(id))

    def begin(self, actor: Actor, preparation: Preparation) -> int:
        """The id of a new entry for a file that is run at once."""
        return self._insert(
            actor, preparation.target, preparation.filename, preparation.sha256, preparation.size, "running"
        )

    def claim(self, id: int) -> int:
        """Take an uploaded file for writing; returns its id. Raises Refused where it is being written, or was."""
        table = self.table
        mine = (table.id == id) & table.state.in_(STARTABLE)
        if not table.update(state="running", claimed_at=self._now(), ended_at=None).where(mine).execute():
            raise Refused(TAKEN)
        return id

    def claim_undo(self, id: int) -> int:
        """Take a written import for taking it back; returns its id. Raises Refused where there is nothing to take."""
        table = self.table
        mine = (table.id == id) & table.state.in_((*WRITTEN, "undone"))
        if not table.update(state="undoing").where(mine).execute():
            raise Refused(NOT_WRITTEN.with_(number=id))
        return id

    def running(self, id: int, preparation: Preparation, mode: str, bad_rows: str) -> None:
        """Note how the file is being run."""
        table = self.table
        kept = json.loads(table.get_by_id(id).options)
        kept.update(
            mode=mode,
            bad_rows=bad_rows,
            columns=columns_of(preparation),
        )
        table.update(options=_json(kept)).where(table.id == id).execute()

    def ended(self, id: int, result: ImportResult, state: str, more: Mapping[str, Any] | None = None) -> None:
        """Note what came of it; ``more`` is kept with the result."""
        kept = outcome(result) | dict(more or {})
        self.table.update(state=state, result=_json(kept), ended_at=self._now()).where(self.table.id == id).execute()

    def ended_as(self, id: int, result: Mapping[str, Any], state: str) -> None:
        """Note how it ended, with a result that is in its kept form already."""
        kept = _json(dict(result))
        self.table.update(state=state, result=kept, ended_at=self._now()).where(self.table.id == id).execute()

    def keep_result(self, id: int, result: Mapping[str, Any], state: str) -> None:
        """Put another result in the place of the one there is."""
        self.table.update(state=state, result=_json(dict(result))).where(self.table.id == id).execute()

    def keep_options(self, id: int, options: dict[str, Any]) -> None:
        """Keep a person's choices for the next look at the file."""
        self.table.update(options=_json(options)).where(self.table.id == id).execute()

    def of_token(self, actor: Actor, token: str) -> ImportEntry:
        """The actor's own entry of this token. Raises NotFound for any other."""
        row = self.table.get_or_none(self.table.token == token)
        if row is None or row.actor_id != actor.id:
            raise NotFound(LABEL)
        return self._entry(row)

    def entry(self, id: int) -> ImportEntry:
        """The entry with this id. Raises NotFound."""
        row = self.table.get_or_none(self.table.id == id)
        if row is None:
            raise NotFound(LABEL)
        return self._entry(row)

    def forget_unused(self) -> list[str]:
        """Take away the entries of files that nobody went on with for a week; returns their tokens."""
        table = self.table
        unused = (table.state == "uploaded") & (table.begun_at < self._now() - KEPT_UNUSED)
        tokens = [row.token for row in table.select(table.token).where(unused)]
        table.delete().where(table.token.in_(tokens)).execute()
        return tokens

    def discard(self, actor: Actor, token: str) -> None:
        """Take away the actor's own entry of a file that was never written. Raises NotFound."""
        entry = self.of_token(actor, token)
        self.table.delete().where((self.table.id == entry.id) & (self.table.state == "uploaded")).execute()

    def same_file(self, target: str, sha256: str, but: int = 0) -> ImportEntry | None:
        """The last import of the very same file that was written, if there was one."""
        table = self.table
        same = (table.target == target) & (table.sha256 == sha256) & table.state.in_(WRITTEN) & (table.id != but)
        row = table.select().where(same).order_by(table.id.desc()).first()
        return None if row is None else self._entry(row)

    def latest(self, actor: Actor, target: str, limit: int = 10) -> list[ImportEntry]:
        """The actor's own last imports of a target that were run, newest first."""
        table = self.table
        mine = (table.target == target) & (table.actor_id == actor.id) & (table.state != "uploaded")
        return [self._entry(row) for row in table.select().where(mine).order_by(table.id.desc()).limit(limit)]

    def seen(self, actor: Actor, targets: Collection[str], before: int = 0, limit: int = 50) -> list[ImportEntry]:
        """The imports that were run, newest first: the actor's own, and everybody's into ``targets``."""
        table = self.table
        shown = (table.state != "uploaded") & ((table.actor_id == actor.id) | table.target.in_(list(targets)))
        shown = shown & (table.id < before) if before else shown
        return [self._entry(row) for row in table.select().where(shown).order_by(table.id.desc()).limit(limit)]

    def _insert(self, actor: Actor, target: str, filename: str, sha256: str, size: int, state: str) -> int:
        return int(
            self.table.insert(
                token=secrets.token_urlsafe(18), target=target, filename=filename[:200], sha256=sha256, size=size,
                state=state, actor_id=actor.id, actor_name=actor.name, begun_at=self._now(), claimed_at=self._now(),
                options="{}", result="{}",
            ).execute()
        )  # fmt: skip

    def _now(self) -> datetime:
        return self.registry.clock.now().replace(tzinfo=None)

    def _entry(self, row: Any) -> ImportEntry:
        zone = self.registry.clock.now().tzinfo
        return ImportEntry(
            row.id, row.token, row.target, row.filename, row.sha256, row.size, row.state, row.actor_id, row.actor_name,
            row.begun_at.replace(tzinfo=zone), row.ended_at and row.ended_at.replace(tzinfo=zone),
            json.loads(row.options), json.loads(row.result),
        )  # fmt: skip


def _columns() -> dict[str, object]:
    return {
        "id": peewee.BigAutoField(),
        "token": peewee.TextField(),
        "target": peewee.TextField(),
        "filename": peewee.TextField(),
        "sha256": peewee.TextField(),
        "size": peewee.BigIntegerField(),
        "state": peewee.TextField(),
        "actor_id": peewee.BigIntegerField(null=True),
        "actor_name": peewee.TextField(),
        "begun_at": peewee.DateTimeField(),
        "claimed_at": peewee.DateTimeField(null=True),
        "ended_at": peewee.DateTimeField(null=True),
        "options": peewee.TextField(),
        "result": peewee.TextField(),
    }


def columns_of(preparation: Preparation) -> dict[str, str]:
    """Where the columns of a file go: header → 'part.field'."""
    return {m.column.header: m.target.key for m in preparation.matched if m.target}


def outcome(result: ImportResult) -> dict[str, Any]:
    """A result as it is kept: every sentence in both languages."""
    return result.as_json("zh") | {"rejected": [rejection_kept(r) for r in result.rejected]}


def result_of(entry: ImportEntry) -> ImportResult:
    """The result of an import that has ended, without what is not kept of it: changed cells, sums, doubles."""
    kept = entry.result
    result = ImportResult(dry_run=False, import_id=entry.id, written=bool(kept.get("written")))
    result.created, result.updated = kept.get("created", 0), kept.get("updated", 0)
    result.unchanged, result.left_out = kept.get("unchanged", 0), kept.get("left_out", 0)
    result.by_entity = {name: Counts(**counts) for name, counts in kept.get("by_entity", {}).items()}
    result.rejected = [rejection_read(one) for one in kept.get("rejected", ())]
    result.rejected_more = kept.get("rejected_more", 0)
    return result


def rejection_kept(r: Rejection) -> dict[str, Any]:
    """A refused row as it is kept."""
    return {
        "line": r.line, "index": r.index, "value": r.value, "column": both(r.column), "reason": both(r.reason),
        "key": r.key, "is_unread": r.is_unread,
    }  # fmt: skip


def rejection_read(kept: Mapping[str, Any]) -> Rejection:
    """A refused row that was kept."""
    return Rejection(
        kept["line"], said(kept["column"]), kept["value"], said(kept["reason"]), kept["index"],
        kept.get("key", ""), kept.get("is_unread", False),
    )  # fmt: skip


def both(text: Text) -> list[str]:
    """A sentence as it is kept, in both languages."""
    return [text.to("zh"), text.to("en")]


def said(kept: Sequence[str]) -> Text:
    """A sentence that was kept."""
    return Text(kept[0], kept[1])


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, default=str)
