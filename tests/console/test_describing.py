"""``check`` and ``migrate`` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

SCHEMA = """\
office: {name: {zh: 小店, en: Shop}}
roles: {clerk: {label: {zh: 店员, en: Clerk}}}
accounts: {manage: [clerk]}
menus: {shop: {label: {zh: 小店, en: Shop}}}
entities:
  ware:
    label: {zh: 货, en: Ware}
    menu: shop
    title: "{name}"
    fields:
      name: {type: text, required: true, label: {zh: 名, en: Name}}
      price: {type: money, label: {zh: 价, en: Price}}
    access: {read: [clerk], create: [clerk]}
"""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SCHEMA)
    return path


@pytest.fixture
def changed(schema: Path) -> Any:
    """Writes the schema anew with one piece of text replaced; it lies beside, as a later version of the same."""
    versions = iter(range(10))

    def change(old: str, new: str) -> Path:
        later = schema.with_name(f"shop-{next(versions)}.yaml")
        later.write_text(SCHEMA.replace(old, new))
        return later

    return change


def test_a_setting_that_no_rule_goes_by_is_said_by_the_check_and_stops_the_start(command: Any, schema: Path) -> None:
    schema.write_text(f"{SCHEMA}settings:\n  dunnin: {{levels: []}}\n")
    said = "shop.yaml:15:3 settings.dunnin: unknown setting 'dunnin', did you mean 'dunning'?\n"
    assert (command("check", schema=schema).code, command("check", schema=schema).out) == (2, said)
    assert (command("count", "ware", schema=schema).code, command("count", "ware", schema=schema).said) == (2, said)


def test_a_good_schema_says_so(command: Any, schema: Path) -> None:
    answer = command("check", schema=schema)
    assert (answer.code, answer.said) == (0, "")
    assert "all well (1 entities" in answer.out


def test_every_mistake_is_a_line_with_its_place(command: Any, changed: Any) -> None:
    wrong = changed("type: money, ", "type: mony}\n      size: {typ: text, ")
    answer = command("check", schema=wrong)
    assert answer.code == 2
    lines = answer.out.splitlines()
    assert len(lines) == 2
    assert [line.partition(" ")[0] for line in lines] == [f"{wrong.name}:12:21", f"{wrong.name}:13:14"]
    assert "did you mean 'money'?" in answer.out
    assert command("--json", "check", schema=wrong).json == {"ok": False, "problems": lines}


def test_other_commands_say_the_same_lines_and_do_nothing(command: Any, changed: Any, var: Path) -> None:
    answer = command("count", "ware", schema=changed("type: money", "type: mony"))
    assert (answer.code, answer.out) == (2, "")
    assert "did you mean 'money'?" in answer.line
    assert not var.exists()


def test_an_action_without_an_operation_is_named(command: Any, changed: Any) -> None:
    action = "actions: {polish: {label: {zh: 擦, en: Polish}, by: [clerk]}}\n    access:"
    answer = command("count", "ware", schema=changed("access:", action))
    assert answer.code == 2
    assert "ware.polish" in answer.line


def test_a_missing_schema_is_a_line(command: Any, tmp_path: Path) -> None:
    answer = command("check", schema=tmp_path / "none.yaml")
    assert answer.code == 2
    assert "none.yaml" in answer.out


def test_nothing_to_migrate_says_so(command: Any, schema: Path) -> None:
    answer = command("migrate", "--plan", schema=schema)
    assert (answer.code, answer.out) == (0, "the database fits the schema; nothing to do\n")


def test_a_field_more_is_added_by_itself(command: Any, schema: Path, changed: Any) -> None:
    command("count", "ware", schema=schema)
    more = changed("      price:", "      colour: {type: text, label: {zh: 色, en: Colour}}\n      price:")
    planned = command("--json", "migrate", "--plan", schema=more).json
    assert [step["safe"] for step in planned["steps"]] == [True]
    assert command("count", "ware", "--where", "colour == null", schema=more).code == 0
    assert command("--json", "migrate", schema=more).json["steps"] == []


def test_a_field_less_needs_a_word_and_then_goes(command: Any, schema: Path, changed: Any) -> None:
    command("count", "ware", schema=schema)
    less = changed("      price: {type: money, label: {zh: 价, en: Price}}\n", "")
    planned = command("migrate", "--plan", schema=less)
    assert planned.code == 2
    assert "needs --allow" in planned.out
    name = command("--json", "migrate", "--plan", schema=less).json["steps"][0]["name"]
    assert command("count", "ware", schema=less).code == 2
    assert command("migrate", schema=less).code == 2
    assert command("migrate", "--allow", name, schema=less).code == 0
    assert command("count", "ware", schema=less).code == 0


def test_an_unknown_step_is_refused(command: Any, schema: Path) -> None:
    answer = command("migrate", "--allow", "drop:everything", schema=schema)
    assert answer.code == 2
    assert "drop:everything" in answer.line
