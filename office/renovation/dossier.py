"""The dossier of a permit: all its papers as one file, kept with it, and made again when something changed (D5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.jobs import JobResult, job
from models.operations import Selection
from models.printing import Printing, Sheet, document, pictures
from models.query import Condition, Query
from office.renovation.dossier_parts import Belongings
from office.renovation.papers import rules_told, signed_notice, works_of
from office.renovation.permits import PERMIT
from schema.text import Text
from transfer.printing import print_document

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

DOSSIER = "renovation_dossier"
OVER = ("accepted", "closed")
"""States of a permit in which its dossier is kept with it without being asked for."""
WATCHED = ("violation", "acceptance", "worker_pass", "permit_suspension", "permit_extension", "renovation_inspection",
           "acceptance_item", "deposit", "deposit_move")  # fmt: skip
"""What stands in a dossier beside the permit."""
OVER_LINKS = {"acceptance_item": "acceptance.permit", "deposit_move": "deposit.permit"}
"""Those of them that reach the permit over another record."""
COURSE = (
    ("submitted_at", "", Text("提交审批", "Submitted")), ("rules_told_at", "", Text("告知并签字", "Told of the rules")),
    ("approved_at", "approved_by", Text("批准", "Approved")), ("began_on", "", Text("开工", "Begun")),
    ("completed_on", "", Text("报完工", "Completed")), ("accepted_on", "", Text("验收合格", "Accepted")),
    ("cancelled_on", "", Text("取消", "Cancelled")), ("closed_on", "", Text("归档", "Closed")),
)  # fmt: skip
"""Steps of a permit: when, by whom, what."""

NOT_SENT = Text("草稿还没有档案。", "A draft has no dossier yet.")
KEPT = Text("{n} 份装修档案已存档。", "{n} dossiers were kept.")


@document(DOSSIER)
def renovation_dossier(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """Everything that was written down about each permit, dated by the last of it, so that it is the same file until
    something changes (D5)."""
    permits = registry.scope.records(actor, PERMIT, selection.ids)
    sent = [one for one in permits if one["state"] != "draft"]
    printing = Printing(skipped=[(one.id, NOT_SENT) for one in permits if one["state"] == "draft"])
    held, rules = Belongings(registry, actor, sent), rules_told(registry, actor)
    for one in sent:
        data = _sheet(registry, one, held, rules)
        printing.sheets.append(Sheet(one.id, data, dated=data["as_of"]))
    return printing


@job("archive_dossiers")
def archive_dossiers(registry: Registry, actor: Actor, now: datetime, with_: object) -> JobResult:
    """Keep the dossier of each accepted permit with it, and again where something was written since; twice or late no
    difference, for the same papers are the same file."""
    ids, source = sorted({*_fresh(registry, actor), *_changed(registry)}), Source("job", "archive_dossiers")
    kept = 0
    for id in ids:
        read_at = registry.clock.now()
        outcome = print_document(registry, actor, DOSSIER, [id], {})
        if outcome.done:
            registry.store.update(actor, PERMIT, id, {"papers_at": read_at}, source)
        kept += len(outcome.done)
    return JobResult(kept, KEPT.with_(n=kept))


# -- what has to be kept ---------------------------------------------------------------------------


def _fresh(registry: Registry, actor: Actor) -> Iterator[int]:
    """Permits that were accepted or closed since their dossier was kept, on that day or later."""
    columns = ("papers_at", "accepted_on", "closed_on")
    query = Query(conditions=(Condition("state", "in", OVER),), columns=columns, sort="id")
    for row in registry.scope.stream(actor, PERMIT, query):
        last = max((row[name] for name in columns[1:] if row[name]), default=None)
        if row["papers_at"] is None or (last is not None and last >= _day(registry, row["papers_at"])):
            yield row.id


def _changed(registry: Registry) -> Iterator[int]:
    """Permits of which something else was written since then; read as the program, to decide."""
    for entity in WATCHED:
        link = OVER_LINKS.get(entity, "permit")
        where = f"{link}.state in ['accepted', 'closed'] and changed_at >= {link}.papers_at"
        for one in registry.scope.aggregate(SYSTEM, entity, by=(link,), where=where):
            if one.key:
                yield one.key


# -- what stands in it -----------------------------------------------------------------------------


def _sheet(registry: Registry, permit: Record, held: Belongings, rules: Mapping[str, Any]) -> dict[str, Any]:
    id = permit.id
    told = permit["rules_told_at"] is not None
    names = ("number", "contractor", "licence", "foreman", "details", "starts_on", "ends_on")
    data: dict[str, Any] = {
        **{name: permit[name] for name in names}, "unit": permit.titles.get("unit"),
        "owner": permit.titles.get("applicant"), "works": works_of(permit),
        "state": registry.schema.choices["permit_state"][permit["state"]].label,
        "course": _course(permit), "files": _files(registry, permit),
        "drawings": pictures(registry, permit, "drawings"),
        "notice": {**rules, **signed_notice(registry, permit)} if told else None,
        "passes": held.passes(id), "suspensions": held.suspensions(id), "extensions": held.extensions(id),
        "inspections": held.inspections(id), "violations": held.violations(id), "acceptances": held.acceptances(id),
        "deposits": held.deposits(id),
    }  # fmt: skip
    moments = [permit[name] for name, *_ in COURSE if permit[name]] + held.moments(id)
    return {**data, "as_of": max((_day(registry, one) for one in moments), default=permit["starts_on"])}


def _course(permit: Record) -> list[dict[str, Any]]:
    """What became of the permit, in its order."""
    steps = [
        {"at": permit[name], "what": what, "by": permit.titles.get(by), "words": None}
        for name, by, what in COURSE
        if permit[name]
    ]
    if permit["refused_why"]:
        steps.append({"at": permit["submitted_at"], "what": Text("未批准", "Refused"), "words": permit["refused_why"]})
    return steps


def _files(registry: Registry, permit: Record) -> list[dict[str, Any]]:
    """The names of the files that came with the permit."""
    found = []
    for name in ("drawings", "agreement"):
        files = registry.files.named(PERMIT, permit[name] or ())
        if files:
            label = registry.schema.entities[PERMIT].fields[name].label
            found.append({"label": label, "names": [file.name for file in files]})
    return found


def _day(registry: Registry, moment: date | datetime) -> date:
    return moment.astimezone(registry.clock.zone).date() if isinstance(moment, datetime) else moment
