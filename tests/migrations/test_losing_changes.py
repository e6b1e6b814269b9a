"""Changes that would lose values say how many, need a word for each, and set the values aside."""

from __future__ import annotations

import json

import pytest

from models.migrations import MigrationRefused
from tests.migrations.conftest import Workshop

pytestmark = pytest.mark.both_engines

COLOUR = "\n      colour: {type: text, label: {zh: 颜色, en: Colour}}"
WEIGHT = "weight: {type: text, label: {zh: 重量, en: Weight}}"
PRICE = "price: {type: decimal, places: 2, label: {zh: 价格, en: Price}}"
BOUGHT = "bought_on: {type: date, label: {zh: 购入日期, en: Bought on}}"
SHED = "shed: {type: ref, to: shed, label: {zh: 工具房, en: Shed}}"
ALSO = "also_in: {type: refs, to: shed, label: {zh: 也在, en: Also in}}"
STATE = "state: {type: choice, of: tool_state, label: {zh: 状态, en: State}}"
BROKEN = ", broken: {zh: 损坏, en: Broken}"
LIST = "list: [title, colour, price, state]"


def only(plan):
    (step,) = [step for step in plan.steps if not step.safe]
    return step


def test_a_dropped_field_says_how_many_values_would_be_lost(workshop: Workshop):
    change = ((COLOUR, ""), (LIST, "list: [title, price, state]"))
    step = only(workshop.to(*change))
    assert (step.name, step.lost) == ("drop:tool.colour", 3)
    assert step.sentence.to("en") == "tool.colour: dropped; 3 filled values would be lost"
    assert step.sentence.to("zh") == "tool.colour：删除字段，将丢失 3 个已填的值"
    before = workshop.everything()
    with pytest.raises(MigrationRefused) as refused:
        workshop.go()
    assert "--allow drop:tool.colour" in refused.value.text.to("zh")
    assert workshop.everything() == before and workshop.backups == []

    workshop.go(allow=("drop:tool.colour",))
    assert workshop.backups == [0]
    assert "colour" not in workshop.everything()["tables"]["tool"]
    assert workshop.aside() == [
        ("tool", 1, "colour", '"red"', "drop"),
        ("tool", 2, "colour", '"blue"', "drop"),
        ("tool", 3, "colour", '"red"', "drop"),
    ]


def test_numbers_days_and_links_are_set_aside_as_people_know_them(workshop: Workshop):
    gone = [("\n      " + line, "") for line in (PRICE, BOUGHT, ALSO)]
    plan = workshop.to(*gone, (LIST, "list: [title, colour, state]"))
    names = tuple(step.name for step in plan.steps if not step.safe)
    assert names == ("drop:tool.also_in", "drop:tool.price", "drop:tool.bought_on")
    workshop.go(allow=names)
    assert [row[1:4] for row in workshop.aside() if row[1] == 1] == [
        (1, "also_in", "[2]"),
        (1, "bought_on", '"2024-02-29"'),
        (1, "price", '"12.50"'),
    ]
    assert "tool__also_in" not in workshop.everything()["tables"]


def test_a_dropped_entity_goes_aside_whole_with_what_pointed_at_it(workshop: Workshop):
    begin, end = workshop.yaml.index("  shed:"), workshop.yaml.index("  tool:")
    plan = workshop.to((workshop.yaml[begin:end], ""), ("      " + SHED + "\n", ""), ("      " + ALSO + "\n", ""))
    steps = {step.name: step.lost for step in plan.steps if not step.safe}
    assert steps == {"drop:shed": 2, "drop:tool.shed": 3, "drop:tool.also_in": 2}
    workshop.go(allow=tuple(steps))
    assert {"shed", "tool__also_in"}.isdisjoint(workshop.everything()["tables"])
    records = {row[1]: json.loads(row[3]) for row in workshop.aside() if row[0] == "shed"}
    assert records == {
        1: {"title": "North", "values": {"name": "North"}},
        2: {"title": "South", "values": {"name": "South"}},
    }


