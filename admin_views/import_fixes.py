"""The controls of a preview: how a whole group is put right, what was, constants, keys, totals, likely doubles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from admin_views.field_blocks import link_box
from admin_views.import_choices import Choices
from admin_views.import_preview import RefusedGroup
from models.actor import Actor
from models.registry import Registry
from schema.spec import Field
from schema.spec_layouts import LayoutMatch
from transfer.imports import Preparation
from transfer.layout import unique_keys
from transfer.match import Target
from transfer.meanings import CLEAR, CREATE, RECORD, SKIP, WORDS, may_create
from transfer.results import ImportResult
from transfer.totals import difference, is_summed


@dataclass(frozen=True, slots=True)
class Fix:
    """What can be chosen for a group: ``of`` names the field and the text; ``box`` finds a record for a link."""

    of: str
    ways: tuple[tuple[str, str], ...]
    box: Markup | str = ""


@dataclass(frozen=True, slots=True)
class PutRight:
    """A text that was put right: where it stands, what it says, what is meant, and whether an earlier file said so."""

    of: str
    field: str
    text: str
    meant: str
    is_recalled: bool


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """By which fields the records of a part are found; ``declared`` are the layout's own ways in words."""

    part: str
    label: str
    declared: str
    others: tuple[tuple[str, str], ...]
    value: str


@dataclass(frozen=True, slots=True)
class Sum:
    """The total of a column of numbers; ``off`` is how far it is from the office's own, None where none was typed."""

    key: str
    label: str
    everything: str
    taken: str
    control: str
    off: str | None
    is_equal: bool


def fix_of(registry: Registry, actor: Actor, ready: Preparation, group: RefusedGroup, number: int, root: str) -> Fix:
    """The ways to put a group right whose cells all say the same that could not be read."""
    target = next(t for t in ready.targets if t.key == group.key)
    field, entity = target.field, ready.layout.parts[target.part].entity
    ways: list[tuple[str, str]] = []
    box: Markup | str = ""
    if hasattr(field.type, "choices") and not field.type.multiple:
        ways += [(WORDS + code, _("means: %(label)s", label=c.label.to(actor.locale))) for code, c in
                 field.type.choices.items()]  # fmt: skip
    if field.type.name == "ref" and registry.access.may(actor, field.target, "read"):
        lookup = f"{root}/{entity}/ajax/lookup/?field={field.name}"
        extra = Markup(' aria-label="%s"') % _("%(field)s that is meant", field=field.label.to(actor.locale))
        box = link_box(f"record-{number}", f"record-{number}", lookup, [], False, "", extra)
        if may_create(registry, actor, field.target):
            label = registry.schema.entities[field.target].label.to(actor.locale)
            ways.append((CREATE, _("make a new %(what)s “%(name)s”", what=label, name=group.value[:40])))
    if not target.required and not field.required:
        ways.append((CLEAR, _("take the cell as blank")))
    ways.append((SKIP, _("leave these rows out")))
    return Fix(json.dumps([group.key, group.value], ensure_ascii=False), tuple(ways), box)


def put_right(registry: Registry, actor: Actor, ready: Preparation) -> Iterator[PutRight]:
    """The texts that were put right for this file or an earlier one."""
    known = {t.key: t for t in ready.targets}
    for key, meant in ready.options.meanings.items():
        for text, what in meant.items():
            if what and key in known:
                words = _meaning(registry, actor, known[key].field, what)
                recalled = text in ready.recalled.meanings.get(key, {})
                of = json.dumps([key, text], ensure_ascii=False)
                yield PutRight(of, known[key].label.to(actor.locale), text, words, recalled)


def _meaning(registry: Registry, actor: Actor, field: Field, what: str) -> str:
    if what.startswith(WORDS):
        words = what.removeprefix(WORDS)
        choice = getattr(field.type, "choices", {}).get(words)
        return choice.label.to(actor.locale) if choice else words
    if what.startswith(RECORD):
        id = int(what.removeprefix(RECORD))
        return registry.scope.titles(actor, field.target, [id]).get(id, f"#{id}")
    return {CLEAR: _("blank"), SKIP: _("rows left out"), CREATE: _("made new")}.get(what, what)


