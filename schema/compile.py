"""From the YAML as written to a Schema, or to everything that is wrong with it."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable
from typing import Any

from schema import document as doc
from schema.compile_calendars import make_calendar
from schema.compile_computed import make_expressions, settle_sums
from schema.compile_deadlines import deadline_fields
from schema.compile_entity import make_entity
from schema.compile_expressions import names_of
from schema.compile_fields import draft_fields, system_fields
from schema.compile_layouts import make_layout
from schema.compile_places import place_fields
from schema.compile_work import make_document, make_report, make_schedule, open_places, plain
from schema.crosscheck import crosscheck
from schema.desk import ENTITY, LIST, MENU, ROLE, Desk, label
from schema.names import bad_code, bad_entity, bad_word
from schema.problems import Problem, closest
from schema.source import Mapping, Source, read
from schema.spec import Choice, Menu, Office, Role, Schema
from schema.spec_clocks import made_names
from schema.text import Text
from schema.types.lights import LIGHT_CHOICES, LIGHT_LIST
from schema.validate import validated
from schema.written import Part, say

BUILTIN = pathlib.Path(__file__).with_name("builtin.yaml")
ROLES = "user_role"
"""The choice list of the office's roles, for the accounts."""
ACCOUNT = "user"
TAKEN = Text("“{name}”是自带的，请换一个名称", "'{name}' is built in, choose another name")
NO_OPTIONS = Text("至少要有一个选项", "there must be at least one option")
NO_ENTITIES = Text("没有写“entities”：至少要有一个实体", "'entities' is missing: there must be at least one entity")


def compile_schema(source: Source) -> tuple[Schema | None, list[Problem]]:
    """The schema and no problems, or None and all of them in order."""
    desk = Desk(source)
    if source.unread:
        return None, desk.found()
    add_builtin(desk)
    take_names(desk)
    root = validated(doc.RootPart, source.data, (), desk.say)
    schema = assemble(desk, root) if root is not None else None
    if len(desk.entities) == 1 and not desk.problems and not source.problems:
        desk.say((), NO_ENTITIES)
    problems = desk.found()
    return (None if problems else schema), problems


def add_builtin(desk: Desk) -> None:
    """Adds the built-in entities and choice lists to what was written."""
    builtin = read(BUILTIN)
    source = desk.source
    for section, items in builtin.data.items():
        own = _under(source.data, section, doc.RootPart)
        if not own and section not in source.data:
            own = source.data[section] = Mapping()
            own.path = (section,)
        for name, item in items.items():
            if name in own:
                desk.say((section, name), TAKEN.with_(name=name), key=True)
                continue
            own[name] = item
            source.places.update({p: place for p, place in builtin.places.items() if p[:2] == (section, name)})


def take_names(desk: Desk) -> None:
    """Notes every name as written, so that what is broken is still known by name."""
    data = desk.source.data
    desk.roles = tuple(_under(data, "roles", doc.RootPart))
    desk.menus = tuple(_under(data, "menus", doc.RootPart))
    for name, body in _under(data, "entities", doc.RootPart).items():
        own = tuple(_under(body, "fields", doc.EntityPart))
        made = made_names(_under(body, "deadlines", doc.EntityPart)) if own else ()
        desk.entities[name] = tuple(dict.fromkeys((*own, *made)))
    for name, options in _under(data, "choices", doc.RootPart).items():
        desk.codes[name] = tuple(options) if isinstance(options, dict) else ()
        desk.choices[name] = {}
    desk.codes[ROLES] = desk.roles
    for section, sort in (("roles", ROLE), ("menus", MENU), ("choices", LIST), ("entities", ENTITY)):
        if not isinstance(data.get(section, {}), dict):
            desk.lost.add(sort)


def _under(data: Any, key: str, model: type[Part]) -> dict[str, Any]:
    """The map under ``key``, or under the misspelt key that was meant to be it."""
    if not isinstance(data, dict):
        return {}
    typed = key if key in data else next((k for k in data if closest(k, model.key_names()) == key), "")
    found = data.get(typed)
    return found if isinstance(found, dict) else {}


