"""The form fields of the types: what is posted, what is shown again, what the HTML says to a browser and a reader."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import wtforms
from werkzeug.datastructures import MultiDict

from schema.spec import Field
from schema.text import Text
from schema.types import Context, FieldType
from tests.types.conftest import EN, ZH, make_type


def form(kind: FieldType, posted: Any = None, value: Any = None, context: Context = ZH, required: bool = False) -> Any:
    """A form with the one field ``x`` of that type."""
    field = Field("unit", "x", kind, Text("面积", "Area"), help=Text("平方米", "In m²"), required=required)
    made = type("F", (wtforms.Form,), {"x": kind.form_field(field, context)})
    return made(None if posted is None else MultiDict(posted), data={"x": value})


def test_a_good_value_is_read() -> None:
    filled = form(make_type("decimal", unit="m²"), [("x", "67.01 平方米")])
    assert filled.validate()
    assert filled.x.data == Decimal("67.01")
    assert filled.x.label.text == "面积"
    assert filled.x.description == "平方米"


def test_a_refused_text_stays_in_the_input_beside_the_reason() -> None:
    filled = form(make_type("decimal", unit="m²"), [("x", '九十平"<b>')], context=EN)
    assert not filled.validate()
    assert filled.x.errors == ['“九十平"<b>” is not a number; write digits only, e.g. 12.50']
    html = str(filled.x())
    assert 'value="九十平&#34;&lt;b&gt;"' in html
    assert 'aria-invalid="true"' in html


def test_what_is_required_is_asked_for() -> None:
    filled = form(make_type("text"), [("x", "  ")], required=True)
    assert not filled.validate()
    assert filled.x.errors == ["请填写“面积”"]
    assert "required" in str(filled.x())


def test_a_field_that_is_not_in_the_form_keeps_its_value() -> None:
    filled = form(make_type("text"), [("other", "1")], value="kept")
    assert filled.validate()
    assert filled.x.data == "kept"


def test_an_emptied_field_is_emptied() -> None:
    assert form(make_type("text"), [("x", "")], value="old").x.data is None


@pytest.mark.parametrize(
    ("name", "options", "attributes"),
    [
        ("money", {}, ['inputmode="decimal"', 'value="1234.50"', 'data-unit="元"']),
        ("integer", {}, ['inputmode="numeric"']),
        ("date", {}, ['type="date"', 'min="1800-01-01"']),
        ("datetime", {}, ['type="datetime-local"']),
        ("time", {}, ['type="time"']),
        ("month", {}, ['type="month"']),
        ("email", {}, ['type="email"']),
        ("url", {}, ['type="url"']),
        ("phone", {}, ['type="tel"']),
        ("text", {"max": 7}, ['maxlength="7"']),
        ("long_text", {}, ["<textarea", 'id="x"', 'name="x"']),
        ("photos", {}, ['type="file"', 'accept="image/*"', 'name="x-upload"', "multiple"]),
    ],
)
def test_the_browser_is_told_what_is_expected(name: str, options: dict[str, Any], attributes: list[str]) -> None:
    value = Decimal("1234.50") if name == "money" else None
    html = str(form(make_type(name, **options), value=value).x())
    for attribute in attributes:
        assert attribute in html


def test_a_checkbox_tells_off_from_absent() -> None:
    kind = make_type("boolean")
    assert form(kind, [("x", ""), ("x", "1")]).x.data is True
    assert form(kind, [("x", "")], value=True).x.data is False
    assert form(kind, [("other", "")], value=True).x.data is True
    assert "checked" in str(form(kind, value=True).x())


def test_a_choice_is_a_select_and_keeps_what_was_refused() -> None:
    kind = make_type("choice", of="s")
    assert '<option selected value="let">出租</option>' in str(form(kind, value="let").x())
    assert form(kind, [("x", "let")]).x.data == "let"
    wrong = form(kind, [("x", "闲置")])
    assert not wrong.validate()
    assert '<option selected value="闲置">闲置</option>' in str(wrong.x())


def test_choices_are_labelled_boxes_in_a_group() -> None:
    kind = make_type("choices", of="s")
    assert form(kind, [("x", ""), ("x", "let"), ("x", "vacant")]).x.data == ("vacant", "let")
    assert form(kind, [("x", "")], value=("let",)).x.data is None
    html = str(form(kind, value=("let",)).x(**{"aria-describedby": "x-help"}))
    assert 'role="group"' in html
    assert 'aria-describedby="x-help"' in html
    assert '<label class="form-check-label" for="x-2">出租</label>' in html
    assert not form(kind, [("x", "nonsense")]).validate()


def test_a_rating_is_radio_buttons() -> None:
    kind = make_type("rating")
    assert form(kind, [("x", ""), ("x", "4")]).x.data == 4
    html = str(form(kind, value=4).x())
    assert html.count('type="radio"') == 5
    assert html.count("checked") == 1


def test_a_link_is_posted_by_id_or_found_by_its_text() -> None:
    kind = make_type("ref", to="building")
    assert form(kind, [("x", "2"), ("x-text", "2栋")]).x.data == 2
    assert form(kind, [("x", ""), ("x-text", "1栋")]).x.data == 1
    assert form(kind, [("x", ""), ("x-text", "")], value=1).x.data is None
    wrong = form(kind, [("x", ""), ("x-text", "9栋")])
    assert not wrong.validate()
    assert wrong.x.errors == ["没有“9栋”"]
    assert 'value="9栋"' in str(wrong.x())
    assert not form(kind, [("x", "1 OR 1=1")]).validate()


def test_a_link_is_drawn_as_a_combobox() -> None:
    html = str(form(make_type("ref", to="building"), value=2).x(data_lookup="/unit/ajax/lookup/?field=x"))
    assert 'data-lookup="/unit/ajax/lookup/?field=x"' in html
    assert 'type="hidden" name="x" value="2"' in html or 'name="x" type="hidden" value="2"' in html
    assert 'role="combobox"' in html
    assert 'id="x"' in html
    assert 'value="2栋"' in html


def test_many_links_are_chips_and_more_can_be_typed() -> None:
    kind = make_type("refs", to="building")
    assert form(kind, [("x", ""), ("x", "2"), ("x", "1"), ("x-text", "3-2-1001")]).x.data == (1, 2, 3)
    html = str(form(kind, value=(1, 2)).x())
    assert html.count('class="chip"') == 2
    assert form(kind, [("x", ""), ("x-text", "")], value=(1,)).x.data is None


def test_files_that_stay_are_ticked_and_posted_by_key() -> None:
    kind = make_type("files")
    assert form(kind, [("x", ""), ("x", "a/1.pdf")]).x.data == ("a/1.pdf",)
    assert form(kind, [("x", "")], value=("a/1.pdf",)).x.data is None
    assert "1.pdf" in str(form(kind, value=("a/1.pdf",)).x())


def test_a_computed_value_is_shown_and_never_taken_from_the_form() -> None:
    kind = make_type("formula", **{"is": "area * 2", "gives": "money"})
    filled = form(kind, [("x", "999")], value=Decimal("5.00"), required=True)
    assert filled.validate()
    assert filled.x.data == Decimal("5.00")
    assert str(filled.x()) == '<output id="x">5.00</output>'
