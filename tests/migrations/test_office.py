"""An office that grows: its schema changes between one start and the next, and people find their records again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models import open_office
from models.actor import SYSTEM, Source
from models.migrations import MigrationRefused
from models.query import Query
from models.storage import backup
from schema import load
from tests.migrations.conftest import WORKSHOP

pytestmark = pytest.mark.both_engines

CLI = Source("cli")
SHOW = "    show: {list: [title, colour, price, state]}\n"
SEARCHED = "    show: {list: [title, colour, price, state], search: [title, colour]}\n"
COLOUR = "colour: {type: text, label: {zh: 颜色, en: Colour}}"


class Growing:
    """One home, opened again with another YAML each time."""

    def __init__(self, home: Any, folder: Path) -> None:
        self.home, self.path = home, folder / "schema.yaml"
        self.yaml = WORKSHOP.replace(SHOW, SEARCHED)
        self.registry: Any = None

    def open(self, *changes: tuple[str, str], allow: tuple[str, ...] = ()) -> Any:
        for old, new in changes:
            assert old in self.yaml, old
            self.yaml = self.yaml.replace(old, new)
        self.path.write_text(self.yaml, encoding="utf-8")
        self.close()
        self.registry = open_office(load(self.path), self.home.var, url=self.home.url, allow=allow)
        return self.registry

    def close(self) -> None:
        if self.registry is not None:
            self.registry.close()
            self.registry = None


@pytest.fixture
def office(engine, tmp_path):
    home = engine.blank()
    growing = Growing(home, tmp_path)
    yield growing
    growing.close()
    engine.drop(home)


def filled(office: Growing) -> tuple[Any, int, int]:
    registry = office.open()
    shed = registry.store.create(SYSTEM, "shed", {"name": "North"}, CLI)
    values = {"code": "A1", "shed": shed, "colour": "red", "weight": "12", "also_in": (shed,), "state": "lent"}
    return registry, shed, registry.store.create(SYSTEM, "tool", values, CLI)


def values(registry: Any, entity: str, id: int) -> dict[str, Any]:
    return dict(registry.scope.get(SYSTEM, entity, id).values)


def found(registry: Any, entity: str, words: str) -> list[int]:
    return [row.id for row in registry.scope.page(SYSTEM, entity, Query(search=words)).rows]


def test_a_renamed_field_is_found_by_its_values_as_before(office: Growing):
    _, _, tool = filled(office)
    registry = office.open(("colour, price", "paint, price"), ("[title, colour]", "[title, paint]"),
                           (COLOUR, "paint: {was: colour, type: text, label: {zh: 漆, en: Paint}}"))  # fmt: skip
    assert values(registry, "tool", tool)["paint"] == "red"
    assert found(registry, "tool", "red") == [tool]


def test_a_renamed_entity_keeps_history_trash_and_links(office: Growing):
    registry, shed, tool = filled(office)
    other = registry.store.create(SYSTEM, "tool", {"code": "A2", "shed": shed}, CLI)
    entry = registry.store.delete(SYSTEM, "tool", other, CLI)
    registry = office.open(("\n  tool:\n", "\n  gear:\n    was: [tool]\n"))
    assert values(registry, "gear", tool)["also_in"] == (shed,)
    assert found(registry, "gear", "A1") == [tool]
    assert registry.history.of(SYSTEM, "gear", tool)
    registry.store.restore(SYSTEM, "gear", entry, CLI)
    assert values(registry, "gear", other)["shed"] == shed


def test_a_new_title_is_written_on_old_records_and_on_those_that_name_them(office: Growing):
    _, shed, tool = filled(office)
    where = ('title: "{code}"', 'title: "{shed}/{code}"')
    registry = office.open(where)
    assert registry.scope.get(SYSTEM, "tool", tool).title == "North/A1"
    registry = office.open(('title: "{name}"', 'title: "{name} shed"'))
    assert registry.scope.get(SYSTEM, "shed", shed).title == "North shed"
    assert registry.scope.get(SYSTEM, "tool", tool).title == "North shed/A1"


def test_a_stored_formula_is_worked_out_for_the_records_there_are(office: Growing):
    filled(office)
    count = "tools: {type: count, of: tool, via: shed, stored: true, label: {zh: 工具数, en: Tools}}"
    name = "name: {type: text, required: true, label: {zh: 名称, en: Name}}"
    registry = office.open((name, f"{name}\n      {count}"))
    assert values(registry, "shed", 1)["tools"] == 1
    registry = office.open((count, count.replace("stored: true", "where: \"state == 'free'\", stored: true")))
    assert values(registry, "shed", 1)["tools"] == 0


def test_a_new_check_that_records_break_waits_for_a_word(office: Growing):
    _, _, tool = filled(office)
    check = "checks: [{that: \"state != 'lent'\", say: {zh: 不可借出, en: not lent}}]"
    with pytest.raises(MigrationRefused, match="1 records break it"):
        office.open(('title: "{code}"\n', f'title: "{{code}}"\n    {check}\n'))
    registry = office.open(allow=("check:tool.1",))
    assert values(registry, "tool", tool)["state"] == "lent"


def test_a_default_that_is_worked_out_fills_a_new_required_field(office: Growing):
    _, _, tool = filled(office)
    counted = "counted_on: {type: date, required: true, default: today, label: {zh: 盘点日, en: Counted on}}"
    registry = office.open((COLOUR, f"{COLOUR}\n      {counted}"))
    assert values(registry, "tool", tool)["counted_on"] == registry.clock.today()


def test_a_default_that_is_worked_out_says_nothing_of_old_records(office: Growing):
    _, _, tool = filled(office)
    counted = "counted_on: {type: date, default: today, label: {zh: 盘点日, en: Counted on}}"
    registry = office.open((COLOUR, f"{COLOUR}\n      {counted}"))
    assert values(registry, "tool", tool)["counted_on"] is None


OLD_AND_NEW = [
    ("boolean", True, "text", "true"),
    ("boolean", False, "choice, of: yes_no", "false"),
    ("text", "是", "boolean", True),
    ("text", "１２．５", "decimal, places: 1", Decimal("12.5")),
    ("integer", 12, "decimal, places: 2", Decimal("12.00")),
    ("decimal, places: 2", Decimal("12.00"), "integer", 12),
    ("decimal, places: 2", Decimal("-0.05"), "text", "-0.05"),
    ("date", date(2024, 2, 29), "datetime", datetime(2024, 2, 28, 16, tzinfo=UTC)),
    ("datetime", datetime(2024, 2, 28, 16, 30, tzinfo=UTC), "date", date(2024, 2, 29)),
    ("datetime", datetime(2024, 2, 28, 16, 30, tzinfo=UTC), "text", "2024-02-29 00:30:00"),
    ("date", date(2024, 2, 29), "month", "2024-02"),
    ("time", time(7, 30), "text", "07:30:00"),
    ("text", "7:30", "time", time(7, 30)),
    ("choices, of: tool_state", ("free", "lent"), "text", "free, lent"),
    ("text", "空闲、lent", "choices, of: tool_state", ("free", "lent")),
    ("choice, of: tool_state", "lent", "choices, of: tool_state", ("lent",)),
    ("text", "13812345678", "phone", "13812345678"),
    ("long_text", "one\ntwo", "json", None),
    ("json", {"a": [1]}, "long_text", '{"a": [1]}'),
    ("rating", 4, "integer", 4),
    ("percent", Decimal("95.00"), "decimal, places: 2", Decimal("95.00")),
]


@pytest.mark.parametrize(("old", "value", "new", "becomes"), OLD_AND_NEW)
def test_a_value_reads_alike_after_its_type_changed(office: Growing, old, value, new, becomes):
    extra = "extra: {type: %s, label: {zh: 另, en: Extra}}"
    yes_no = "\n  yes_no: {'true': {zh: 是, en: Yeah}, 'false': {zh: 否, en: Nope}}\nentities:"
    registry = office.open((COLOUR, f"{COLOUR}\n      {extra % old}"), ("\nentities:", yes_no))
    tool = registry.store.create(SYSTEM, "tool", {"code": "A1", "extra": value}, CLI)
    assert values(registry, "tool", tool)["extra"] == value
    registry = office.open((extra % old, extra % new), allow=("convert:tool.extra",))
    assert values(registry, "tool", tool)["extra"] == becomes


def test_a_refused_change_leaves_an_office_that_opens_with_the_old_schema(office: Growing):
    _, _, tool = filled(office)
    before = office.yaml
    with pytest.raises(MigrationRefused) as refused:
        office.open((f"      {COLOUR}\n", ""), ("colour, price", "price"), ("[title, colour]", "[title]"))
    assert refused.value.steps[0].sentence.to("en") == "tool.colour: dropped; 1 filled values would be lost"
    office.yaml = before
    assert values(office.open(), "tool", tool)["colour"] == "red"


def test_a_record_in_the_trash_comes_back_to_the_new_schema(office: Growing):
    """
    tool 1  weight 12     price 12.55  state lent
    tool 2  weight heavy  price 3.00   state broken
    both in the trash while weight becomes a whole number, price loses a place, colour its name and broken goes
    """
    registry, shed, one = filled(office)
    registry.store.update(SYSTEM, "tool", one, {"price": Decimal("12.55"), "states": ("lent", "broken")}, CLI)
    more = {"code": "A2", "weight": "heavy", "price": Decimal(3), "state": "broken", "colour": "blue"}
    two = registry.store.create(SYSTEM, "tool", more, CLI)
    entries = [registry.store.delete(SYSTEM, "tool", id, CLI) for id in (one, two)]
    registry = office.open(
        ("colour, price", "paint, price"), ("[title, colour]", "[title, paint]"),
        (COLOUR, "paint: {was: colour, type: text, label: {zh: 漆, en: Paint}}"),
        ("weight: {type: text", "weight: {type: integer"), ("places: 2", "places: 1"),
        (", broken: {zh: 损坏, en: Broken}", ""),
        allow=("convert:tool.weight", "places:tool.price"),
    )  # fmt: skip
    for entry in entries:
        registry.store.restore(SYSTEM, "tool", entry, CLI)
    shown = [values(registry, "tool", id) for id in (one, two)]
    assert [v["paint"] for v in shown] == ["red", "blue"]
    assert [v["weight"] for v in shown] == [12, None]
    assert [v["price"] for v in shown] == [Decimal("12.6"), Decimal("3.0")]
    assert [v["state"] for v in shown] == ["lent", None]
    assert [v["states"] for v in shown] == [("lent",), None]
    assert shown[0]["also_in"] == (shed,)


def test_an_office_comes_back_from_its_backup_as_it_was(office: Growing, tmp_path):
    registry, shed, tool = filled(office)
    target = backup.back_up(registry.db, office.home.var, tmp_path / "office.zip")
    registry.store.update(SYSTEM, "tool", tool, {"colour": "black"}, CLI)
    with registry.db.connection_context():
        backup.restore(target, registry.db, office.home.var)
    registry = office.open()
    assert values(registry, "tool", tool)["colour"] == "red"
    assert values(registry, "tool", tool)["also_in"] == (shed,)
    assert found(registry, "tool", "red") == [tool] and found(registry, "tool", "black") == []
    assert len(registry.history.of(SYSTEM, "tool", tool)) == 1
    assert registry.store.create(SYSTEM, "tool", {"code": "A2"}, CLI) == tool + 1
