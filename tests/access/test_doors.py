"""Nobody learns, through any door, what their role and scope do not open: made from the schema, for both offices.

Every role has a person with a world of records of their own, and a stranger has one too. Each person signs in and
knocks at every door of every entity with the ids of both worlds. What the grants say is worked out here in the plain
language of expressions, not by the SQL under test; a value that may not be known must not stand in any answer, and one
that may must stand in the record.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import schema as language
from admin_views import create_site
from models import open_office
from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.registry import Registry
from schema.expressions import evaluate
from schema.spec import Entity, Field, Step
from schema.spec_places import Happening
from tests.access.worlds import World, build, made_up
from tests.conftest import ROOT
from tests.site.conftest import Visitor

PASSWORD = "correct horse battery"
SCHEMAS = {"office": "schema.yaml", "library": "tests/library.yaml"}
PAIRS = [(kind, role) for kind, file in SCHEMAS.items() for role in language.load(ROOT / file).roles]


@dataclass
class House:
    """An office with both worlds in it, its site, and a signed-in visitor for each (role, owner)."""

    registry: Registry
    app: Any
    theirs: World
    worlds: dict[str, World]
    """By role: what belongs to the person of that role."""
    actors: dict[str, Actor]

    def visitor(self, role: str) -> Visitor:
        visitor = Visitor(self.app)
        answer = visitor.sign_in(f"{role}_mine", PASSWORD)
        assert answer.status_code == 302, answer.get_data(as_text=True)[:500]
        return visitor


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, House]]:
    made: dict[str, House] = {}

    class Houses(dict[str, House]):
        def __missing__(self, kind: str) -> House:
            made[kind] = self[kind] = _house(SCHEMAS[kind], tmp_path_factory.mktemp(kind))
            return made[kind]

    yield Houses()
    for house in made.values():
        house.registry.close()


def _house(file: str, folder: Path) -> House:
    """Each role has an account of its own with a world of its own; a stranger has one more."""
    registry = open_office(language.load(ROOT / file), folder / "var")
    with registry.connection():
        actors = {}
        for role in registry.schema.roles:
            id = registry.accounts.add(f"{role}_mine", f"{role} mine", [role], PASSWORD)
            actors[role] = registry.accounts.actor(id)
        stranger = registry.accounts.add("stranger", "Stranger", [next(iter(registry.schema.roles))], PASSWORD)
        worlds = {role: build(registry, actor.id or 0) for role, actor in actors.items()}
        theirs = build(registry, stranger)
        app = create_site(registry, config={"SECRET_KEY": "only for tests", "CACHE_FOLDER": folder / "static"})
    return House(registry, app, theirs, worlds, actors)


def may_see(house: House, actor: Actor, entity: Entity, id: int, action: str = "read") -> bool:
    """What the grants say, worked out on the record itself."""
    row = house.registry.rows.one(entity.name, id)
    assert row is not None
    for name in {"read", action}:
        granted = {s for r, s in _grants(house, entity, name).items() if r in actor.roles or r == "*"}
        environment = house.registry.environments.of(actor)
        opened = "all" in granted or any(
            evaluate(entity.scopes[s], row, environment) is True for s in granted if s != "all"
        )
        if not opened:
            return False
    return True


def _grants(house: House, entity: Entity, name: str) -> dict[str, str]:
    """Role → scope as the YAML says it: a grant, or who takes the step, does the action, prints the paper."""
    papers = {n: paper for n, paper in house.registry.schema.documents.items() if paper.entity == entity.name}
    steps = entity.workflow.steps if entity.workflow else {}
    for named in (steps, entity.actions, papers):
        if name in named:
            return dict.fromkeys(named[name].by, "all")  # type: ignore[index]
    return dict(entity.access.grants.get(name, {}))


def closed_fields(house: House, actor: Actor, entity: Entity) -> set[str]:
    """The fields the role may not know: hidden from it or masked for it."""
    role = next(iter(actor.roles))
    rules = entity.access.fields
    return {n for n, rule in rules.items() if {role, "*"} & (rule.hide | rule.mask)}


def secrets_of(world: World, entity: str, fields: set[str] | None = None) -> list[str]:
    return [s for (e, f), s in world.secrets.items() if e == entity and (fields is None or f in fields)]


def read_text(answer: Any) -> str:
    """What stands in an answer, the cells of a workbook included."""
    if answer.mimetype.endswith("sheet"):
        book = openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True)
        return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    return str(answer.get_data(as_text=True))


def doors(entity: Entity, id: int) -> list[str]:
    """Every address under which a record's values might be had."""
    name = entity.name
    columns = "&".join(f"columns={f}" for f in entity.fields)
    return [
        f"/{name}/?size=200&{columns}",
        f"/{name}/?sort=-id&size=200",
        f"/{name}/details/?id={id}",
        f"/{name}/edit/?id={id}",
        f"/{name}/history/?id={id}",
        f"/{name}/happened/?id={id}&whole=1",
        f"/{name}/trash/",
        f"/{name}/board/",
        *(f"/{name}/export/{format}/" for format in ("csv", "xlsx", "jsonl")),
        *(f"/{name}/export/{format}/?{columns}" for format in ("csv", "xlsx", "jsonl")),
    ]


