"""``place`` and ``happens`` as written: the fields they make, and what is said of mistakes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.storage.tables import database_spec
from schema.spec import Schema

TEXT = """entities:
  town: {fields: {name: {type: text}}, place: true}
  house:
    fields: {name: {type: text}, town: {type: ref, to: town}, keeper: {type: ref, to: user}, size: {type: integer}}
    place: {within: town}
  job:
    fields: {name: {type: text}, house: {type: ref, to: house}, day: {type: date}, towns: {type: refs, to: town}}
    happens: {at: day, in: house}
  check:
    fields:
      job: {type: ref, to: job}
      town: {type: ref, to: town}
      done_at: {type: datetime}
      who: {type: ref, to: user}
      words: {type: text}
      photos: {type: photos}
      secret: {type: text, internal: true}
      soon: {type: formula, is: done_at + 1, gives: datetime}
    happens:
      - {at: done_at, in: [job.house, town], by: who, words: "{words} {who}"}
      - {at: job.day, in: job.house, label: {zh: 开工, en: Begun}}
"""


@pytest.fixture
def towns(loaded: Callable[..., Schema]) -> Schema:
    return loaded(TEXT)


def test_a_line_leads_to_what_its_place_lies_within(towns: Schema) -> None:
    (line,) = towns.entities["job"].happens
    assert [(way.place, way.path, way.column) for way in line.ways] == [
        ("house", ("house",), "house"),
        ("town", ("house", "town"), "in_house_town"),
    ]
    assert (line.at, line.by, line.label.en, line.key) == ("day", "created_by", "Job", "job.day")
    made = towns.entities["job"].fields["in_house_town"]
    assert (made.internal, made.readonly, made.type.stored, made.target) == (True, True, True, "town")


def test_a_way_that_is_written_stands_for_the_one_that_follows(towns: Schema) -> None:
    done, begun = towns.entities["check"].happens
    assert [(way.place, way.column) for way in done.ways] == [("house", "in_job_house"), ("town", "town")]
    assert [(way.place, way.column) for way in begun.ways] == [
        ("house", "in_job_house"),
        ("town", "in_job_house_town"),
    ]
    assert (begun.at, begun.label.zh, [part.field for part in done.words]) == (
        "at_job_day",
        "开工",
        ["words", "", "who"],
    )
    assert towns.entities["check"].fields["at_job_day"].type.kind == "date"


def test_each_way_has_an_index_over_place_and_moment(towns: Schema) -> None:
    table = database_spec(towns).table("check")
    assert table is not None
    found = {index.columns for index in table.indexes}
    assert {("in_job_house", "done_at"), ("town_id", "done_at"), ("in_job_house_town", "at_job_day")} <= found


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("at: day", "at: dya", "unknown field 'dya', did you mean 'day'?"),
        ("at: day", "at: name", "'name' is of type text; when it happened is a date or datetime field with a column"),
        ("at: done_at", "at: soon", "'soon' is of type formula; when it happened"),
        ("at: done_at", "at: job.name", "'job.name' is of type text; when it happened"),
        ("at: done_at", "at: words.day", "'words' is of type text; the way to a place goes over ref fields"),
        ("at: done_at", "at: created_at", ""),
        ("in: house}", "in: name}", "'name' is of type text; the way to a place goes over ref fields"),
        ("in: house}", "in: towns}", "'towns' is of type refs; the way to a place goes over ref fields"),
        ("in: house}", "in: hose}", "unknown field 'hose', did you mean 'house'?"),
        ("in: house}", "in: house.keeper}", "'house.keeper' leads to user, which is no place (it says no 'place'); "
         "places are: house, town"),
        ("in: house}", "in: house.twon}", "unknown field 'twon', did you mean 'town'?"),
        ("in: [job.house, town]", "in: job", "'job' leads to job, which is no place"),
        ("in: house}", "on: house}", "unknown key 'on'"),
        ("{at: day, in: house}", "{at: day}", "'in' is missing"),
        ("by: who", "by: words", "'words' is no ref field to an account"),
        ("by: who", "by: whom", "unknown field 'whom', did you mean 'who'?"),
        ("{words} {who}", "{wrods}", "unknown field 'wrods', did you mean 'words'?"),
        ("{words} {who}", "{photos}", "the field 'photos' of type photos cannot stand in a sentence"),
        ("{words} {who}", "{secret}", "'secret' is internal, so it cannot be shown here"),
        ("at: job.day", "at: done_at", "'done_at' stands here already"),
        ("within: town", "within: size", "'size' is no ref field to another kind of place"),
        ("within: town", "within: keeper", "'keeper' is no ref field to another kind of place"),
        ("within: town", "within: twon", "unknown field 'twon', did you mean 'town'?"),
        ("town: {fields: {name: {type: text}}, place: true}",
         "town: {fields: {name: {type: text}, seat: {type: ref, to: house}}, place: {within: seat}}",
         "places lie within each other: town → house → town"),
        ("house: {type: ref, to: house}, day", "house: {type: ref, to: house}, in_house_town: {type: text}, day",
         "'in_house_town' is a field that 'happens' brings along"),
    ],
)  # fmt: skip
def test_mistakes_are_said_in_one_line(said: Callable[..., list[str]], right: str, wrong: str, words: str) -> None:
    assert right in TEXT
    lines = said(TEXT.replace(right, wrong, 1))
    assert lines == [] if not words else any(words in line for line in lines), lines
    assert all("\n" not in line for line in lines)