@pytest.mark.parametrize(
    ("old", "new", "values", "lost"),
    [
        (WEIGHT, "type: integer", {1: 12, 2: None, 3: None, 7: None}, {2: "九十斤", 3: "3.5"}),
        (WEIGHT, "type: decimal, places: 1", {1: 120, 2: None, 3: 35, 7: None}, {2: "九十斤"}),
        (PRICE, "type: integer", {1: None, 2: None, 3: None, 7: None}, {1: "12.50", 2: "9.99", 3: "-1.05"}),
        (PRICE, "type: text", {1: "12.50", 2: "9.99", 3: "-1.05", 7: None}, {}),
        (PRICE, "type: money, min: 0", {1: 1250, 2: 999, 3: None, 7: None}, {3: "-1.05"}),
        (PRICE, "type: decimal, places: 1", {1: 125, 2: 100, 3: -11, 7: None}, {2: "9.99", 3: "-1.05"}),
        (BOUGHT, "type: text", {1: "2024-02-29", 2: "2025-01-01", 3: None, 7: None}, {}),
        (BOUGHT, "type: month", {1: "2024-02", 2: "2025-01", 3: None, 7: None}, None),
        (STATE, "type: text", {1: "free", 2: "lent", 3: "broken", 7: None}, {}),
        (STATE, "type: choices, of: tool_state", {1: "|free|", 2: "|lent|", 3: "|broken|", 7: None}, {}),
        (STATE, "type: date", {1: None, 2: None, 3: None, 7: None}, {1: "free", 2: "lent", 3: "broken"}),
    ],
)
def test_a_value_that_does_not_convert_is_set_aside(workshop: Workshop, old, new, values, lost):
    name = old.partition(":")[0]
    tail = old[old.index(", label:") :]
    step = only(workshop.to((old, f"{name}: {{{new}{tail}")))
    if lost is not None:
        assert step.lost == len(lost)
    if step.kind == "convert" and lost:
        assert set(step.samples) == set(lost.values())
    workshop.go(allow=(step.name,))
    if lost is None:
        return
    assert workshop.column("tool", name) == values
    assert {row[1]: json.loads(row[3]) for row in workshop.aside()} == lost
    assert not workshop.to().pending


def test_text_converts_to_days_in_the_ways_people_write_them(workshop: Workshop):
    workshop.rows("UPDATE tool SET weight = '2024年2月29日' WHERE id = 1 RETURNING id")
    step = only(workshop.to((WEIGHT, WEIGHT.replace("type: text", "type: date"))))
    assert step.lost == 2 and "2 of 3 values would not convert" in step.sentence.to("en")
    workshop.go(allow=(step.name,))
    assert workshop.column("tool", "weight")[1] == "2024-02-29"


def test_text_converts_to_a_choice_by_code_and_by_label(workshop: Workshop):
    workshop.rows("UPDATE tool SET weight = CASE id WHEN 1 THEN 'free' WHEN 2 THEN '借出' END RETURNING id")
    workshop.go((WEIGHT, WEIGHT.replace("type: text", "type: choice, of: tool_state")), allow=("convert:tool.weight",))
    assert workshop.column("tool", "weight") == {1: "free", 2: "lent", 3: None, 7: None}


def test_text_converts_to_a_link_by_the_title(workshop: Workshop):
    workshop.rows("UPDATE tool SET weight = CASE id WHEN 1 THEN 'South' WHEN 2 THEN 'East' END RETURNING id")
    workshop.go((WEIGHT, WEIGHT.replace("type: text", "type: ref, to: shed")), allow=("convert:tool.weight",))
    assert workshop.column("tool", "weight_id") == {1: 2, 2: None, 3: None, 7: None}
    assert workshop.aside() == [("tool", 2, "weight", '"East"', "convert")]


def test_a_link_converts_to_the_title_it_stood_for(workshop: Workshop):
    workshop.go((SHED, SHED.replace("type: ref, to: shed", "type: text")), allow=("convert:tool.shed",))
    assert workshop.column("tool", "shed") == {1: "North", 2: "North", 3: "South", 7: None}


def test_one_link_becomes_several_and_back(workshop: Workshop):
    one, many = "type: ref, to: shed", "type: refs, to: shed"
    workshop.go((SHED, SHED.replace(one, many)), (ALSO, ALSO.replace(many, one)),
                allow=("convert:tool.shed", "convert:tool.also_in"))  # fmt: skip
    assert workshop.rows("SELECT owner_id, target_id FROM tool__shed ORDER BY 1") == [(1, 1), (2, 1), (3, 2)]
    assert workshop.column("tool", "also_in_id") == {1: 2, 2: None, 3: None, 7: None}
    assert workshop.aside() == [("tool", 2, "also_in", "[1, 2]", "convert")]
    with pytest.raises(Exception, match=r"(?i)foreign key|violates"):
        workshop.rows("DELETE FROM shed WHERE id = 2 RETURNING id")


