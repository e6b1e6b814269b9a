"""The papers of notices and certificates: for each board, for each household, with a code to verify (S12, S13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.errors import Refused
from models.operations import Selection
from models.printing import MOST, Printing, Sheet, document
from models.record import Record
from office.households import Household, address_data, households
from office.notices.certificates import code_of
from office.notices.targets import buildings_of, units_of
from schema.text import Text
from transfer.qr import code_picture

if TYPE_CHECKING:
    from models.registry import Registry

GIVEN_OUT = ("issued", "archived")

NOT_FOR_HERE = Text("该通知不发给所选楼栋。", "This notice is not for the building chosen.")
NOT_ISSUED = Text(
    "还没有发布，不能派发到户；可先打印张贴稿校对。",
    "It is not issued: nothing goes out to households. Print a proof for the board instead.",
)
TOO_MANY = Text(
    "共 {n} 户，一次最多打印 {most} 户；请分楼栋打印。",
    "There are {n} households; at most {most} are printed at a time. Print building by building.",
)
NO_CERTIFICATE = Text("还没有开具。", "It is not issued.")
IS_VOID = Text("已作废，不能打印。", "It is void and not printed.")
OTHER_LANGUAGE = Text(
    "语言与本次打印的其他证明不同，请单独打印。", "It is in another language than the others; print it by itself."
)


@document("notice_board")
def board_notices(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """A sheet for the board of each building that a notice is for; one that is not issued yet is a proof (S12)."""
    today, printing = now.astimezone(registry.clock.zone).date(), Printing()
    for one in registry.scope.records(actor, "notice", selection.ids):
        ids = buildings_of(registry, actor, one.values)
        wanted = [id for id in ids if answers.get("building") in (None, id)]
        if not wanted:
            printing.skipped.append((one.id, NOT_FOR_HERE))
        titles = registry.scope.titles(actor, "building", wanted)
        for id in wanted:
            data = board_sheet(registry, one, today) | {"building": titles.get(id)}
            printing.sheets.append(Sheet(one.id, data))
    return printing


@document("notice_households")
def household_notices(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """A copy of an issued notice for each household, in the order of delivery (S12). Raises Refused for too many."""
    today, printing = now.astimezone(registry.clock.zone).date(), Printing()
    for one in registry.scope.records(actor, "notice", selection.ids):
        if one["state"] not in GIVEN_OUT:
            printing.skipped.append((one.id, NOT_ISSUED))
            continue
        units = units_of(registry, actor, one.values, answers.get("building"))
        if not units:
            printing.skipped.append((one.id, NOT_FOR_HERE))
        if len(printing.sheets) + len(units) > MOST:
            raise Refused(TOO_MANY.with_(n=len(units), most=MOST))
        for home in households(registry, actor, units).values():
            data = board_sheet(registry, one, today) | _to(home) | {"has_receipt": bool(answers.get("receipt"))}
            printing.sheets.append(Sheet(one.id, data))
    return printing


@document("certificate_paper")
def certificates(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """Each issued certificate as it was issued, with the code that tells whether it holds (S13).

    An ID number is printed only where the template says so, and as the one who prints may see it.
    """
    printing = Printing()
    rows = registry.scope.records(actor, "certificate", selection.ids)
    templates = _by_id(registry, actor, "certificate_template", rows, "template", ("language", "shows_id"))
    people = _by_id(registry, actor, "resident", rows, "resident", ("name", "id_type", "id_number"))
    for one in rows:
        template, resident = templates.get(one["template"]), people.get(one["resident"])
        language = "en" if template is not None and template["language"] == "en" else "zh"
        if one["state"] != "issued":
            printing.skipped.append((one.id, IS_VOID if one["state"] == "void" else NO_CERTIFICATE))
        elif printing.locale not in (None, language):
            printing.skipped.append((one.id, OTHER_LANGUAGE))
        else:
            printing.locale = "en" if language == "en" else "zh"
            shows_id = template is not None and bool(template["shows_id"])
            printing.sheets.append(Sheet(one.id, _certificate(registry, one, resident if shows_id else None)))
    return printing


def board_sheet(registry: Registry, notice: Record, today: date) -> dict[str, Any]:
    """What stands on a notice, whomever it is for."""
    issued_at = notice["issued_at"]
    return {
        "number": notice["number"], "kind": _label(registry, "notice", "kind", notice["kind"]),
        "subject": notice["subject"], "paragraphs": paragraphs(notice["body"]),
        "is_important": bool(notice["is_important"]), "shown_until": notice["shown_until"],
        "issued_on": issued_at.astimezone(registry.clock.zone).date() if issued_at else today,
        "is_proof": notice["state"] in ("draft", "submitted"), "target": notice["target"],
    }  # fmt: skip


def paragraphs(text: str) -> list[list[str]]:
    """A text as paragraphs, each a list of its lines; a blank line begins a new one."""
    found: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            found[-1].append(line.strip())
        elif found[-1]:
            found.append([])
    return [one for one in found if one]


# -- parts -----------------------------------------------------------------------------------------


def _to(home: Household) -> dict[str, Any]:
    return {"unit": home.title, "building": home.building, "to": address_data(home)}


def _certificate(registry: Registry, one: Record, resident: Record | None) -> dict[str, Any]:
    return {
        "number": one["number"], "heading": one["heading"], "recipient": one["recipient"],
        "paragraphs": paragraphs(one["text"] or ""),
        "issued_on": one["issued_at"].astimezone(registry.clock.zone).date(),
        "valid_until": one["valid_until"], "issued_by": one.titles.get("issued_by") or "",
        "name": resident["name"] if resident is not None else None,
        "id_type": _label(registry, "resident", "id_type", resident["id_type"]) if resident is not None else None,
        "id_number": _printed(resident.get("id_number")) if resident is not None else None,
        "code": code_picture(registry, f"/verify/{code_of(registry, one.id)}/"),
    }  # fmt: skip


def _printed(value: Any) -> str | None:
    """A value or its mask, whichever the reader has."""
    return None if value is None else str(value)


def _by_id(
    registry: Registry, actor: Actor, entity: str, rows: list[Record], link: str, columns: tuple[str, ...]
) -> dict[int, Record]:
    ids = sorted({row[link] for row in rows if row[link]})
    return {one.id: one for one in registry.scope.records(actor, entity, ids, columns)} if ids else {}


def _label(registry: Registry, entity: str, name: str, code: str | None) -> Text | None:
    choice = getattr(registry.schema.entities[entity].fields[name].type, "choices", {}).get(code)
    return choice.label if choice else None
