"""One mistake in a schema is one line that says where it stands, what is wrong, and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
STOCK = (HERE / "stock.yaml").read_text(encoding="utf-8")


def mistakes():
    """Every block of mistakes.txt: (right, wrong, what is said)."""
    for block in (HERE / "mistakes.txt").read_text(encoding="utf-8").split("\n\n")[1:]:
        yield tuple(line[2:].replace("⏎", "\n") for line in block.strip().splitlines())


@pytest.mark.parametrize(("right", "wrong", "line"), list(mistakes()))
def test_a_mistake_is_one_line(said, right, wrong, line):
    assert right in STOCK
    assert said(STOCK.replace(right, wrong, 1)) == [f"schema.yaml:{line}"]


def test_what_is_right_has_no_problems(said):
    assert said(STOCK) == []


def test_it_is_said_in_chinese_too(said):
    wrong = STOCK.replace("type: money, default", "type: mony, default").replace("price < 50", "prise < 50")
    assert said(wrong, locale="zh") == [
        "schema.yaml:30:21 book.price: 没有类型“mony”，是不是“money”？",
        "schema.yaml:51:79 book.workflow.steps.lend.that: book 没有字段 'prise'，是不是 'price'？",
    ]


def test_a_name_misspelt_where_it_is_given_is_one_line_with_all_its_places(said):
    assert said(STOCK.replace("      price: {type: money", "      prise: {type: money")) == [
        "schema.yaml:22:35 shelf.worth.of: book has no field 'price', did you mean 'prise'? "
        "(also at 34:35, 36:67, 38:28, 40:66, 44:16, 46:21, 46:92, 51:79, 51:112, 56:48, 65:15)"
    ]
    assert said(STOCK.replace("  clerk: {label", "  clark: {label"))[0].startswith(
        "schema.yaml:6:34 accounts.read: unknown role 'clerk', did you mean 'clark'? (also at "
    )


RESERVED = {
    "save": "'save' is used by the program itself, choose another such as 'save_'",
    "select": "'select' is used by the program itself, choose another such as 'select_'",
    "validate": "'validate' is used by the program itself, choose another such as 'validate_'",
    "csrf_token": "'csrf_token' is used by the program itself, choose another such as 'csrf_token_'",
    "list_form_pk": "'list_form_pk' is used by the program itself, choose another such as 'list_form_pk_'",
    "clone": "'clone' is used by the program itself, choose another such as 'clone_'",
    "data": "'data' is used by the program itself, choose another such as 'data_'",
    "id": "'id' is part of every record already, choose another name",
    "version": "'version' is part of every record already, choose another name",
    "title_order": "'title_order' is part of every record already, choose another name",
    "changed_by": "'changed_by' is part of every record already, choose another name",
    "today": "'today' has a meaning in expressions, choose another name",
    "parent": "'parent' has a meaning in expressions, choose another name",
    "class": "'class' is a word of Python, choose another name",
    "_hidden": "the name '_hidden' must be lower-case letters, digits and single '_', starting with a letter, "
    "48 characters at most, such as 'floor_area'",
    "floor__area": "the name 'floor__area' must be lower-case letters, digits and single '_', starting with a letter, "
    "48 characters at most, such as 'floor_area'",
    "Area": "the name 'Area' must be lower-case letters, digits and single '_', starting with a letter, "
    "48 characters at most, such as 'floor_area'",
}


@pytest.mark.parametrize("name", RESERVED)
def test_a_name_that_is_taken_is_refused(said, name):
    text = f"entities: {{pen: {{title: x, fields: {{{name}: {{type: text}}, name: {{type: text}}}}}}}}"
    assert said(text) == [f"schema.yaml:1:37 pen.{name}: {RESERVED[name]}"]


@pytest.mark.parametrize("name", ["title", "number", "note", "state", "name", "size", "kind", "role"])
def test_common_names_are_free(said, name):
    assert said(f"entities: {{pen: {{fields: {{{name}: {{type: text}}}}}}}}") == []


NOT_YAML = {
    "a: {b: 1\nc: 2": "2:2: not valid YAML: a ',' or '}' is missing before this; quote a text with ':' or ',' in it",
    "a:\n  b: 1\n c: 2\n": "3:2: not valid YAML: the indent does not fit the lines above",
    "a:\n\tb: 1\n": "2:1: not valid YAML: there is a tab; indent with spaces",
    "a: b: c": "1:5: not valid YAML: a ':' too many or a wrong indent; quote a text with ':' in it",
    'a: "b': "1:6: not valid YAML: a quote is not closed",
    "a: *b": "1:4: not valid YAML: there is no anchor 'b'",
    "- a": "1:1: the file must be a map of 'name: value'",
    "": "1:1: 'entities' is missing: there must be at least one entity",
    "roles: {clerk: {}}": "1:1: 'entities' is missing: there must be at least one entity",
}


@pytest.mark.parametrize("text", NOT_YAML)
def test_what_is_no_yaml_is_said_plainly(said, text):
    assert said(text) == [f"schema.yaml:{NOT_YAML[text]}"]


def test_a_key_written_twice_names_both_places(said):
    assert said("entities:\n  pen: {fields: {a: {type: text}, a: {type: text}}}\n  pen: {}\n") == [
        "schema.yaml:2:35 pen.a: 'a' is written twice, first at schema.yaml:2:18",
        "schema.yaml:3:3 pen: 'pen' is written twice, first at schema.yaml:2:3",
    ]


def test_a_name_in_two_files_names_both_places(said):
    main = "include: more.yaml\nentities: {pen: {fields: {a: {type: text}}}}"
    assert said(main, {"more.yaml": "entities:\n  pen: {fields: {}}"}) == [
        "more.yaml:2:3 pen: 'pen' is written twice, first at schema.yaml:2:12"
    ]


def test_problems_of_an_included_file_stand_in_it(said):
    main = "include: [deep/more.yaml]\nentities: {pen: {fields: {a: {type: txt}}}}"
    assert said(main, {"deep/more.yaml": "entities:\n  ink: {fields: {a: {type: ref, to: pem}}}"}) == [
        "schema.yaml:2:37 pen.a: unknown type 'txt', did you mean 'text'?",
        "deep/more.yaml:2:37 ink.a.to: unknown entity 'pem', did you mean 'pen'?",
    ]


def test_a_missing_file_is_said_where_it_is_asked_for(said):
    assert said("include: [gone.yaml]\nentities: {}") == [
        "schema.yaml:1:11: cannot read gone.yaml (No such file or directory)"
    ]


def test_a_file_in_another_encoding_is_said(tmp_path):
    import schema

    (tmp_path / "schema.yaml").write_bytes("a: 片区".encode("gbk"))
    assert [str(p) for p in schema.check(tmp_path / "schema.yaml")] == [
        "schema.yaml:1:1: schema.yaml is not UTF-8 (byte 6)"
    ]
    assert [str(p) for p in schema.check(tmp_path / "none.yaml")] == [
        "none.yaml:1:1: cannot read none.yaml (No such file or directory)"
    ]


def lines_of(said, fields):
    """What is said of the fields of one entity, without the file name."""
    return [line.removeprefix("schema.yaml:") for line in said("entities:\n a:\n  fields:\n" + fields)]


def test_formulas_in_a_circle_are_refused(said):
    assert lines_of(
        said, "   x: {type: formula, is: y + 1, gives: integer}\n   y: {type: formula, is: x, gives: integer}\n"
    ) == ["4:27 a.x.is: formulas go in a circle: a.x → a.y → a.x"]


def test_a_stored_formula_does_not_change_by_itself(said):
    assert lines_of(said, "   x: {type: formula, is: today + 1, gives: date, stored: true}\n") == [
        "4:51 a.x.stored: a stored formula cannot use today, now, actor or has_role: its value would change by itself"
    ]


def test_titles_in_a_circle_are_refused(said):
    text = """