@pytest.mark.parametrize(("kind", "role"), PAIRS, ids=[f"{kind}-{role}" for kind, role in PAIRS])
def test_no_door_shows_what_the_role_may_not_know(houses: dict[str, House], kind: str, role: str) -> None:
    house = houses[kind]
    actor, visitor = house.actors[role], house.visitor(role)
    mine, theirs = house.worlds[role], house.theirs
    for entity in (e for e in house.registry.schema.entities.values() if not e.builtin):
        closed = closed_fields(house, actor, entity)
        for world in (mine, theirs):
            id = world.records[entity.name]
            visible = may_see(house, actor, entity, id)
            forbidden = secrets_of(world, entity.name, closed if visible else None)
            for door in doors(entity, id):
                answer = visitor.get(door)
                assert answer.status_code in (200, 302, 403, 404), (door, answer.status_code)
                text = read_text(answer)
                told = [secret for secret in forbidden if secret in text]
                assert not told, f"{role} learns {told} at {door}"
            details = visitor.get(f"/{entity.name}/details/?id={id}")
            assert (details.status_code == 200) == visible, (role, entity.name, details.status_code)
            if visible:
                shown = read_text(details)
                open_fields = set(entity.fields) - closed - _unshown(entity)
                missing = [s for s in secrets_of(world, entity.name, open_fields) if s not in shown]
                assert not missing, f"{role} should see {missing} of {entity.name}"


@pytest.mark.parametrize(("kind", "role"), PAIRS, ids=[f"{kind}-{role}" for kind, role in PAIRS])
def test_a_stranger_s_record_and_none_at_all_look_alike(houses: dict[str, House], kind: str, role: str) -> None:
    house = houses[kind]
    actor, visitor = house.actors[role], house.visitor(role)
    for entity in (e for e in house.registry.schema.entities.values() if not e.builtin):
        id = house.theirs.records[entity.name]
        if may_see(house, actor, entity, id):
            continue
        for page in ("details", "edit", "history", "happened"):
            theirs = visitor.get(f"/{entity.name}/{page}/?id={id}")
            nobody = visitor.get(f"/{entity.name}/{page}/?id=987654321")
            assert theirs.status_code == nobody.status_code in (403, 404), (entity.name, page)
            words = [read_text(a).replace(str(id), "#").replace("987654321", "#") for a in (theirs, nobody)]
            assert _same_but_tokens(*words), (entity.name, page)


@pytest.mark.parametrize(("kind", "role"), PAIRS, ids=[f"{kind}-{role}" for kind, role in PAIRS])
def test_searching_and_looking_up_find_only_what_may_be_known(houses: dict[str, House], kind: str, role: str) -> None:
    house = houses[kind]
    actor, visitor = house.actors[role], house.visitor(role)
    for entity in (e for e in house.registry.schema.entities.values() if not e.builtin):
        closed = closed_fields(house, actor, entity)
        id = house.theirs.records[entity.name]
        visible = may_see(house, actor, entity, id)
        title = str(house.theirs.values[entity.name]["title_text"])
        for field in entity.show.search:
            secret = house.theirs.secrets.get((entity.name, field))
            if secret is None or (visible and field not in closed):
                continue
            listed = read_text(visitor.get(f"/{entity.name}/?search={secret}"))
            assert f'id={id}"' not in listed and f"id={id}&" not in listed, (role, entity.name, field)
        for name, secret in [(f, s) for (e, f), s in house.theirs.secrets.items() if e == entity.name and f in closed]:
            for query in (f"{name}={secret}", f"{name}_contains={secret}", f"{name}_starts={secret[:5]}"):
                listed = read_text(visitor.get(f"/{entity.name}/?{query}"))
                matched = f"details/?id={id}" in listed
                nonsense = read_text(visitor.get(f"/{entity.name}/?{name}_contains=nosuchthing"))
                untold = matched == (f"details/?id={id}" in nonsense)
                assert untold, f"{role} can test {name} of {entity.name} by filtering"
        for field in (f for f in _link_fields(house, entity.name) if f[1].type.name == "ref"):
            answer = visitor.get(f"/{field[0].name}/ajax/lookup/?field={field[1].name}&query={title}&limit=999")
            found = answer.get_json() if answer.mimetype == "application/json" else []
            if not visible:
                assert [id, title] not in found, (role, entity.name, field[1].name)


