"""Many records to the trash at once: what the store does one by one, done set by set. In doubt, not at all."""

from __future__ import annotations

from collections.abc import Sequence

import peewee

from models.actor import Actor, Source
from models.storage.lots import Lot
from models.writes.bulk import Doubt
from models.writes.guards import any_referred
from models.writes.trash import KEPT, Trash
from models.writes.writing import Writing, is_kept, logged_fields
from schema.spec import Entity


class BulkRemoval:
    """Deletes many records of one entity for one actor. Runs inside the store's transaction."""

    def __init__(self, writing: Writing, trash: Trash) -> None:
        self.writing, self.trash = writing, trash
        self.scope, self.rows = writing.scope, writing.rows

    def remove(self, actor: Actor, spec: Entity, ids: Sequence[int], source: Source, *, keep: bool) -> None:
        """Delete records; with ``keep`` False nothing of them can be restored.

        Raises Doubt where one of them may have to stay. Some may be gone then: the caller rolls it back.
        """
        if spec.builtin or spec.prepare or any_referred(self.scope, spec.name, ids):
            raise Doubt
        if self.scope.visible_ids(actor, spec.name, ids, "delete") != set(ids):
            raise Doubt
        rows = list(self.rows.read(spec.name, ids).values())
        lot = Lot(rows, dict.fromkeys((*KEPT, *(name for name, field in spec.fields.items() if is_kept(field)))))
        try:
            self.rows.delete_many(spec.name, ids)
        except peewee.IntegrityError as error:
            raise Doubt from error
        now = self.scope.clock.now()
        if keep:
            self.trash.put_many(spec.name, rows, actor, now)
        if spec.show.search:
            self.writing.titles.search.drop(spec.name, ids)
        self.writing.derived.after_many(spec.name, lot.columns, new=False)
        names = tuple(logged_fields(spec))
        self.writing.history.write_whole(actor, spec, lot.columns, names, source, now, verb="delete")
        self.writing.follow_ups.note(spec, {row["id"]: row for row in rows})
