"""Takes an import back: what it made goes, what it changed gets its values back, what was touched since stays."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import NotFound, Refused, StillReferred
from models.storage.rows import Row, among
from models.writes.bulk import Doubt
from models.writes.deadlines import moved_in_all, undone_clocks
from models.writes.guards import refuse_while_referred
from models.writes.history import field_called
from schema.spec import Entity
from schema.text import Text, same
from transfer.imports import may_import
from transfer.layout import layout_of
from transfer.reasons import listed
from transfer.records import ImportEntry, both
from transfer.undo_area import Area, deputy

if TYPE_CHECKING:
    from models import Registry

EDITED = Text("之后被{who}修改过：{fields}。", "It was changed since by {who}: {fields}.")
EDITED_UNSEEN = Text("之后被{who}修改过。", "It was changed since by {who}.")
DELETED = Text("之后已被删除。", "It was deleted since.")
OUTSIDE = Text(
    "不再属于您可以操作的范围：请由主管撤销。",
    "It lies where you may not work any more: let a supervisor take it back.",
)
GONE_ENTITY = Text("这类记录已不存在。", "There are no records of this kind any more.")
PAGE = 500
SMALLEST = 20
"""Records in doubt that are deleted one by one."""

Key = tuple[str, int]
Happened = Mapping[str, Any]
"""A raw entry of the history."""


@dataclass(frozen=True, slots=True)
class Left:
    """A record that keeps what the import wrote, wholly or in part, and why."""

    entity: str
    id: int
    title: str
    reason: Text

    def as_json(self) -> dict[str, Any]:
        return {"entity": self.entity, "id": self.id, "title": self.title, "reason": both(self.reason)}


@dataclass(slots=True)
class Undone:
    """What taking back did: records that went, records that got values back, and those left as they are."""

    deleted: int = 0
    restored: int = 0
    left: list[Left] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The outcome as it is kept, sentences in both languages."""
        return {"deleted": self.deleted, "restored": self.restored, "left": [one.as_json() for one in self.left]}


def may_undo(registry: Registry, actor: Actor, entry: ImportEntry) -> bool:
    """Whether the actor may take the import back: who may still import there, and made it or may delete there."""
    if actor.system:
        return True
    if entry.target not in registry.schema.imports and entry.target not in registry.schema.entities:
        return False
    layout = layout_of(registry.schema, entry.target)
    if not may_import(registry, actor, layout):
        return False
    made_it = entry.actor_id is not None and entry.actor_id == actor.id
    return made_it or all(
        registry.access.may(actor, part.entity, "delete") and registry.access.may(actor, part.entity, "update")
        for part in layout.parts.values()
    )


