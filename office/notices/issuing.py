"""Notices on their way: who is told of what, the text archived at issue, the households to be phoned (S12)."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models import printing
from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.followups import Change, Row, follow_up
from models.operations import Outcome, Selection, operation
from models.people.inbox import Telling
from models.query import Condition, Query
from models.record import Record
from models.storage.files import safe_name
from office.notices.papers import board_sheet
from office.notices.targets import units_of, with_somebody
from office.raw_rows import raw_rows
from schema.text import Text
from transfer.printing import paper_data
from transfer.typesetting import HOUSE, typeset

if TYPE_CHECKING:
    from models.registry import Registry

PAPER = "notice_board"
"""The document whose template the archived text is set with."""
DECIDERS = ("supervisor", "director")
CALLERS = ("supervisor", "steward", "frontdesk")

TO_APPROVE = Text("通知待审批：{subject}", "A notice to approve: {subject}")
APPROVED = Text("通知已批准，可以发布：{subject}", "Approved, to be issued: {subject}")
SENT_BACK = Text("通知退回修改：{subject}", "Sent back to be changed: {subject}")
TO_CALL = Text(
    "重要通知需电话确认 {n} 户：{subject}", "An important notice to confirm with {n} households by phone: {subject}"
)
NOBODY = Text(
    "通知范围内没有房屋，不能发布；请退回修改范围。",
    "There is no unit that it is for; send it back to have that changed.",
)
ISSUED = Text("已发布，文本已存档。", "Issued; its text is archived.")
ISSUED_TO_CALL = Text(
    "已发布，文本已存档；需电话确认 {calls} 户，{nobody} 套房屋没有在册住户。",
    "Issued and archived; {calls} households are to be phoned, {nobody} units have nobody on file.",
)


@follow_up("notice_moves")
def notice_moves(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Tell who has to approve, to issue, to change or to call; give issued important ones their list, once.

    The units and who lives there are read as the program: the list is whole whoever issues.
    """
    tellings = [said for one in changes for said in _told(one)]
    for row in (one.row for one in changes if one.became("state", "issued") and one.row["is_important"]):
        made = _make_calls(registry, actor, row, source)
        if made:
            text = TO_CALL.with_(n=made, subject=row["subject"])
            tellings.append(Telling(text, roles=CALLERS, about=("notice", row["id"]), key=f"notice-calls:{row['id']}"))
    registry.inbox.tell_each(tellings)


@operation("issue_notice", in_parts=True)
def issue_notice(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Issue approved notices: the text is set and archived, then who has to be phoned is listed (S12).

    The text is set before anything is written, so that others can write meanwhile; whoever changed the notice in
    between is not written over.
    """
    outcome = Outcome()
    for id in selection.ids:
        try:
            outcome.done.append((id, _issue(registry, actor, id, now)))
        except Refused as refused:
            outcome.skipped.append((id, refused.text))
    return outcome


# -- parts -----------------------------------------------------------------------------------------


def _issue(registry: Registry, actor: Actor, id: int, now: datetime) -> Text:
    notice = registry.scope.get(actor, "notice", id)
    units = units_of(registry, SYSTEM, notice.values)
    if not units:
        raise Refused(NOBODY)
    pdf = _set(registry, actor, notice, now)
    name = safe_name(f"{notice['number']} {notice['subject']} {registry.clock.today():%Y%m%d}.pdf")
    with registry.store.transaction():
        key = registry.files.put(actor, "notice", None, name, io.BytesIO(pdf))
        values = {"state": "issued", "issued_by": actor.id, "issued_at": now, "paper": (key,)}
        registry.store.update(actor, "notice", id, values, Source("action", "issue_notice"), notice.version)
    if not notice["is_important"]:
        return ISSUED
    calls = registry.scope.get(SYSTEM, "notice", id)["calls"]
    return ISSUED_TO_CALL.with_(calls=calls, nobody=len(units) - calls)


def _set(registry: Registry, actor: Actor, notice: Record, now: datetime) -> bytes:
    """The text as it will hang on the boards, whichever building. Raises Refused."""
    sheet = board_sheet(registry, notice, now.astimezone(registry.clock.zone).date())
    spec = printing.find(registry.schema, PAPER)
    return typeset(spec.template, paper_data(registry, spec, "zh", [sheet]), "zh", printing.folder_of(spec) or HOUSE)


def _make_calls(registry: Registry, actor: Actor, row: Row, source: Source) -> int:
    """Make the list of a notice, without those that are on it; returns how many were added."""
    units = with_somebody(registry, units_of(registry, SYSTEM, row))
    listed = Query(conditions=(Condition("notice", "equals", row["id"]),))
    had = {unit for _, unit in raw_rows(registry, SYSTEM, "notice_confirmation", listed, ("unit",))}
    values = [{"notice": row["id"], "unit": unit} for unit in units if unit not in had]
    registry.store.create_many(actor, "notice_confirmation", values, source)
    return len(values)


def _told(change: Change) -> list[Telling]:
    """What is to be told of one change. A key with the version: a notice can be submitted more than once."""
    row, about = change.row, ("notice", change.id)
    people = tuple({one for one in (row["author"], row["submitted_by"]) if one is not None})
    key = f"notice:{change.id}:{row['version']}"
    if change.became("state", "submitted"):
        return [Telling(TO_APPROVE.with_(subject=row["subject"]), roles=DECIDERS, about=about, key=key)]
    if change.became("state", "approved"):
        return [Telling(APPROVED.with_(subject=row["subject"]), users=people, about=about, key=key)]
    if change.old is not None and change.became("state", "draft") and row["author"] is not None:
        return [Telling(SENT_BACK.with_(subject=row["subject"]), users=(row["author"],), about=about, key=key)]
    return []
