"""What the database must agree to before a write: keys are free, links exist, nothing still points here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.actor import SYSTEM, Actor
from models.errors import Duplicate, Problems, Refused, StillReferred
from models.reads.scope import Scope
from models.storage.build import column_name, link_table
from schema.spec import Entity, Field
from schema.text import Text

ASKED = 100
NAMED = 3
"""How many records a refusal names before it only counts."""

_NO_KEEPER = Text(
    "这样就没有人能管理账号了，未保存。请先让另一位同事管理账号。",
    "Nobody could keep the accounts any more, so it was not saved. Let someone else keep them first.",
)


def unique_keys(spec: Entity) -> Iterable[tuple[str, ...]]:
    """Every set of fields that may occur once: the key, further unique sets, unique fields."""
    if spec.key:
        yield spec.key
    yield from spec.unique
    for field in spec.fields.values():
        if field.unique and (field.name,) != spec.key:
            yield (field.name,)


def refuse_duplicates(scope: Scope, actor: Actor, spec: Entity, row: Mapping[str, Any], touched: Iterable[str]) -> None:
    """Raises Duplicate when another record holds one of the keys of ``row`` among ``touched`` fields."""
    changed = set(touched)
    model: Any = scope.models[spec.name]
    for key in unique_keys(spec):
        values = [row.get(name) for name in key]
        if not changed.intersection(key) or any(value is None for value in values):
            continue
        query = model.select(model.id, model.title_text)
        for name, value in zip(key, values, strict=True):
            query = query.where(getattr(model, name) == value)
        other = query.where(model.id != row.get("id", 0)).tuples().first()
        if other is not None:
            raise _duplicate(scope, actor, spec, key, *other)


def bad_links(scope: Scope, actor: Actor, spec: Entity, changes: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Problems for links to records that do not exist for the actor; both cases read alike."""
    problems: dict[str, list[Text]] = {}
    for name, value in changes.items():
        field = spec.fields[name]
        if field.type.name not in ("ref", "refs") or value in (None, ()):
            continue
        target = field.target
        wanted = value if isinstance(value, tuple) else (value,)
        found = visible_targets(scope, linking(actor, spec, field), target, wanted)
        if set(wanted) - set(found):
            label = scope.schema.entities[target].label
            problems[name] = [
                Text("找不到这条{label}，或者您无权查看。", "There is no such {label}, or you may not see it.").with_(
                    label=label
                )
            ]
    return problems


def linking(actor: Actor, spec: Entity, field: Field) -> Actor:
    """Whose eyes tell what a link may point at: a follow-up links to any record in what it may write."""
    return SYSTEM if spec.name in actor.reach and (spec.name, field.name) in actor.writes else actor


def visible_targets(scope: Scope, actor: Actor, entity: str, ids: Iterable[int]) -> set[int]:
    """Those of ``ids`` that the actor may link to."""
    if scope.schema.entities[entity].builtin or scope.access.may(actor, entity, "read"):
        if scope.schema.entities[entity].builtin:
            return set(scope.titles(actor, entity, ids))
        return scope.visible_ids(actor, entity, ids)
    return set()


def refuse_while_referred(scope: Scope, actor: Actor, entity: str, id: int, title: str) -> None:
    """Raises StillReferred naming what points at the record; what the actor may not see is only said to exist."""
    said = (_referrers(scope, actor, child, field, id) for child, field in _pointing(scope, entity))
    found = [words for words in said if words is not None]
    if not found:
        return
    zh = "；".join(words.to("zh") for words in found)
    en = "; ".join(words.to("en") for words in found)
    raise StillReferred(
        Text(
            "不能删除“{title}”：仍被引用（{zh}）。请先处理这些记录。",
            "“{title}” cannot be deleted: it is still referred to ({en}). Deal with those records first.",
        ).with_(title=title, zh=zh, en=en)
    )


def any_referred(scope: Scope, entity: str, ids: Sequence[int]) -> bool:
    """Whether anything points at one of the records."""
    database = scope.search.db
    wanted = ", ".join(str(int(id)) for id in ids)
    for child, field in _pointing(scope, entity):
        many = field.type.name == "refs"
        table = link_table(child.name, field.name) if many else child.name
        column = "target_id" if many else column_name(field)
        sql = f'SELECT 1 FROM "{table}" WHERE "{column}" IN ({wanted}) LIMIT 1'
        if database.execute_sql(sql).fetchone() is not None:
            return True
    return False


def _pointing(scope: Scope, entity: str) -> Iterable[tuple[Entity, Field]]:
    for other in scope.schema.entities.values():
        for field in other.fields.values():
            if field.type.name in ("ref", "refs") and field.target == entity:
                yield other, field


def _referrers(scope: Scope, actor: Actor, child: Entity, field: Field, id: int) -> Text | None:
    # Written out by hand: a deletion asks this of every kind of record, and nearly always in vain.
    mark = "?" if scope.sqlite else "%s"
    if field.type.name == "refs":
        sql = f'SELECT owner_id FROM "{link_table(child.name, field.name)}" WHERE target_id = {mark} LIMIT {ASKED}'
    else:
        sql = f'SELECT id FROM "{child.name}" WHERE "{column_name(field)}" = {mark} LIMIT {ASKED}'
    ids = [row[0] for row in scope.search.db.execute_sql(sql, (id,)).fetchall()]
    if not ids:
        return None
    titles = list(scope.titles(actor.alone, child.name, ids).values())
    if not titles:
        return Text("{label}", "{label}").with_(label=child.label)
    named, more = titles[:NAMED], len(ids) > NAMED
    return Text("{label} {named}" + (" 等" if more else ""), "{label} {named}" + (" …" if more else "")).with_(
        label=child.label, named=Text("、".join(named), ", ".join(named))
    )


def _duplicate(scope: Scope, actor: Actor, spec: Entity, key: tuple[str, ...], id: int, title: str) -> Duplicate:
    visible = bool(scope.titles(actor.alone, spec.name, [id]))
    key = tuple(name for name in key if not spec.fields[name].internal)
    labels_zh = "、".join(spec.fields[name].label.to("zh") for name in key)
    labels_en = ", ".join(spec.fields[name].label.to("en") for name in key)
    if visible:
        text = Text("{zh}与已有的{label}“{title}”重复。", "The same {en} as the existing {label} “{title}”.").with_(
            zh=labels_zh, en=labels_en, label=spec.label, title=title
        )
    else:
        text = Text(
            "{zh}与另一条{label}重复。", "The same {en} as another {label}."
        ).with_(zh=labels_zh, en=labels_en, label=spec.label)  # fmt: skip
    problems: Problems = {key[-1] if key else "": [text]}
    return Duplicate(problems, {name: spec.fields[name].label for name in key}, id if visible else None)


def refuse_without_keeper(scope: Scope, actor: Actor, spec: Entity) -> None:
    """Raises Refused when a person has just taken the accounts from the last one who could keep them.

    The program's own upkeep may: the command line gives them back to someone.
    """
    if actor.system:
        return
    user: Any = scope.models[spec.name]
    keepers = {role for role, granted in spec.access.grants.get("update", {}).items() if granted == "all"}
    active = user.select(user.roles).where(user.active)
    if not any(keepers.intersection(roles or ()) for (roles,) in active.tuples()):
        raise Refused(_NO_KEEPER)