class Undoing:
    """Takes one import back, newest record first, a little at a time; each ``step`` runs in the caller's transaction.

    It reads from the history what the import did and what was taken back already, so it can be broken off and begun
    again, and a second time finds nothing to do. Who made the import takes back their own writes where they may still
    work (transfer/undo_area.py); anyone else needs, for every record, the grants to delete or change it. With ``trash``
    False nothing of what goes can be restored, and the program itself takes back all: an import that never came to its
    end leaves no litter, whoever made it and whatever they may do by now.
    """

    def __init__(self, registry: Registry, actor: Actor, entry: ImportEntry, *, trash: bool = True) -> None:
        self.registry, self.actor, self.trash = registry, actor, trash
        self.is_whole = actor.system or not trash
        self.is_own = entry.actor_id is not None and entry.actor_id == actor.id
        self._area = Area(registry, actor, entry.target)
        self.of, self.source = str(entry.id), Source("undo", str(entry.id))
        self.result = Undone()
        self.seen = 0
        """Entries of the history that were looked at."""
        self._table: Any = registry.history.table
        self._before: int | None = None
        self._met: set[Key] = set()
        self._outside: set[Key] = set()
        """Records of one's own import that lie where one may not work any more."""
        self._referred: list[Key] = []
        self._waiting: dict[str, dict[int, str]] = {}
        """Records that the page's entries have made and that are to go, with their titles, by entity."""
        self._further = True

    def count(self) -> int:
        """How many entries of the history the import has."""
        return int(self._written().count())

    def step(self, seconds: float) -> bool:
        """Take back for about this long; False when there is nothing more to do."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            page = self._page()
            if page:
                self._take(page)
            elif not self._again():
                return False
        return True

    # -- which records -------------------------------------------------------------------------------

    def _written(self) -> Any:
        table = self._table
        return table.select().where((table.source == "import") & (table.detail == self.of))

    def _page(self) -> list[Happened]:
        """The next entries of the import, newest first."""
        table = self._table
        query = self._written() if self._before is None else self._written().where(table.id < self._before)
        page = list(query.order_by(table.id.desc()).limit(PAGE).dicts())
        if page:
            self._before = page[-1]["id"]
            self.seen += len(page)
        return page

    def _take(self, page: Sequence[Happened]) -> None:
        """Take back the records of these entries: one made by the import at the entry that made it."""
        fresh = {(one["entity"], one["record_id"]) for one in page} - self._met
        stories, rows = self._stories(fresh), self._rows(fresh)
        self._look_outside(stories, rows)
        for one in page:
            key = (one["entity"], one["record_id"])
            if key in self._met or not (story := stories.get(key)):
                continue
            ours = [e for e in story if e["source"] == "import" and e["detail"] == self.of]
            if ours[0]["verb"] == "create" and one["id"] != ours[0]["id"]:
                continue
            self._met.add(key)
            if not any(e["source"] == "undo" and e["detail"] == self.of for e in story):
                self._one(key, rows.get(key), story, ours)
        self._delete_waiting()

    def _stories(self, keys: Iterable[Key]) -> dict[Key, list[Happened]]:
        """Everything that ever happened to these records, oldest first."""
        table, found = self._table, dict[Key, list[Happened]]()
        for entity, ids in _by_entity(keys).items():
            mine = (table.entity == entity) & among(table.record_id, ids)
            for row in table.select().where(mine).order_by(table.id).dicts():
                found.setdefault((entity, row["record_id"]), []).append(row)
        return found

    def _look_outside(self, stories: Mapping[Key, Sequence[Happened]], rows: Mapping[Key, Row]) -> None:
        """Find those of the records that are there which the person's own import may not take back any more."""
        if self.is_whole or not self.is_own:
            return
        made = {key for key in rows if self._is_made(stories.get(key, ()))}
        for keys, is_made in ((made, True), (set(rows) - made, False)):
            for entity, ids in _by_entity(keys).items():
                inside = self._area.within(entity, ids, made=is_made)
                self._outside.update((entity, id) for id in ids if id not in inside)

    def _is_made(self, story: Sequence[Happened]) -> bool:
        """Whether the import made the record of this story."""
        first = next((e for e in story if e["source"] == "import" and e["detail"] == self.of), None)
        return first is not None and first["verb"] == "create"

    def _deputy(self, spec: Entity, names: Iterable[str] = ()) -> Actor:
        """Who takes back: the person, for their own import with what that takes, or the program."""
        if self.is_whole:
            return replace(self.actor, system=True)
        return deputy(self.actor, spec.name, names) if self.is_own else self.actor

    def _again(self) -> bool:
        """Try those once more that others of the same import referred to; False when that helps no further."""
        if not self._referred or not self._further:
            return False
        waiting, self._referred, self._further = self._referred, [], False
        self.result.left = [one for one in self.result.left if (one.entity, one.id) not in set(waiting)]
        for start in range(0, len(waiting), PAGE):
            some = waiting[start : start + PAGE]
            for (entity, id), row in self._rows(some).items():
                self._delete(self.registry.schema.entities[entity], id, row["title_text"])
        return True

    def _rows(self, keys: Iterable[Key]) -> dict[Key, Row]:
        """The records as they are now; those that are gone are absent."""
        return {
            (entity, id): row
            for entity, ids in _by_entity(keys).items() if entity in self.registry.schema.entities
            for id, row in self.registry.rows.read(entity, ids).items()
        }  # fmt: skip

    # -- one record ----------------------------------------------------------------------------------

    def _one(self, key: Key, row: Row | None, story: Sequence[Happened], ours: Sequence[Happened]) -> None:
        entity, id = key
        spec = self.registry.schema.entities.get(entity)
        if spec is None:
            self.result.left.append(Left(entity, id, ours[-1]["title"], GONE_ENTITY))
            return
        made_here = ours[0]["verb"] == "create"
        if row is None:
            if not made_here:
                self._leave(spec, id, ours[-1]["title"], DELETED)
            return
        if key in self._outside:
            self._leave(spec, id, row["title_text"], OUTSIDE)
            return
        others = [e for e in story if e["id"] > ours[0]["id"] and e not in ours]
        if made_here:
            self._unmake(spec, row, ours, others)
        else:
            self._delete_waiting()  # one of those may have the key that this one gets back
            self._unchange(spec, row, ours, others)

    def _unmake(self, spec: Entity, row: Row, ours: Sequence[Happened], others: Sequence[Happened]) -> None:
        """Delete a record that the import made, unless somebody has changed a field of it since."""
        written = _last(spec, ours)
        touched = [name for name in _last(spec, others) if row.get(name) != written.get(name)]
        if touched:
            self._leave_edited(spec, row, touched, others)
        else:
            self._waiting.setdefault(spec.name, {})[row["id"]] = row["title_text"]

    def _delete_waiting(self) -> None:
        """Delete what the entries of a page have made, kind by kind."""
        waiting, self._waiting = self._waiting, {}
        for entity, titles in waiting.items():
            self._delete_all(self.registry.schema.entities[entity], titles)

    def _delete_all(self, spec: Entity, titles: Mapping[int, str]) -> None:
        """Delete records as one set; where one of them may have to stay, by halves and in the end one by one."""
        try:
            self.registry.store.delete_together(
                self._deputy(spec), spec.name, list(titles), self.source, keep=self.trash
            )
        except (Doubt, Refused):
            those = list(titles.items())
            if len(those) <= SMALLEST:
                for id, title in those:
                    self._delete(spec, id, title)
                return
            half = len(those) // 2
            self._delete_all(spec, dict(those[:half]))
            self._delete_all(spec, dict(those[half:]))
        else:
            self.result.deleted += len(titles)
            self._further = True

    def _delete(self, spec: Entity, id: int, title: str) -> None:
        store = self.registry.store
        try:
            trashed = store.delete(self._deputy(spec), spec.name, id, self.source)
        except StillReferred:
            self._leave(spec, id, title, self._referrers(spec, id, title))
            self._referred.append((spec.name, id))
        except Refused as refused:
            self._leave(spec, id, title, refused.text)
        else:
            self.result.deleted += 1
            self._further = True
            if not self.trash:
                self.registry.trash.forget(trashed)

    def _referrers(self, spec: Entity, id: int, title: str) -> Text:
        """Why the record stays, naming only what the actor may see."""
        try:
            refuse_while_referred(self.registry.scope, self.actor, spec.name, id, self._title(spec, id, title))
        except StillReferred as referred:
            return referred.text
        return same("")

    def _unchange(self, spec: Entity, row: Row, ours: Sequence[Happened], others: Sequence[Happened]) -> None:
        """Give a changed record its old values back, in the fields that still hold what the import wrote."""
        before, written = _first(spec, ours), _last(spec, ours)
        back, touched = {}, []
        for name, old in before.items():
            if row.get(name) == old:
                continue
            if row.get(name) == written[name]:
                back[name] = old
            else:
                touched.append(name)
        moved = moved_in_all(json.loads(one["changes"]) for one in ours) if spec.deadlines else {}
        if back and not self._update(spec, row, back, undone_clocks(spec, moved, row)):
            return
        if touched:
            self._leave_edited(spec, row, touched, others)

    def _update(self, spec: Entity, row: Row, back: dict[str, Any], undone: dict[str, Any]) -> bool:
        try:
            deputy = self._deputy(spec, back)
            self.registry.store.update(deputy, spec.name, row["id"], back, self.source, undone=undone)
        except Refused as refused:
            self._leave(spec, row["id"], row["title_text"], refused.text)
            return False
        self.result.restored += 1
        return True

    # -- what stays ----------------------------------------------------------------------------------

    def _leave_edited(self, spec: Entity, row: Row, touched: Sequence[str], others: Sequence[Happened]) -> None:
        who = listed([same(name) for name in dict.fromkeys(e["actor_name"] for e in others)])
        level = self.registry.access.field
        shown = [spec.fields[n].label for n in touched if level(self.actor, spec.name, n) != "hidden"]
        text = EDITED.with_(who=who, fields=listed(shown)) if shown else EDITED_UNSEEN.with_(who=who)
        self._leave(spec, row["id"], row["title_text"], text)

    def _leave(self, spec: Entity, id: int, title: str, reason: Text) -> None:
        self.result.left.append(Left(spec.name, id, self._title(spec, id, title), reason))

    def _title(self, spec: Entity, id: int, title: str) -> str:
        """The record's title where the actor may see it."""
        try:
            seen = self.actor.system or bool(self.registry.scope.titles(self.actor, spec.name, [id]))
        except NotFound:
            seen = False
        return title if seen else f"#{id}"


def _by_entity(keys: Iterable[Key]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for entity, id in keys:
        found.setdefault(entity, []).append(id)
    return found


def _first(spec: Entity, entries: Iterable[Happened]) -> dict[str, Any]:
    """The fields that these entries changed, as they were before the first of them."""
    found: dict[str, Any] = {}
    for name, old, _new in _changes(spec, entries):
        found.setdefault(name, old)
    return found


def _last(spec: Entity, entries: Iterable[Happened]) -> dict[str, Any]:
    """The fields that these entries changed, as they were after the last of them."""
    return {name: new for name, _old, new in _changes(spec, entries)}


def _changes(spec: Entity, entries: Iterable[Happened]) -> Iterable[tuple[str, Any, Any]]:
    for entry in entries:
        for name, (old, new) in json.loads(entry["changes"]).items():
            field = field_called(spec, name)
            if field is not None and not field.type.computed and not field.system:
                read = field.type.from_json
                yield field.name, None if old is None else read(old), None if new is None else read(new)
