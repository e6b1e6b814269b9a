"""A rename moves nothing but the name: the data, the links, the history and the number series stay."""

from __future__ import annotations

import pytest

from models.migrations.engine import engine_of
from tests.migrations.conftest import Workshop

pytestmark = pytest.mark.both_engines

COLOUR = "colour: {type: text, label: {zh: 颜色, en: Colour}}"
WEIGHT = "weight: {type: text, label: {zh: 重量, en: Weight}}"
ALSO = "also_in: {type: refs, to: shed, label: {zh: 也在, en: Also in}}"
SHED = "shed: {type: ref, to: shed, label: {zh: 工具房, en: Shed}}"
LIST = ("list: [title, colour, price, state]", "list: [title, price, state]")


def names(plan) -> list[str]:
    return [step.name for step in plan.steps]


def renamed(line: str, to: str) -> tuple[str, str]:
    old, _, rest = line.partition(": {")
    return line, f"{to}: {{was: {old}, {rest}"


def test_a_renamed_field_keeps_its_values(workshop: Workshop):
    plan = workshop.go(LIST, renamed(COLOUR, "paint"))
    assert names(plan) == ["rename:tool.paint"] and plan.steps[0].safe
    assert workshop.column("tool", "paint") == {1: "red", 2: "blue", 3: "red", 7: None}
    assert workshop.aside() == []


def test_a_renamed_link_keeps_its_target_and_its_rule(workshop: Workshop):
    workshop.go(renamed(SHED, "kept_in"), renamed(ALSO, "spare_in"))
    assert workshop.column("tool", "kept_in_id") == {1: 1, 2: 1, 3: 2, 7: None}
    assert workshop.rows("SELECT owner_id, target_id FROM tool__spare_in ORDER BY 1, 2") == [(1, 2), (2, 1), (2, 2)]
    with pytest.raises(Exception, match=r"(?i)foreign key|violates"):
        workshop.rows("DELETE FROM shed WHERE id = 2 RETURNING id")


def test_a_rename_is_followed_from_any_of_its_earlier_names(workshop: Workshop):
    workshop.go(LIST, (COLOUR, COLOUR.replace("colour: {", "tint: {was: [paint, colour], ")))
    assert workshop.column("tool", "tint")[2] == "blue"


def test_a_rename_stays_written_without_happening_again(workshop: Workshop):
    workshop.go(LIST, renamed(COLOUR, "paint"))
    assert not workshop.to().pending
    workshop.go(("paint: {was: colour,", "colour: {type: text, label: {zh: 色, en: C}}\n      paint: {"))
    assert workshop.column("tool", "paint")[2] == "blue" and workshop.column("tool", "colour")[2] is None
    assert not workshop.to().pending


def test_two_fields_swap_names_once(workshop: Workshop):
    workshop.go(renamed(COLOUR, "x"), renamed(WEIGHT, "colour"), ("x: {", "weight: {"))
    assert workshop.column("tool", "colour") == {1: "12", 2: "九十斤", 3: "3.5", 7: None}
    assert workshop.column("tool", "weight") == {1: "red", 2: "blue", 3: "red", 7: None}
    assert not workshop.to().pending


def test_a_renamed_field_can_be_converted_too(workshop: Workshop):
    line, new = renamed(WEIGHT, "mass")
    plan = workshop.go((line, new.replace("type: text", "type: integer")), allow=("convert:tool.mass",))
    assert names(plan) == ["rename:tool.mass", "convert:tool.mass"]
    assert workshop.column("tool", "mass")[1] == 12
    assert [row[2] for row in workshop.aside()] == ["weight", "weight"]


def engine_tables(workshop: Workshop) -> None:
    engine = engine_of(workshop.db)
    for table, columns in (("_history", "entity, record_id, changes"), ("_trash", "entity, record_id, row_")):
        engine.run(f"CREATE TABLE {table} ({', '.join(c + ' TEXT' for c in columns.split(', '))})")
    engine.run("INSERT INTO _history VALUES ('tool', '1', '{\"colour\": [null, \"red\"]}'), ('shed', '1', '{}')")
    engine.run("INSERT INTO _trash VALUES ('tool', '9', '{}')")
    engine.run("CREATE TABLE _number (series TEXT, period TEXT, last INTEGER)")
    engine.run("INSERT INTO _number VALUES ('tool.code', '', 41)")


def test_a_renamed_entity_takes_its_links_history_trash_and_numbers_along(workshop: Workshop):
    engine_tables(workshop)
    plan = workshop.go(("\n  tool:\n", "\n  gear:\n    was: [tool]\n"))
    assert names(plan) == ["rename:gear"]
    assert workshop.column("gear", "colour")[1] == "red"
    assert workshop.rows("SELECT owner_id, target_id FROM gear__also_in ORDER BY 1, 2") == [(1, 2), (2, 1), (2, 2)]
    assert workshop.rows("SELECT entity, changes FROM _history ORDER BY 1") == [
        ("gear", '{"colour": [null, "red"]}'),
        ("shed", "{}"),
    ]
    assert workshop.rows("SELECT entity FROM _trash") == [("gear",)]
    assert workshop.rows("SELECT series, last FROM _number") == [("gear.code", 41)]
    assert not {t for t in workshop.everything()["tables"] if t.startswith(("tool", "__"))}
    workshop.rows("DELETE FROM gear WHERE id = 1 RETURNING id")
    assert workshop.rows("SELECT owner_id FROM gear__also_in WHERE owner_id = 1") == []
    assert not workshop.to().pending


def test_an_entity_that_others_point_at_is_renamed(workshop: Workshop):
    workshop.go(("\n  shed:\n", "\n  hut:\n    was: [shed]\n"), ("to: shed", "to: hut"))
    assert workshop.column("tool", "shed_id")[3] == 2
    with pytest.raises(Exception, match=r"(?i)foreign key|violates"):
        workshop.rows("DELETE FROM hut WHERE id = 2 RETURNING id")
    workshop.insert("hut", {"id": 3, "name": "West"})
    workshop.insert("tool", {"code": "B1", "shed_id": 3})


def test_two_entities_swap_names(workshop: Workshop):
    engine_tables(workshop)
    workshop.go(
        ("\n  shed:\n", "\n  x:\n    was: [shed]\n"),
        ("\n  tool:\n", "\n  shed:\n    was: [tool]\n"),
        ("\n  x:\n", "\n  tool:\n"),
        ("to: shed", "to: tool"),
    )
    assert workshop.column("tool", "name") == {1: "North", 2: "South"}
    assert workshop.column("shed", "code")[7] == "A7"
    assert sorted(workshop.rows("SELECT entity, changes FROM _history")) == [
        ("shed", '{"colour": [null, "red"]}'),
        ("tool", "{}"),
    ]
    assert sorted(workshop.rows("SELECT entity, record_id FROM _trash")) == [("shed", "9")]
    assert not workshop.to().pending


def test_a_name_that_was_dropped_is_free_for_another(workshop: Workshop):
    drop, take = ("      " + COLOUR + "\n", ""), renamed(WEIGHT, "colour")
    workshop.go(LIST, drop, take, allow=("drop:tool.colour",))
    assert workshop.column("tool", "colour")[2] == "九十斤"
    assert workshop.aside()[0] == ("tool", 1, "colour", '"red"', "drop")
