"""Changes that take nothing away are applied by themselves, after a backup."""

from __future__ import annotations

import pytest

from models.migrations import MigrationFailed, MigrationRefused
from tests.migrations.conftest import TOOLS, Workshop

pytestmark = pytest.mark.both_engines

CODE = "code: {type: text, required: true, label: {zh: 编号, en: Code}}"
COLOUR = "colour: {type: text, label: {zh: 颜色, en: Colour}}"
PRICE = "price: {type: decimal, places: 2, label: {zh: 价格, en: Price}}"


def kinds(plan) -> list[str]:
    return [step.name for step in plan.steps]


def test_a_new_database_is_made_without_a_backup(empty: Workshop):
    plan = empty.go()
    assert kinds(plan) == ["create:shed", "create:tool", "create:user"]
    assert all(step.safe for step in plan.steps)
    assert empty.backups == []
    assert not empty.to().pending


def test_an_unchanged_schema_plans_nothing(workshop: Workshop):
    plan = workshop.to()
    assert plan.steps == () and not plan.pending
    before = workshop.everything()
    workshop.go()
    assert workshop.everything() == before and workshop.backups == []


def test_words_for_people_are_no_migration(workshop: Workshop):
    assert not workshop.to(("en: Colour", "en: Paint"), ("zh: 空闲", "zh: 可借")).pending


def test_a_column_that_is_shown_gets_the_index_that_sorts_it(workshop: Workshop):
    before = workshop.everything()["indexes"]
    plan = workshop.go(("price, state]", "price, bought_on, state]"))
    assert plan.steps == () and workshop.backups == []
    assert set(workshop.everything()["indexes"]) - set(before) == {"ix_tool_bought_on"}


def test_a_formula_that_sorts_gets_an_index_of_its_own(workshop: Workshop):
    workshop.go(expression_indexes={("tool", "total"): '("price" * 2)'})
    assert "ix_tool_total" in workshop.everything()["indexes"]
    workshop.go()
    assert "ix_tool_total" not in workshop.everything()["indexes"]


def test_a_new_field_is_added_blank(workshop: Workshop):
    plan = workshop.go((CODE, CODE + "\n      note: {type: text, label: {zh: 备注, en: Note}}"))
    assert kinds(plan) == ["add:tool.note"]
    assert workshop.column("tool", "note") == {1: None, 2: None, 3: None, 7: None}
    assert workshop.backups == [0]


def test_a_new_required_field_with_a_default_fills_the_records_there_are(workshop: Workshop):
    note = "\n      rank: {type: integer, required: true, default: 3, label: {zh: 级, en: Rank}}"
    plan = workshop.go((CODE, CODE + note))
    assert kinds(plan) == ["add:tool.rank"]
    assert plan.steps[0].sentence.to("en") == "tool.rank: a new field; the 4 records there are get its default"
    assert workshop.column("tool", "rank") == {1: 3, 2: 3, 3: 3, 7: 3}
    with pytest.raises(Exception, match=r"(?i)null"):
        workshop.insert("tool", {"code": "B1"})


def test_a_new_link_points_at_records_that_cannot_go(workshop: Workshop):
    workshop.go((CODE, CODE + "\n      spare: {type: ref, to: shed, label: {zh: 备用, en: Spare}}"))
    workshop.insert("tool", {"code": "B1", "spare_id": 2})
    with pytest.raises(Exception, match=r"(?i)foreign key|violates"):
        workshop.insert("tool", {"code": "B2", "spare_id": 99})


def test_a_new_entity_is_made_with_its_links(workshop: Workshop):
    loan = """
  loan:
    label: {zh: 借用, en: Loan}
    title: "{tool}"
    fields: {tool: {type: ref, to: tool, required: true, label: {zh: 工具, en: Tool}}}
    access: {read: {admin: all}}
"""
    assert kinds(workshop.go(("\n  shed:", loan + "\n  shed:"))) == ["create:loan"]
    workshop.insert("loan", {"tool_id": 7})
    with pytest.raises(Exception, match=r"(?i)foreign key|violates"):
        workshop.insert("loan", {"tool_id": 8})


def test_a_field_that_becomes_required_takes_its_default_where_it_was_blank(workshop: Workshop):
    plan = workshop.go((COLOUR, COLOUR.replace("text,", "text, required: true, default: grey,")))
    assert plan.steps[0].sentence.to("en") == "tool.colour: now required; 1 blanks get its default"
    assert workshop.column("tool", "colour") == {1: "red", 2: "blue", 3: "red", 7: "grey"}
    assert workshop.aside() == []


def test_a_field_that_becomes_required_without_a_default_waits_for_a_word(workshop: Workshop):
    required = (COLOUR, COLOUR.replace("text,", "text, required: true,"))
    with pytest.raises(MigrationRefused) as refused:
        workshop.go(required)
    assert [s.name for s in refused.value.steps] == ["require:tool.colour"]
    assert "1 records are blank" in refused.value.text.to("en")
    workshop.go(allow=("require:tool.colour",))
    assert workshop.column("tool", "colour")[7] is None
    assert not workshop.to().pending, "an allowed blank asks no second time"
    workshop.rows("UPDATE tool SET colour = 'red' WHERE id = 7 RETURNING id")
    assert kinds(workshop.go()) == ["require:tool.colour"]
    with pytest.raises(Exception, match=r"(?i)null"):
        workshop.insert("tool", {"code": "B1"})


