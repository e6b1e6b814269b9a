"""What a schema means once it is read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import schema
from schema.expressions import Expression
from schema.problems import SchemaErrors
from schema.spec import FieldRule, FormSection, Tab, TitlePart
from schema.spec_board import Board
from schema.spec_layouts import LayoutColumn, LayoutMatch
from schema.text import Text

STOCK = (Path(__file__).parent / "stock.yaml").read_text(encoding="utf-8")


@pytest.fixture
def library(loaded):
    return loaded(STOCK)


def test_office_roles_menus_and_choices_are_as_written(library):
    assert library.office.name == Text("图书馆", "Library")
    assert library.office.timezone == "Europe/Berlin"
    assert library.roles["chief"].label == Text("馆长", "馆长")
    assert library.menus["stock"].icon == "book"
    assert library.choices["state"]["in"].aliases == ("在架",)
    assert library.choices["state"]["out"].color == "blue"
    assert len(library.digest) == 64


def test_an_entity_has_its_labels_title_and_spellings(library):
    shelf = library.entities["shelf"]
    assert (shelf.label.en, shelf.plural.en, shelf.menu) == ("Shelf", "Shelves", "stock")
    assert shelf.title == (TitlePart(field="room"), TitlePart(text="-"), TitlePart(field="code"))
    assert shelf.spellings == (
        (TitlePart(field="room"), TitlePart(text="室"), TitlePart(field="code"), TitlePart(text="架")),
    )
    assert shelf.key == ("room", "code")
    assert (library.entities["book"].label, library.entities["book"].plural) == (
        Text("Book", "Book"),
        Text("Book", "Books"),
    )


def test_without_a_title_a_record_is_called_by_its_key(library):
    assert library.entities["book"].title == (TitlePart(field="name"),)


def test_every_entity_has_the_system_fields(library):
    fields = library.entities["book"].fields
    assert [name for name, field in fields.items() if field.system] == [
        "created_at",
        "created_by",
        "changed_at",
        "changed_by",
    ]
    assert fields["created_by"].readonly


def test_a_default_is_a_value_or_an_expression(library):
    fields = library.entities["book"].fields
    assert fields["price"].default == Decimal("12.5")
    assert isinstance(fields["bought"].default, Expression)
    assert fields["keeper"].default.to == "user"
    assert fields["state"].default == "in"


def test_the_workflow_field_moves_only_by_its_steps(library):
    book = library.entities["book"]
    assert book.fields["state"].readonly
    lend = book.workflow.steps["lend"]
    assert (lend.from_, lend.to, lend.by, lend.needs, lend.ask) == (("in",), "out", {"clerk"}, ("shelf",), ("note",))
    assert lend.that.source == "price < 50"
    assert lend.set["price"] == Decimal(3)
    assert lend.set["bought"].kind == "date"
    assert book.workflow.steps["back"].comment


def test_conditions_of_a_field_are_expressions(library):
    note = library.entities["book"].fields["note"]
    assert note.required is False
    assert note.required_if.paths == ("price",)
    assert note.shown_if.paths == ("state",)


def test_counts_sums_and_formulas_have_their_expression(library):
    shelf, book = library.entities["shelf"].fields, library.entities["book"].fields
    assert shelf["books"].type.expression.source == "count(book, state == 'in')"
    assert (shelf["worth"].type.gives.name, shelf["worth"].type.places) == ("money", 2)
    assert (book["double"].type.expression.places, book["double"].type.gives.name) == (2, "money")


def test_a_column_is_sortable_where_an_index_can_hold_its_order(library):
    book = library.entities["book"].fields
    assert {name for name, field in book.items() if field.sortable} == {"state", "price", "double"}
    assert not library.entities["shelf"].fields["books"].sortable


def test_filters_are_those_of_the_list_unless_they_are_named(library):
    assert library.entities["book"].show.filter == ("state", "price", "double", "age")
    assert library.entities["book"].fields["name"].filterable is False


def test_the_form_has_sections(library):
    assert library.entities["book"].show.form == (
        FormSection(None, ("name", "shelf")),
        FormSection(Text("钱", "Money"), ("price",)),
        FormSection(None, ("note",)),
    )
    assert library.entities["shelf"].show.form == (FormSection(None, ("room", "code")),)


def test_a_tab_finds_the_field_that_points_here(library):
    assert library.entities["shelf"].show.tabs == (Tab("book", "shelf"),)
    assert [(e.name, f.name) for e, f in library.children_of("shelf")] == [("book", "shelf")]


def test_a_board_that_names_nothing_takes_the_states_that_are_left_and_the_first_of_the_list(loaded):
    before = "      form: [name, shelf"

    def board(words):
        return loaded(STOCK.replace(before, f"      board: {words}\n{before}", 1)).entities["book"].show.board

    assert board("{}") == Board(lanes=("in", "out"), cards=("price", "double", "age"))
    written = "{lanes: [out, in], cards: price, by: state, sort: -price, drops: {out: weed, in: back}}"
    assert board(written) == Board(("out", "in"), ("price",), "state", "-price", {"out": "weed", "in": "back"})
    assert board("{sort: bought}").sort == "bought", "it need not stand in the list"
    assert loaded(STOCK).entities["book"].show.board is None


def test_a_star_is_every_role_and_a_named_role_goes_before_it(library):
    shelf, book = library.entities["shelf"].access, library.entities["book"].access
    assert shelf.grants["read"] == {"clerk": "all", "chief": "all"}
    assert shelf.grants["delete"] == {}
    assert book.grants["update"] == {"clerk": "own", "chief": "all"}
    assert book.fields["price"] == FieldRule(mask=frozenset({"clerk"}), lock=frozenset({"clerk", "chief"}))


def test_checks_actions_and_filters_are_there(library):
    book = library.entities["book"]
    assert book.checks[0].fields == ("price",)
    assert book.checks[0].position.line == 46
    assert book.actions["weed"].ask["why"].required
    assert book.actions["weed"].by == {"chief"}
    assert book.filters["dear"].my_day
    assert book.filters["dear"].roles == {"chief"}


def test_a_layout_has_its_parts_in_order(library):
    stock = library.imports["stock"]
    assert list(stock.parts) == ["shelf", "book"]
    assert stock.parts["shelf"].columns["code"] == LayoutColumn("code", ("架",), required=True)
    assert stock.parts["shelf"].match == (LayoutMatch(by=("room", "code")),)
    assert stock.parts["book"].links == {"shelf": "shelf"}
    assert stock.parts["book"].set == {"price": Decimal(5)}
    assert stock.aliases == {"book.state": {"借": "out"}}


def test_accounts_are_an_entity_with_the_access_the_schema_gives(library):
    user = library.entities["user"]
    assert user.builtin
    assert user.menu == "stock"
    assert user.access.grants["read"] == {"clerk": "all", "chief": "all"}
    assert user.access.grants["update"] == {"chief": "all"}
    assert user.access.grants["delete"] == {}
    assert list(user.fields["roles"].type.choices) == ["clerk", "chief"]
    assert user.key == ("username",)


def test_a_layout_finds_a_record_through_another(loaded):
    read = loaded("""
