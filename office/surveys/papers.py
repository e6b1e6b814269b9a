"""The questionnaire on paper: a sheet a household with its code, in the order in which it is delivered (S8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.operations import Selection
from models.printing import Printing, Sheet, document
from office.households import Household, households
from office.surveys.answering import GIVEN, link_token
from office.surveys.questions import Question, both, questions_of
from schema.text import Text
from transfer.qr import code_picture

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

NO_NEED = Text("已经登记为“{state}”，不再打印。", "It is recorded as “{state}” already.")
COLUMNS = ("survey", "unit", "resident", "code", "state")
SURVEY = ("name", "name_en", "intro", "intro_en", "closes_on")


@document("questionnaire")
def questionnaire(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The sheets of the invitations that nobody answered yet, door by door (S8)."""
    printing = Printing(locale="en" if answers["english"] else "zh")
    rows = registry.scope.records(actor, "survey_invitation", selection.ids, COLUMNS)
    surveys = _surveys(registry, actor, sorted({row["survey"] for row in rows}))
    homes = households(registry, actor, {row["unit"] for row in rows})
    order = {unit: place for place, unit in enumerate(homes)}
    states = registry.schema.choices["invitation_state"]
    for row in sorted(rows, key=lambda one: (one["survey"], order.get(one["unit"], len(order)), one["code"])):
        if row["state"] != GIVEN:
            printing.skipped.append((row.id, NO_NEED.with_(state=states[row["state"]].label)))
            continue
        picture = code_picture(registry, f"/s/{link_token(registry, row.id)}/")
        sheet = {**surveys[row["survey"]], **address(row, homes.get(row["unit"])), "code": row["code"], "qr": picture}
        printing.sheets.append(Sheet(row.id, sheet))
    return printing


def survey_data(survey: Record, questions: Sequence[Question]) -> dict[str, Any]:
    """What a sheet shows of the survey itself."""
    return {
        "name": both(survey["name"], survey["name_en"]), "closes_on": survey["closes_on"],
        "intro": both(survey["intro"] or "", survey["intro_en"]),
        "questions": [
            {"kind": one.kind, "words": one.words, "required": one.required,
             "options": [option.words for option in one.options]}
            for one in questions
        ],
    }  # fmt: skip


def address(row: Record, home: Household | None) -> dict[str, Any]:
    """To whom a sheet goes."""
    return {"unit": row.titles.get("unit", ""), "to": row.titles.get("resident", ""),
            "steward": home.steward if home else ""}  # fmt: skip


def _surveys(registry: Registry, actor: Actor, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    return {
        one.id: survey_data(one, questions_of(registry, actor, one.id))
        for one in registry.scope.records(actor, "survey", ids, SURVEY)
    }