def decided(registry: Registry, actor: Actor, ready: Preparation) -> list[tuple[str, int, str]]:
    """What was decided about likely doubles, in the order of the file: (place in the form, line, what it means)."""
    found = []
    for (line, part), id in sorted(ready.options.same.items()):
        if part not in ready.layout.parts:
            continue
        if id > 0:
            titles = registry.scope.titles(actor, ready.layout.parts[part].entity, [id])
            words = _("the same as %(record)s", record=titles.get(id, f"#{id}"))
        else:
            words = _("the same as in line %(line)s: one record", line=-id) if id else _("another: make a new one")
        found.append((f"{line}-{part}", line, words))
    return found


def key_choices(registry: Registry, actor: Actor, ready: Preparation, choices: Choices) -> list[KeyChoice]:
    """How the records of each part in the file are found, and by what else they could be."""
    schema, found = registry.schema, []
    told = {key.partition(".")[0] for key in ready.filled}
    for name, part in ready.layout.parts.items():
        entity = schema.entities[part.entity]
        if name not in told or not part.match:
            continue

        def words(by: tuple[str, ...], entity: Any = entity) -> str:
            return " + ".join(entity.fields[n].label.to(actor.locale) for n in by)

        others = [
            by for by in unique_keys(schema, part)
            if all(f"{name}.{n}" in ready.filled or n in part.links for n in by)
        ]  # fmt: skip
        chosen = choices.keys.get(name, ())
        own: tuple[LayoutMatch, ...] = () if chosen in others else part.match
        declared = _(" or ").join(dict.fromkeys(words(m.by) for m in own)) or _("as usual")
        found.append(
            KeyChoice(
                name, entity.label.to(actor.locale), declared,
                tuple((",".join(by), words(by)) for by in others if own == () or (by,) != tuple(m.by for m in own)),
                ",".join(chosen) if chosen in others else "",
            )
        )  # fmt: skip
    return found


def constant_rows(actor: Actor, ready: Preparation, choices: Choices) -> list[tuple[str, str, str]]:
    """The fields that get the same in every row: (key, label, text)."""
    known = {t.key: t for t in ready.targets}
    texts = {**{c.target.key: c.text for c in ready.constants}, **choices.constants}
    there = {m.target.key for m in ready.matched if m.target}
    return [(k, known[k].label.to(actor.locale), v) for k, v in texts.items() if k in known and k not in there]


def free_targets(actor: Actor, ready: Preparation, registry: Registry) -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields that no column fills, by the entity they belong to."""
    groups: dict[str, list[tuple[str, str]]] = {}
    parts, filled = ready.layout.parts, ready.filled
    for t in ready.targets:
        entity = parts[t.part].entity
        if t.key not in filled and registry.access.field(actor, entity, t.field.name) == "open":
            label = registry.schema.entities[entity].label.to(actor.locale)
            groups.setdefault(label, []).append((t.key, t.label.to(actor.locale)))
    return list(groups.items())


def sums(actor: Actor, ready: Preparation, result: ImportResult, choices: Choices) -> list[Sum]:
    """The totals of the columns of numbers beside the office's own."""
    found = []
    for key, total in result.totals.items():
        control = choices.controls.get(key, "")
        off = difference(total, control) if control else None
        context_places = total.target.field.type.places
        found.append(
            Sum(
                key, total.target.label.to(actor.locale), _number(total.everything, context_places),
                _number(total.taken, context_places), control,
                None if off is None else _number(off, context_places, "+"), off == 0,
            )
        )  # fmt: skip
    return found


def _number(value: Decimal, places: int, sign: str = "") -> str:
    return f"{value:{sign},.{places}f}"


def summed_targets(targets: list[Target], locale: str) -> list[tuple[str, str]]:
    """The fields for which a total can be typed before the file is read: (key, label)."""
    return [(t.key, t.label.to(locale)) for t in targets if is_summed(t)]
