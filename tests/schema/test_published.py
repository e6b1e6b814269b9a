"""What is written from the code for editors and readers is right, and current."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from schema import json_schema, reference
from schema.compile_fields import written_types
from schema.source import read
from tests.schema.plain_data import plain

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def validator():
    shape = json_schema.json_schema()
    jsonschema.Draft7Validator.check_schema(shape)
    return jsonschema.Draft7Validator(shape)


@pytest.mark.parametrize("file", ["schema.yaml", "tests/library.yaml", "tests/schema/stock.yaml"])
def test_an_editor_finds_nothing_wrong_with_a_right_schema(validator, file):
    assert [error.message for error in validator.iter_errors(plain(read(ROOT / file).data))] == []


@pytest.mark.parametrize(
    "field",
    [
        {"type": "decimel"},
        {"type": "decimal", "plces": 2},
        {"type": "ref"},
        {"type": "text", "places": 2},
        {"type": "money", "required": []},
    ],
)
def test_an_editor_marks_a_wrong_field(validator, field):
    assert not validator.is_valid({"entities": {"a": {"fields": {"b": field}}}})


def test_an_editor_offers_every_type_with_its_words(validator):
    offered = validator.schema["$defs"]["FieldPart"]["properties"]["type"]["anyOf"]
    assert {one["const"] for one in offered} == set(written_types())
    assert all(one["description"] for one in offered)


@pytest.mark.parametrize("module", [json_schema, reference])
def test_what_is_published_is_current(module):
    assert module.publish(module.FILE, module.written(), ["--check"]) == 0


def test_check_says_when_it_is_not_current(tmp_path, capsys):
    file = tmp_path / "schema.md"
    assert reference.publish(file, "new", ["--check"]) == 1
    assert "schema.md is not current" in capsys.readouterr().err
    assert reference.publish(file, "new", []) == 0
    assert reference.publish(file, "new", ["--check"]) == 0


def test_the_reference_has_every_type_key_and_function():
    text = reference.written()
    assert all(f"### `{name}`" in text for name in written_types())
    assert "| `was` |" in text
    assert "`latest(entity.field, where, via='field')`" in text