def test_more_decimal_places_keep_every_number(workshop: Workshop):
    plan = workshop.go((PRICE, PRICE.replace("places: 2", "places: 4")))
    assert kinds(plan) == ["places:tool.price"] and plan.steps[0].safe
    assert workshop.column("tool", "price") == {1: 125000, 2: 99900, 3: -10500, 7: None}


def test_text_becomes_long_text_as_it_lies(workshop: Workshop):
    workshop.go((COLOUR, COLOUR.replace("type: text", "type: long_text")))
    assert workshop.column("tool", "colour")[1] == "red"


def test_a_new_unique_key_is_kept_by_the_database(workshop: Workshop):
    price = PRICE.replace("places: 2,", "places: 2, required: true, default: 0,")
    plan = workshop.go((PRICE, price), ("key: [code]", "key: [code, price]"))
    assert kinds(plan) == ["require:tool.price", "key:tool.code+price", "unkey:tool.code"]
    workshop.insert("tool", {"code": "A1", "price": 7})
    with pytest.raises(Exception, match=r"(?i)unique"):
        workshop.insert("tool", {"code": "A1", "price": 7})


def test_blank_values_never_clash(workshop: Workshop):
    workshop.go(("key: [code]", "key: [code]\n    unique: [[colour, bought_on]]"))
    workshop.insert("tool", {"code": "B1"}, {"code": "B2"}, {"code": "B3", "colour": "red"})
    with pytest.raises(Exception, match=r"(?i)unique"):
        workshop.insert("tool", {"code": "B4", "colour": "red", "bought_on": "2024-02-29"})


def test_a_key_that_records_share_is_refused_with_an_example(workshop: Workshop):
    plan = workshop.to(("key: [code]", "key: [code]\n    unique: [[colour]]"))
    step = plan.steps[0]
    assert step.blocked and step.samples == ("A1 (#1)", "A3 (#3)")
    assert step.sentence.to("en") == (
        "tool: colour should be unique, but 2 records share theirs, e.g. A1 (#1), A3 (#3); put them right first"
    )
    before = workshop.everything()
    with pytest.raises(MigrationRefused):
        workshop.go(allow=(step.name,))
    assert workshop.everything() == before


def test_a_unique_field_whose_values_only_clash_once_converted_is_rolled_back(workshop: Workshop):
    workshop.insert("tool", {"id": 8, "code": "A8", "weight": "12.0"})
    weight = "weight: {type: text, label: {zh: 重量, en: Weight}}"
    unique = "weight: {type: decimal, unique: true, label: {zh: 重量, en: Weight}}"
    before = workshop.everything()
    with pytest.raises(MigrationFailed):
        workshop.go((weight, unique), allow=("convert:tool.weight",))
    assert workshop.everything() == before


def test_a_new_check_counts_the_records_that_break_it(workshop: Workshop):
    check = ('title: "{code}"\n', 'title: "{code}"\n    checks: [{that: "price > 0", say: {zh: 正数, en: positive}}]\n')
    counted = {"violations": lambda entity, check: 1}
    plan = workshop.to(check, **counted)
    assert kinds(plan) == ["check:tool.1"] and not plan.steps[0].safe
    with pytest.raises(MigrationRefused, match="1 records break it"):
        workshop.go(**counted)
    workshop.go(allow=("check:tool.1",), **counted)
    assert not workshop.to().pending


def test_a_check_on_a_new_field_is_counted_once_the_field_is_there(workshop: Workshop):
    size = (CODE, CODE + "\n      size: {type: integer, default: 0, label: {zh: 尺寸, en: Size}}")
    check = ('title: "{code}"\n', 'title: "{code}"\n    checks: [{that: "size > 0", say: {zh: 正数, en: positive}}]\n')

    def violations(entity, check) -> int:
        return len(workshop.rows("SELECT id FROM tool WHERE NOT size > 0"))

    before = workshop.everything()
    with pytest.raises(MigrationRefused, match="4 records break it"):
        workshop.go(size, check, violations=violations)
    assert workshop.everything() == before
    workshop.go(allow=("check:tool.1",), violations=violations)
    assert workshop.column("tool", "size")[7] == 0


def test_a_new_title_asks_for_titles_to_be_written_again(workshop: Workshop):
    seen = []
    workshop.go(('title: "{code}"', 'title: "{code} {colour}"'), finish=lambda plan: seen.append(plan.retitle))
    assert seen == [frozenset({"tool"})]


def test_ids_are_never_given_out_twice(workshop: Workshop):
    workshop.rows("DELETE FROM tool WHERE id = 7 RETURNING id")
    workshop.go((COLOUR, COLOUR.replace("text,", "text, required: true, default: grey,")))
    workshop.insert("tool", {"code": "B1", "colour": "red"})
    assert workshop.rows("SELECT id FROM tool WHERE code = 'B1'") != [(7,)]


def test_the_migrated_database_has_what_a_new_one_has(workshop: Workshop, engine, tmp_path):
    from models.storage.database import connect

    workshop.go(
        (COLOUR, COLOUR.replace("text,", "text, required: true, default: grey,")),
        (PRICE, PRICE.replace("places: 2", "places: 4")),
        ("key: [code]", "key: [code]\n    unique: [[code, colour]]"),
    )
    home = engine.blank()
    other = Workshop(connect(home.url or home.var / "office.db"), home, tmp_path, workshop.yaml)
    with other.db.connection_context():
        other.go()
        fresh, grown = other.everything(), workshop.everything()
    other.db.close_all()
    engine.drop(home)
    assert grown["tables"] == fresh["tables"]
    assert grown["indexes"] == fresh["indexes"]
    assert len(grown["rows"]["tool"]) == len(TOOLS)
