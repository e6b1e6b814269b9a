"""Settings: a rule gives a name a shape, and what does not fit is said where it stands."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import schema.settings
from schema.problems import SchemaErrors
from schema.settings import claim, setting, wrong
from schema.text import Text
from schema.written import Part, Words, say

STOCK = (Path(__file__).parent / "stock.yaml").read_text(encoding="utf-8")


class Step(Part):
    after: int
    say: Words


class Fine(Part):
    per_day: Decimal
    most: Decimal
    steps: tuple[Step, ...] = ()


class Hours(Part):
    open: int = 9


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Only the fine is claimed."""
    monkeypatch.setattr(schema.settings, "_known", {})
    monkeypatch.setattr(schema.settings, "_checks", {})
    setting("fine")(Fine)


def said(read, name="fine", model=Fine, locale="en"):
    """What is said when the setting is claimed."""
    with pytest.raises(SchemaErrors) as refused:
        claim(read, name, model)
    return [problem.to(locale) for problem in refused.value.problems]


def test_a_setting_comes_in_the_shape_of_its_rule(loaded):
    fine = claim(loaded(STOCK), "fine", Fine)
    assert (fine.per_day, fine.most) == (Decimal("0.20"), Decimal(5))
    assert [(step.after, say(step.say)) for step in fine.steps] == [
        (7, Text("first", "first")),
        (30, Text("last", "last")),
    ]


def test_a_setting_left_out_has_its_defaults_or_is_missed(loaded):
    read = loaded(STOCK)
    assert claim(read, "hours", Hours).open == 9
    assert said(read, "dues") == ["schema.yaml:1:1 settings: the setting 'dues' is missing"]


MISTAKES = [
    ("per_day: 0.20", "per_dya: 0.20", "69:10 settings.fine.per_dya: unknown key 'per_dya', did you mean 'per_day'?"),
    ("most: 5", "most: lots", "69:31 settings.fine.most: should be a number, not 'lots'"),
    ("most: 5, ", "", "69:3 settings.fine: 'most' is missing"),
    ("after: 30", "after: soon", "69:74 settings.fine.steps[2].after: should be a whole number, not 'soon'"),
    ("say: last", "sya: last", "69:78 settings.fine.steps[2].sya: unknown key 'sya', did you mean 'say'?"),
]


@pytest.mark.parametrize(("right", "wrongly", "line"), MISTAKES)
def test_a_mistake_is_said_where_it_stands(loaded, right, wrongly, line):
    read = loaded(STOCK.replace(right, wrongly))
    assert said(read) == [f"schema.yaml:{line}"]
    assert [str(problem) for problem in wrong(read)] == [f"schema.yaml:{line}"]
    assert said(read) == [f"schema.yaml:{line}"], "a claim leaves the schema as it was"


def test_it_is_said_in_the_included_file(loaded):
    main = "include: more.yaml\nentities: {pen: {fields: {name: {type: text}}}}"
    read = loaded(main, {"more.yaml": "settings:\n  fine: [1]\n"})
    assert said(read, locale="zh") == ["more.yaml:2:9 settings.fine: 应为一组“名称: 值”，而不是 一个列表"]


def test_a_setting_that_no_rule_goes_by_is_a_problem(loaded):
    read = loaded(STOCK.replace("  fine: {", "  fines: {"))
    assert [str(p) for p in wrong(read)] == ["schema.yaml:69:3 settings.fines: unknown setting 'fines', "
                                             "did you mean 'fine'?"]  # fmt: skip


def test_a_name_belongs_to_one_rule():
    other = type("Other", (Part,), {"__module__": "elsewhere"})
    with pytest.raises(ValueError, match="two settings are called 'fine'"):
        setting("fine")(other)


def test_what_does_not_fit_the_schema_is_said_where_it_stands(loaded):
    def check(schema, fine):
        yield from (
            (("steps", n, "say"), Text("没有", "no pen says so")) for n, one in enumerate(fine.steps) if one.after > 7
        )

    setting("fine", check)(Fine)
    read = loaded(STOCK)
    assert [str(p) for p in wrong(read)] == ["schema.yaml:69:83 settings.fine.steps[2].say: no pen says so"]
    broken = loaded(STOCK.replace("most: 5", "most: lots"))
    assert [p.path for p in wrong(broken)] == ["settings.fine.most"], "the shape comes first"