entities:
  person: {fields: {name: {type: text}, number: {type: text}}}
  flat: {key: [door], fields: {door: {type: text, required: true}}}
  stay:
    fields:
      flat: {type: ref, to: flat}
      person: {type: ref, to: person}
      until: {type: date}
imports:
  people:
    rows:
      flat: {columns: {door: 门}}
      guest:
        entity: person
        columns: {name: 姓名, number: 号}
        match: [{via: stay, link: person, where: {flat: flat}, that: until == null, by: name}, {by: number}]
      stay:
        links: {flat: flat, person: guest}
        match: {by: [flat, person], that: until == null}
        update: false
""")
    guest = read.imports["people"].parts["guest"]
    assert guest.entity == "person"
    assert (guest.match[0].via, guest.match[0].via_link) == ("stay", "person")
    assert guest.match[0].via_where == {"flat": "flat"}
    assert guest.match[0].that.entity == "stay"
    assert guest.match[1] == LayoutMatch(by=("number",))
    stay = read.imports["people"].parts["stay"]
    assert stay.update is False
    assert (stay.match[0].via, stay.match[0].that.entity) == ("", "stay")


def test_a_schema_may_lie_in_several_files(loaded):
    read = loaded(
        "include: [more/books.yaml]\nroles: {clerk: {}}\nentities: {shelf: {fields: {name: {type: text}}}}",
        {
            "more/books.yaml": "include: rooms.yaml\nentities: {book: {fields: {shelf: {type: ref, to: shelf}}}}",
            "more/rooms.yaml": "roles: {chief: {}}\nentities: {room: {fields: {name: {type: text}}}}",
        },
    )
    assert list(read.entities) == ["shelf", "book", "room", "user"]
    assert list(read.roles) == ["clerk", "chief"]
    assert read.entities["book"].position.file == "more/books.yaml"


def test_its_digest_changes_with_every_file(loaded):
    text, more = "include: more.yaml\nentities: {a: {fields: {b: {type: text}}}}", {"more.yaml": "roles: {x: {}}"}
    first = loaded(text, more).digest
    assert loaded(text, more).digest == first
    assert loaded(text, {"more.yaml": "roles: {y: {}}"}).digest != first


def test_yaml_words_keep_their_meaning(loaded):
    """`no` and `on` are words, 012 is no number, and an anchor may be used again."""
    read = loaded("""
choices: {answer: {no: {zh: 否, en: No}, on: {zh: 开, en: On}, 012: {zh: 十二, en: Twelve}}}
entities:
  a:
    fields:
      one: &plain {type: text, max: 10}
      two: *plain
      three: {<<: *plain, required: true}
      answer: {type: choice, of: answer, default: no}
""")
    assert list(read.choices["answer"]) == ["no", "on", "012"]
    fields = read.entities["a"].fields
    assert fields["three"].required
    assert fields["two"].type.options.max == 10
    assert fields["answer"].default == "no"


def test_a_small_entity_is_enough(loaded):
    read = loaded("entities: {pen: {fields: {name: {type: text}, price: {type: money}, photo: {type: photos}}}}")
    pen = read.entities["pen"]
    assert pen.show.list == ("title", "name", "price")
    assert pen.show.search == ("title",)
    assert pen.show.sort == "-id"
    assert pen.show.form[0].fields == ("name", "price", "photo")


def test_all_problems_come_in_one_error(tmp_path):
    file = tmp_path / "schema.yaml"
    file.write_text("entities: {pen: {fields: {name: {type: txt}, price: {type: mony}}}}", encoding="utf-8")
    with pytest.raises(SchemaErrors) as caught:
        schema.load(str(file))
    assert str(caught.value).splitlines() == [
        "schema.yaml:1:40 pen.name: unknown type 'txt', did you mean 'text'?",
        "schema.yaml:1:60 pen.price: unknown type 'mony', did you mean 'money'?",
    ]
    assert caught.value.to("zh").splitlines()[0] == "schema.yaml:1:40 pen.name: 没有类型“txt”，是不是“text”？"
