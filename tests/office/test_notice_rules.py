"""The rules of notices and certificates in tables: placeholders, what it takes, outcomes of calls (S12, S13)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from office.notices import confirming
from office.notices.certificates import Facts, refusal, valid_until
from office.notices.papers import paragraphs
from office.notices.wording import PLACEHOLDERS, asked_for, fill, said_day, wrong_with


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{name} lives in {unit}.", ""),
        ("{ name } lives here.", ""),
        ("No gap at all.", ""),
        ("{naem} lives in {unit}.", "{naem} is not known here"),
        ("{} lives here.", "{} is not known here"),
        ("{amount} and {debts}", "{amount} {debts} is not known here"),
        ("{name lives here.", "A brace stands alone"),
        ("name} lives here.", "A brace stands alone"),
        ("{{name}}", "A brace stands alone"),
        ("{name.__class__}", "{name.__class__} is not known here"),
        ("{name!r:>99}", "is not known here"),
    ],
)
def test_a_template_may_hold_what_is_on_the_list_and_nothing_else(template: str, said: str) -> None:
    found = wrong_with(template)
    assert (found is None) if not said else (found is not None and said in found.to("en"))


def test_the_sentence_about_a_wrong_placeholder_names_it_and_all_that_there_are() -> None:
    found = wrong_with("{naem}")
    assert found is not None
    for locale in ("zh", "en"):
        assert "{naem}" in found.to(locale)
        assert all("{" + name + "}" in found.to(locale) for name in PLACEHOLDERS)


@pytest.mark.parametrize(
    ("template", "values", "text", "missing"),
    [
        ("{name} in {unit}", {"name": "Li", "unit": "1-1-101"}, "Li in 1-1-101", ()),
        ("{name} in {unit}", {"name": "Li", "unit": ""}, "Li in 〔unit〕", ("unit",)),
        ("{name} {name}", {}, "〔name〕 〔name〕", ("name",)),
        ("{name}", {"name": "{unit}", "unit": "1-1-101"}, "{unit}", ()),
        ("{ name }", {"name": "Li"}, "Li", ()),
    ],
)
def test_a_template_is_filled_and_says_what_is_missing(
    template: str, values: dict[str, str], text: str, missing: tuple[str, ...]
) -> None:
    filled = fill(template, values, "en")
    assert (filled.text, filled.missing) == (text, missing)


def test_what_is_missing_is_named_in_the_language_of_the_template() -> None:
    assert fill("{name}", {}, "zh").text == "〔姓名〕"
    assert asked_for("{unit} {name} {unit}") == ("unit", "name")


@pytest.mark.parametrize(
    ("day", "locale", "said"),
    [(date(2026, 3, 6), "zh", "2026年3月6日"), (date(2026, 12, 16), "en", "16 December 2026"), (None, "zh", "")],
)
def test_days_are_said_as_on_paper(day: date | None, locale: Any, said: str) -> None:
    assert said_day(day, locale) == said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Facts(), ""),
        (Facts(in_use=False), "not in use any more"),
        (Facts(missing=("purpose", "unit")), "Still missing: purpose, unit"),
        (Facts(must_live=True, has_unit=False), "choose it first"),
        (Facts(must_be_paid=True, has_unit=False), "choose it first"),
        (Facts(must_live=True, lives=False), "does not live in"),
        (Facts(must_live=True, lives=True), ""),
        (Facts(must_be_paid=True, owes=True), "still owes something"),
        (Facts(must_be_paid=True, owes=False), ""),
        (Facts(must_be_paid=False, owes=True), ""),
        (Facts(must_live=True, lives=True, must_be_paid=True, owes=True), "still owes something"),
    ],
)
def test_what_a_certificate_takes(facts: Facts, said: str) -> None:
    found = refusal(facts)
    words = found.with_(template="T", name="N", unit="U").to("en") if found else ""
    assert (said in words) if said else not words


@pytest.mark.parametrize(
    ("days", "last"), [(None, None), (1, date(2026, 3, 16)), (30, date(2026, 4, 14)), (365, date(2027, 3, 15))]
)
def test_the_day_of_issue_is_the_first_of_the_days_it_holds(days: int | None, last: date | None) -> None:
    assert valid_until(date(2026, 3, 16), days) == last


@pytest.mark.parametrize(
    ("outcome", "words", "said"),
    [
        ("reached", None, ""),
        ("no_answer", None, ""),
        ("in_person", "", ""),
        ("to_call", "later", "Choose what came of the call"),
        ("unreachable", None, "Say why"),
        ("unreachable", "  ", "Say why"),
        ("unreachable", "dead number", ""),
    ],
)
def test_which_outcomes_are_taken(outcome: str, words: str | None, said: str) -> None:
    found = confirming.refusal(outcome, words)
    assert (said in found.to("en")) if said and found else (found is None) == (not said)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("one", [["one"]]),
        ("one\ntwo", [["one", "two"]]),
        ("one\n\n\ntwo\n", [["one"], ["two"]]),
        ("\n  one  \n \n two", [["one"], ["two"]]),
        ("", []),
    ],
)
def test_a_blank_line_begins_a_new_paragraph(text: str, made: list[list[str]]) -> None:
    assert paragraphs(text) == made
