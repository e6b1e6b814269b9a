"""What people chose for earlier files: where columns go, by which key, what texts mean. Shared by all who import."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import peewee

from models.actor import Actor
from models.storage.build import model
from transfer.match import IGNORE, Target, plain
from transfer.meanings import CREATE, Meanings, is_meaning, may_create, records_of
from transfer.sheet import Column

if TYPE_CHECKING:
    from models import Registry
    from transfer.preparation import ImportOptions, Preparation

ANY_HEADERS = ""
"""The headers of what holds for every file of a target: what texts mean."""
MOST_MEANINGS = 1000


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was taken from earlier files: columns as header → target key or IGNORE, and the rest as it is chosen."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    meanings: Meanings = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.columns or self.constants or self.keys or self.meanings)


NOTHING = Recalled()


class Memory:
    """The table ``_mapping`` of an office; made when it is first asked for."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.table: Any = model("_mapping", _columns(), registry.db)
        self.table._meta.indexes = [(("target", "headers"), True)]
        registry.db.create_tables([self.table], safe=True)

    def kept(self, target: str, headers: str) -> dict[str, Any]:
        """What is kept for these headers of a target; empty where nothing is."""
        row = self.table.get_or_none((self.table.target == target) & (self.table.headers == headers))
        return {} if row is None else dict(json.loads(row.data))

    def keep(self, target: str, headers: str, data: Mapping[str, Any], actor: Actor) -> None:
        """Keep this from now on, in place of what was."""
        table = self.table
        words = json.dumps(data, ensure_ascii=False, sort_keys=True)
        now = self.registry.clock.now().replace(tzinfo=None)
        values = {"data": words, "actor_id": actor.id, "changed_at": now}
        table.insert(target=target, headers=headers, **values).on_conflict(
            conflict_target=[table.target, table.headers], update=values
        ).execute()


def headers_of(columns: Iterable[Column]) -> str:
    """What is the same for files with the same headers in any order."""
    names = sorted(plain(c.header) for c in columns if c.header)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def recall(
    registry: Registry, actor: Actor, target: str, columns: tuple[Column, ...], known: Iterable[Target],
    options: ImportOptions,
) -> tuple[ImportOptions, Recalled]:  # fmt: skip
    """The choices with those recalled, and what these are; a person's own go before them."""
    if not options.recalls:
        return options, NOTHING
    memory = Memory(registry)
    kept, general = memory.kept(target, headers_of(columns)), memory.kept(target, ANY_HEADERS)
    if not kept and not general:
        return options, NOTHING
    targets = {t.key: t for t in known}
    found = Recalled(
        {h: k for h, k in kept.get("columns", {}).items() if k == IGNORE or k in targets},
        {k: text for k, text in kept.get("constants", {}).items() if k in targets and k not in options.constants},
        {p: tuple(by) for p, by in kept.get("keys", {}).items() if p not in options.keys},
        _usable(registry, actor, general.get("meanings", {}), targets, options.meanings),
    )
    taken = {*options.columns.values()}
    places = {
        c.index: key for c in columns
        if c.index not in options.columns and (key := found.columns.get(c.header)) and key not in taken
    }  # fmt: skip
    found = replace(found, columns={c.header: places[c.index] for c in columns if c.index in places})
    meanings = {
        key: {**found.meanings.get(key, {}), **options.meanings.get(key, {})}
        for key in {*found.meanings, *options.meanings}
    }
    together = replace(
        options, columns={**places, **options.columns}, constants={**found.constants, **options.constants},
        keys={**found.keys, **options.keys}, meanings=meanings,
    )  # fmt: skip
    return together, found


def _usable(
    registry: Registry, actor: Actor, kept: Meanings, targets: Mapping[str, Target], own: Meanings
) -> dict[str, dict[str, str]]:
    """The meanings that the actor may use: of fields that are open, records within sight, what may be made."""
    found: dict[str, dict[str, str]] = {}
    for key, meant in kept.items():
        target = targets.get(key)
        if target is None:
            continue
        good = {text: what for text, what in meant.items() if is_meaning(what) and text not in own.get(key, {})}
        ids = records_of(good)
        entity = target.field.target
        seen = registry.scope.visible_ids(actor, entity, ids.values()) if ids and entity else set()
        good = {
            text: what for text, what in good.items()
            if (text not in ids or ids[text] in seen)
            and (what != CREATE or (bool(entity) and may_create(registry, actor, entity)))
        }  # fmt: skip
        if good:
            found[key] = good
    return found


def remember(registry: Registry, actor: Actor, preparation: Preparation) -> None:
    """Keep what was chosen for a file that has been written, for the next one."""
    options, memory = preparation.options, Memory(registry)
    chosen = {m.column.index: m.column.header for m in preparation.matched if m.column.header}
    data = {
        "columns": {chosen[i]: key for i, key in options.columns.items() if i in chosen},
        "constants": {c.target.key: c.text for c in preparation.constants},
        "keys": {part: list(by) for part, by in options.keys.items()},
    }
    headers = headers_of(preparation.sheet.columns)
    if any(data.values()) or memory.kept(preparation.target, headers):
        memory.keep(preparation.target, headers, data, actor)
    if not options.meanings:
        return
    before = memory.kept(preparation.target, ANY_HEADERS).get("meanings", {})
    meanings = {
        key: dict(list({**before.get(key, {}), **options.meanings.get(key, {})}.items())[-MOST_MEANINGS:])
        for key in {*before, *options.meanings}
    }
    memory.keep(preparation.target, ANY_HEADERS, {"meanings": meanings}, actor)


def _columns() -> dict[str, object]:
    return {
        "id": peewee.BigAutoField(),
        "target": peewee.TextField(),
        "headers": peewee.TextField(),
        "data": peewee.TextField(),
        "actor_id": peewee.BigIntegerField(null=True),
        "changed_at": peewee.DateTimeField(),
    }