entities:
  a: {title: "{b}", fields: {b: {type: ref, to: b}}}
  b: {title: "{c}", fields: {c: {type: ref, to: a}}}
"""
    assert said(text) == ["schema.yaml:3:14 a.title: titles go in a circle: a → b → a"]


def test_a_count_says_through_which_field_when_there_are_two(said):
    text = """
entities:
  a: {fields: {n: {type: text}, c: {type: count, of: b}}}
  b: {fields: {x: {type: ref, to: a}, y: {type: ref, to: a}}}
"""
    assert said(text) == [
        "schema.yaml:3:54 a.c.of: b points at a through several fields; write {of: b, via: …} with one of: x, y"
    ]
    assert said(text.replace("of: b}", "of: b, via: y}")) == []
    assert said(text.replace("of: b}", "of: b, via: z}")) == [
        "schema.yaml:3:62 a.c.via: unknown field 'z', there are: changed_at, changed_by, created_at, created_by, x, y"
    ]


def test_an_earlier_name_belongs_to_one_field(said):
    assert lines_of(said, "   x: {type: text, was: [y, z]}\n   y: {type: text}\n   v: {type: text, was: z}\n") == [
        "4:26 a.x.was: 'y' is still in use, so it cannot be an earlier name",
        "6:25 a.v.was: 'z' is already the earlier name of 'x'",
    ]


def test_an_alias_means_one_thing(said):
    assert lines_of(said, "   x: {type: text, aliases: [号]}\n   y: {type: text, aliases: 号}\n") == [
        "5:29 a.y.aliases: '号' already means 'x'"
    ]


def test_a_field_does_not_take_the_column_of_a_ref(said):
    assert lines_of(said, "   x: {type: ref, to: user}\n   x_id: {type: text}\n") == [
        "5:4 a.x_id: 'x_id' is the column of the ref field 'x' already, choose another name"
    ]


def test_what_is_unique_is_one_plain_value(said):
    assert lines_of(said, "   x: {type: refs, to: user, unique: true}\n") == [
        "4:38 a.x.unique: 'x' (type refs) cannot be part of something unique"
    ]


def test_two_mistakes_in_one_part_are_two_lines(said):
    assert lines_of(
        said,
        "   x: {type: text, requird: true, max: many}\n   y: {type: integer, min: 1.5, unit: 件, label: {zh: 一}}\n",
    ) == [
        "4:20 a.x.requird: unknown key 'requird', did you mean 'required'?",
        "4:40 a.x.max: should be a whole number, not 'many'",
        "5:28 a.y.min: should be a whole number, not 1.5",
        "5:42 a.y.label: 'en' is missing",
    ]


def test_a_column_inside_a_quoted_expression_is_right(said):
    assert lines_of(said, """   floor: {type: text, shown: 'floor == ''a'' and flor'}\n""") == [
        "4:51 a.floor.shown: a has no field 'flor', did you mean 'floor'?"
    ]