@pytest.mark.parametrize(("kind", "role"), PAIRS, ids=[f"{kind}-{role}" for kind, role in PAIRS])
def test_writing_is_refused_wherever_it_is_not_granted(houses: dict[str, House], kind: str, role: str) -> None:
    house = houses[kind]
    actor, visitor = house.actors[role], house.visitor(role)
    for entity in (e for e in house.registry.schema.entities.values() if not e.builtin):
        for world in (house.worlds[role], house.theirs):
            id = world.records[entity.name]
            before = house.registry.rows.one(entity.name, id), _history(house)
            for action, attempt in _attempts(house, entity, id).items():
                if may_see(house, actor, entity, id, action):
                    continue
                for door, form in attempt:
                    answer = visitor.post(door, form)
                    assert answer.status_code in (200, 302, 400, 403, 404, 422), (door, form, answer.status_code)
                    after = house.registry.rows.one(entity.name, id), _history(house)
                    assert after == before, f"{role} did {action} on {entity.name} through {door}"


@pytest.mark.parametrize(("kind", "role"), PAIRS, ids=[f"{kind}-{role}" for kind, role in PAIRS])
def test_nothing_can_be_created_or_taken_out_without_the_grant(houses: dict[str, House], kind: str, role: str) -> None:
    house = houses[kind]
    actor, visitor = house.actors[role], house.visitor(role)
    for entity in (e for e in house.registry.schema.entities.values() if not e.builtin):
        may = house.registry.access.may
        if not may(actor, entity.name, "create"):
            count = house.registry.scope.count(SYSTEM, entity.name)
            assert visitor.get(f"/{entity.name}/new/").status_code in (403, 404)
            form = dict.fromkeys(entity.fields, "Qz1")
            assert visitor.post(f"/{entity.name}/new/", form).status_code in (400, 403, 404)
            assert house.registry.scope.count(SYSTEM, entity.name) == count
        if not may(actor, entity.name, "export"):
            assert visitor.get(f"/{entity.name}/export/csv/").status_code in (403, 404), (role, entity.name)
        if not may(actor, entity.name, "import"):
            assert visitor.get(f"/{entity.name}/import/").status_code in (403, 404), (role, entity.name)
        if not may(actor, entity.name, "read"):
            assert visitor.get(f"/{entity.name}/").status_code in (403, 404), (role, entity.name)


def test_a_link_to_a_stranger_s_record_is_refused(houses: dict[str, House]) -> None:
    """A person who may write a record cannot point it at one that is closed to them."""
    tried = 0
    for kind in SCHEMAS:
        house = houses[kind]
        for role, actor in house.actors.items():
            for entity in (e for e in house.registry.schema.entities.values() if not e.builtin):
                mine = house.worlds[role].records[entity.name]
                if not may_see(house, actor, entity, mine, "update"):
                    continue
                for field in house.registry.access.writable(actor, entity.name):
                    if field.type.name != "ref" or field.type.to == "user":  # type: ignore[attr-defined]
                        continue
                    target = house.registry.schema.entities[field.type.to]  # type: ignore[attr-defined]
                    foreign = house.theirs.records[target.name]
                    if may_see(house, actor, target, foreign):
                        continue
                    tried += 1
                    with suppress(Refused):
                        house.registry.store.update(actor, entity.name, mine, {field.name: foreign}, Source("form"))
                    assert (house.registry.rows.one(entity.name, mine) or {})[field.name] != foreign
    assert tried > 5


def _history(house: House) -> int:
    """How many changes were ever noted: nothing is written anywhere without one more."""
    return int(house.registry.tables.history.select().count())