def assemble(desk: Desk, root: doc.RootPart) -> Schema:
    """The schema from its parts; every problem of any part is said."""
    roles = {name: Role(name, label(part.label, name)) for name, part in root.roles.items()}
    menus = {name: Menu(name, label(part.label, name), part.icon) for name, part in root.menus.items()}
    _refuse_words(desk, "roles", roles)
    _refuse_words(desk, "menus", menus)
    make_choices(desk, root, roles)
    parts = {name: with_accounts(desk, root, part) if name == ACCOUNT else part for name, part in root.entities.items()}
    for name, part in parts.items():
        refused = bad_entity(name)
        if refused is not None:
            desk.say(("entities", name), refused, key=True)
        own = draft_fields(desk, name, part.fields)
        desk.drafts[name] = own | deadline_fields(desk, name, part) | system_fields(name)
    desk.places = {name: part.place.within for name, part in parts.items() if part.place is not None}
    for name, part in parts.items():
        desk.drafts[name] |= place_fields(desk, name, part)
    settle_sums(desk)
    desk.naming = names_of(desk)
    make_expressions(desk)
    desk.calendars = tuple(root.calendars)
    entities = {name: make_entity(desk, name, part, name == ACCOUNT) for name, part in parts.items()}
    imports = {name: make_layout(desk, name, part, parts) for name, part in root.imports.items()}
    crosscheck(desk, root, entities)
    office = Office(say(root.office.name), root.office.timezone, root.office.currency)
    return Schema(
        office, roles, menus, desk.choices, entities, imports, desk.source.digest,
        settings=plain(root.settings),
        calendars={name: make_calendar(desk, name, calendar) for name, calendar in root.calendars.items()},
        schedules={name: make_schedule(desk, name, schedule) for name, schedule in root.schedules.items()},
        reports={name: make_report(desk, name, report) for name, report in root.reports.items()},
        documents={name: make_document(desk, name, document, parts) for name, document in root.documents.items()},
        places=open_places(desk),
    )  # fmt: skip


def _refuse_words(desk: Desk, section: str, names: Iterable[str]) -> None:
    for name in names:
        refused = bad_word(name)
        if refused is not None:
            desk.say((section, name), refused, key=True)


def make_choices(desk: Desk, root: doc.RootPart, roles: dict[str, Role]) -> None:
    """Puts the choice lists on the desk, with the list of roles."""
    for name, options in root.choices.items():
        if not desk.codes[name]:
            desk.say(("choices", name), NO_OPTIONS, key=True)
        refused = bad_word(name)
        if refused is not None:
            desk.say(("choices", name), refused, key=True)
        for code in options:
            wrong = bad_code(code)
            if wrong is not None:
                desk.say(("choices", name, code), wrong, key=True)
        desk.choices[name] = {
            code: Choice(code, Text(part.zh, part.en), part.color, part.aliases) for code, part in options.items()
        }
    desk.choices[ROLES] = {name: Choice(name, role.label) for name, role in roles.items()}
    if any(part.deadlines for part in root.entities.values()):
        if LIGHT_LIST in root.choices:
            desk.say(("choices", LIGHT_LIST), TAKEN.with_(name=LIGHT_LIST), key=True)
        desk.choices[LIGHT_LIST], desk.codes[LIGHT_LIST] = LIGHT_CHOICES, tuple(LIGHT_CHOICES)


def with_accounts(desk: Desk, root: doc.RootPart, user: doc.EntityPart) -> doc.EntityPart:
    """The built-in entity `user` with the access and menu that `accounts:` gives it."""
    accounts = root.accounts
    manage = dict.fromkeys(sorted(desk.some_roles((*accounts.path, "manage"), accounts.manage)), "all")
    read = dict.fromkeys(sorted(desk.some_roles((*accounts.path, "read"), accounts.read)), "all")
    access = doc.AccessPart.model_construct(read=read | manage, create=manage, update=manage, import_={})
    return user.model_copy(update={"access": access, "menu": accounts.menu})
