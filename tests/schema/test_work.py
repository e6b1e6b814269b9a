"""Schedules, reports and documents, as they are once read."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from schema.spec import LAST_DAY
from schema.text import Text

STOCK = (Path(__file__).parent / "stock.yaml").read_text(encoding="utf-8")


@pytest.fixture
def library(loaded):
    return loaded(STOCK)


def test_a_schedule_says_when_and_with_what_grants(library):
    remind, close = library.schedules["remind"], library.schedules["close"]
    assert (remind.every, remind.day, remind.at) == (("monday", "thursday"), None, time(6, 30))
    assert (remind.run, remind.roles, remind.with_) == ("remind", frozenset(["clerk"]), {"keep": 30})
    assert remind.writes == {("book", "note")}
    assert str(remind.position) == "schema.yaml:71:3"
    assert (close.run, close.every, close.day, close.at) == ("close_books", ("month",), LAST_DAY, time(2))
    assert close.label == Text("结算", "Close")
    assert remind.label == Text("Remind", "Remind")


def test_a_report_asks_with_fields_about_no_entity(library):
    report = library.reports["turnover"]
    assert (report.menu, report.icon, report.run, report.chart) == ("stock", "bar-chart", "turnover", "bar")
    assert (report.by, report.my_day) == ({"clerk", "chief"}, {"chief"})
    assert report.notes == (Text("不含报废", "Without those weeded"),)
    assert {name: (field.entity, field.type.name) for name, field in report.ask.items()} == {
        "since": ("", "date"),
        "which": ("", "choice"),
    }
    assert report.ask["since"].default.source == "today"
    assert list(report.ask["which"].type.choices) == ["in", "out"]


def test_a_document_is_printed_for_an_entity(library):
    document = library.documents["label"]
    assert (document.entity, document.by, document.template, document.run) == ("book", {"clerk"}, "spine", "label")
    assert (document.ask["size"].default, document.archive) == (3, None)


@pytest.mark.parametrize("written", ["scans", "book.scans"])
def test_an_archive_is_a_files_field(loaded, written):
    book = "entities: {book: {fields: {name: {type: text}, scans: {type: files}}}}\nroles: {clerk: {}}\n"
    read = loaded(f"{book}documents: {{slip: {{of: book, by: '*', archive: {written}}}}}")
    assert read.documents["slip"].archive == ("book", "scans")


def test_what_works_may_lie_in_several_files(loaded):
    more = "schedules: {tidy: {every: hour, as: chief}}\nsettings: {rooms: [1, 2]}\nreports: {all: {by: clerk}}"
    read = loaded("include: more.yaml\n" + STOCK, {"more.yaml": more})
    assert list(read.schedules) == ["remind", "close", "tidy"]
    assert list(read.reports) == ["turnover", "all"]
    assert read.settings["rooms"] == [1, 2]


def test_a_schema_without_them_has_none(loaded):
    read = loaded("entities: {pen: {fields: {name: {type: text}}}}")
    assert (read.settings, read.schedules, read.reports, read.documents) == ({}, {}, {}, {})