def _attempts(house: House, entity: Entity, id: int) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """By action, the forms that would do it, answered as far as answers can be made up."""
    text = next((f.name for f in entity.fields.values() if f.type.name in ("text", "long_text")), "")
    steps = entity.workflow.steps if entity.workflow else {}
    papers = {n: paper for n, paper in house.registry.schema.documents.items() if paper.entity == entity.name}
    door = f"/{entity.name}/action/"
    sure = {"rowid": id, "confirmed": "1", "comment": "because"}
    version = (house.registry.rows.one(entity.name, id) or {}).get("version")
    return {
        "update": [(f"/{entity.name}/edit/?id={id}", {"id": id, "version": 1, text: "Qz changed"}),
                   (door, {**sure, "action": "edit", "field": text, text: "Qz changed"})],
        "delete": [(f"/{entity.name}/delete/", {"id": id}), (door, {**sure, "action": "delete"})],
        **{n: [(door, {**sure, **_answers(house, _asked(entity, step)), "action": f"step:{n}"}),
               (f"/{entity.name}/board/", {"move": f"{id}.{version}.step:{n}"})]
           for n, step in steps.items()},
        **{n: [(door, {**sure, **_answers(house, one.ask.values()), "action": f"do:{n}"})]
           for n, one in entity.actions.items()},
        **{n: [(door, {**sure, **_answers(house, one.ask.values()), "action": f"print:{n}"})]
           for n, one in papers.items()},
    }  # fmt: skip


def _asked(entity: Entity, step: Step) -> list[Field]:
    return [entity.fields[name] for name in (*step.needs, *step.ask)]


def _answers(house: House, fields: Iterable[Field]) -> dict[str, Any]:
    """An answer to each question, in the stranger's world where it is about a record."""
    world, context = house.theirs, house.registry.scope.context(SYSTEM)
    found: dict[str, Any] = {}
    for field in fields:
        value = made_up(house.registry, world, field)
        if value is not None and field.type.name not in ("files", "photos", "signature"):
            found[field.name] = value if isinstance(value, int) else field.type.display(value, context)
    return found


def _link_fields(house: House, target: str) -> list[Any]:
    return [
        (entity, field)
        for entity in house.registry.schema.entities.values()
        for field in entity.fields.values()
        if field.type.name in ("ref", "refs") and field.type.to == target  # type: ignore[attr-defined]
    ]


def _unshown(entity: Entity) -> set[str]:
    """Fields that the record page leaves out, such as those that do not apply to this record."""
    shown = {name for section in entity.show.form for name in section.fields}
    return {f.name for f in entity.fields.values() if f.shown_if is not None or f.name not in shown}


def _same_but_tokens(one: str, other: str) -> bool:
    def plain(text: str) -> list[str]:
        return [line for line in text.splitlines() if "csrf" not in line and "nonce" not in line]

    return plain(one) == plain(other)


@pytest.mark.parametrize("role", [role for kind, role in PAIRS if kind == "office"])
def test_the_history_of_a_place_tells_what_may_be_known_and_nothing_else(houses: dict[str, House], role: str) -> None:
    house = houses["office"]
    actor, visitor, entities = house.actors[role], house.visitor(role), house.registry.schema.entities
    for world in (house.worlds[role], house.theirs):
        for place in (e for e in entities.values() if e.place is not None):
            id = world.records[place.name]
            answer = visitor.get(f"/{place.name}/happened/?id={id}&whole=1")
            if not may_see(house, actor, place, id):
                assert answer.status_code in (403, 404) and b'class="past' not in answer.data, (role, place.name)
                continue
            text = read_text(answer)
            lines = [line for entity in entities.values() for line in entity.happens]
            told = {line.entity for line in lines if _is_told(house, actor, world, line, place.name)}
            for entity in {line.entity: entities[line.entity] for line in lines}.values():
                record = world.records[entity.name]
                assert (f'/{entity.name}/details/?id={record}"' in text) == (entity.name in told), (role, entity.name)
                assert (f"kind={entity.name}&" in text or f'kind={entity.name}"' in text) == (entity.name in told)
                if may_see(house, actor, entity, record):
                    learnt = secrets_of(world, entity.name, closed_fields(house, actor, entity))
                    assert [secret for secret in learnt if secret in text] == [], (role, entity.name)


def _is_told(house: House, actor: Actor, world: World, line: Happening, place: str) -> bool:
    """Whether the world's record of a line happened at the world's place, and all that leads there may be known."""
    entity = house.registry.schema.entities[line.entity]
    at = world.values[line.entity].get(line.at)
    if at is None or not may_see(house, actor, entity, world.records[line.entity]):
        return False
    return _is_open(house, actor, world, line.entity, line.at_path) and any(
        way.place == place and _is_open(house, actor, world, line.entity, way.path) for way in line.ways
    )


def _is_open(house: House, actor: Actor, world: World, name: str, path: Iterable[str]) -> bool:
    for step in path:
        entity = house.registry.schema.entities[name]
        row = house.registry.rows.one(name, world.records[name]) or {}
        closed = step in closed_fields(house, actor, entity) or not may_see(house, actor, entity, world.records[name])
        if closed or row.get(step) is None:
            return False
        name = str(getattr(entity.fields[step].type, "to", "") or "")
    return True