def test_a_link_to_another_entity_looks_for_the_same_title_there(workshop: Workshop):
    van = (
        "\n  shed:",
        "\n  van:\n    label: {zh: 车, en: Van}\n    title: '{name}'\n"
        "    fields: {name: {type: text, label: {zh: 名, en: Name}}}\n"
        "    access: {read: {admin: all}}\n  shed:",
    )
    workshop.go(van)
    workshop.insert("van", {"id": 5, "name": "South"})
    step = only(workshop.to((SHED, SHED.replace("to: shed", "to: van"))))
    assert (step.name, step.lost) == ("convert:tool.shed", 2)
    workshop.go(allow=(step.name,))
    assert workshop.column("tool", "shed_id") == {1: None, 2: None, 3: 5, 7: None}
    with pytest.raises(Exception, match=r"(?i)foreign key|violates"):
        workshop.insert("tool", {"code": "B1", "shed_id": 1})


def test_an_option_that_is_gone_while_used_clears_the_values_it_had(workshop: Workshop):
    plan = workshop.to((BROKEN, ""), ("lent: {zh: 借出, en: Lent}", "out: {zh: 外借, en: Out}"))
    assert {step.name: step.lost for step in plan.steps if step.kind == "choice"} == {
        "choice:tool.state.broken": 1,
        "choice:tool.state.lent": 1,
        "choice:tool.states.lent": 2,
    }
    workshop.go(allow=tuple(step.name for step in plan.steps))
    assert workshop.column("tool", "state") == {1: "free", 2: None, 3: None, 7: None}
    assert workshop.column("tool", "states") == {1: "|free|", 2: None, 3: None, 7: None}
    assert ("tool", 1, "states", '["free", "lent"]', "choice") in workshop.aside()


def test_an_option_that_nobody_used_goes_without_a_word(workshop: Workshop):
    workshop.rows("UPDATE tool SET state = NULL WHERE state = 'broken' RETURNING id")
    plan = workshop.go((BROKEN, ""))
    assert plan.steps == ()
    assert not workshop.to().pending


def test_an_option_lives_on_in_the_one_that_has_its_code_as_an_alias(workshop: Workshop):
    out = "out: {zh: 外借, en: Out, aliases: [lent]}"
    plan = workshop.go(("lent: {zh: 借出, en: Lent}", out))
    assert [step.name for step in plan.steps][:2] == ["recode:tool.state.lent", "recode:tool.states.lent"]
    assert workshop.column("tool", "state")[2] == "out"
    assert workshop.column("tool", "states") == {1: "|free|out|", 2: "|out|", 3: None, 7: None}
    assert workshop.aside() == []


def test_a_required_option_that_is_gone_falls_back_to_the_default(workshop: Workshop):
    required = STATE.replace("of: tool_state,", "of: tool_state, required: true, default: free,")
    workshop.go((STATE, required))
    workshop.go((BROKEN, ""), allow=("choice:tool.state.broken",))
    assert workshop.column("tool", "state") == {1: "free", 2: "lent", 3: "free", 7: "free"}


def test_everything_that_needs_a_word_is_listed_at_once(workshop: Workshop):
    with pytest.raises(MigrationRefused) as refused:
        workshop.go((COLOUR, ""), (LIST, "list: [title, price, state]"), (BROKEN, ""),
                    (WEIGHT, WEIGHT.replace("text", "integer")), allow=("drop:tool.colour",))  # fmt: skip
    assert [step.name for step in refused.value.steps] == ["convert:tool.weight", "choice:tool.state.broken"]
    assert refused.value.plan.unknown(["drop:tool.color", "drop:tool.colour"]) == ("drop:tool.color",)
    lines = refused.value.text.to("zh").splitlines()
    assert lines[1] == (
        "- tool.weight：由 text 转为 integer，3 个值中有 2 个无法转换（例如 “3.5”、“九十斤”）"
        " (允许：--allow convert:tool.weight)"
    )
