"""`/notice-calls/`: important notices confirmed household by household, a phone in one hand (S12)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.screen import with_query
from admin_views.shell import current_actor
from models.actor import Actor, Source
from models.errors import NotAllowed, Refused
from models.query import Query
from models.record import Record
from office.notices.confirming import VIEWS, call_list
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

NEEDS = ("notice", "notice_confirmation", "unit", "building")
"""The entities without which there is no such page."""
LINK = Link("notice-calls", Text("通知电话确认", "Notice calls"), "phone-square", "/notice-calls/")
ENTITY = "notice_confirmation"
COLUMNS = ("number", "subject", "kind", "is_important", "state", "confirm_by", "calls", "confirmed", "calls_left",
           "issued_at")  # fmt: skip
RUNNING = 50
LONGEST = 300


def notice_calls_desk(registry: Registry) -> Blueprint:
    """The notices that are being confirmed, and the list of one."""
    pages, views = Blueprint("notice-calls-desk", __name__, url_prefix="/notice-calls"), NoticeCalls(registry)
    pages.add_url_rule("/", "running", views.running)
    pages.add_url_rule("/<int:notice>/", "list", views.show)
    pages.add_url_rule("/<int:notice>/<int:call>/", "note", views.note, methods=("POST",))
    pages.add_url_rule("/<int:notice>/<int:call>/again/", "again", views.again, methods=("POST",))
    pages.record_once(_lead_from_records)
    return pages


def notice_calls_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who call."""
    return Extra("notices", LINK, lambda actor: registry.access.may(actor, ENTITY, "note_call"), leads=True)


def _lead_from_records(state: BlueprintSetupState) -> None:
    """The record of a notice leads to its list; other records go on leading where they do."""
    known = state.app.jinja_env.globals
    others: Any = known.get("record_desk", lambda _entity, _id: "")

    def desk_of(entity: str, id: int) -> str:
        return f"/notice-calls/{id}/" if entity == "notice" else str(others(entity, id))

    known["record_desk"] = desk_of


class NoticeCalls:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def running(self) -> ResponseReturnValue:
        """The important notices with households left to call, the most urgent first."""
        actor = self._actor()
        query = Query(saved="calling", columns=COLUMNS, sort="confirm_by", size=RUNNING)
        rows = self.registry.scope.page(actor, "notice", query).rows
        return render_template(
            "desks/notices/running.html", rows=rows, today=self.registry.clock.today(), label=self._label
        )

    def show(self, notice: int) -> ResponseReturnValue:
        """A page of the households to call about a notice; ``?view=``, ``?building=``, ``?after=``."""
        actor = self._actor()
        record = self.registry.scope.get(actor, "notice", notice)
        view, building, cursor = _view(), _number("building"), request.args.get("after", "")
        found = call_list(self.registry, actor, notice, building, view, cursor)
        may = self.registry.access.may(actor, ENTITY, "note_call") and record["state"] == "issued"
        return render_template(
            "desks/notices/calls.html", notice=record, found=found, view=view, building=building, cursor=cursor,
            may=may, today=self.registry.clock.today(), at=self._moment, label=self._label, link=self._link,
            tel=_tel,
        )  # fmt: skip

    def note(self, notice: int, call: int) -> ResponseReturnValue:
        """Note what came of a call, and go on with the next household."""
        given = {name: request.form.get(name, "").strip()[:LONGEST] for name in ("outcome", "told", "words")}
        return self._done(notice, call, "note_call", {name: value for name, value in given.items() if value})

    def again(self, notice: int, call: int) -> ResponseReturnValue:
        """Put a household back on the list."""
        return self._done(notice, call, "call_again", {})

    # -- parts -----------------------------------------------------------------------------------------

    def _actor(self) -> Actor:
        """Who is asking. Raises NotAllowed for those who see no confirmations."""
        actor = current_actor()
        self.registry.scope.require(actor, ENTITY, "read")
        return actor

    def _done(self, notice: int, call: int, action: str, answers: dict[str, Any]) -> ResponseReturnValue:
        """Do an action on a household unless a colleague was faster, and say what came of it."""
        actor = self._actor()
        self.registry.scope.require(actor, ENTITY, action)
        row = self.registry.scope.get(actor, ENTITY, call)
        if request.form.get("version") != str(row.version):
            flash(self._was_faster(row), "warning")
        else:
            self._act(actor, call, action, answers)
        where = [(name, request.form.get(name) or None) for name in ("view", "building", "after")]
        onward = request.form.get("onward", "")
        place = f"#call-{onward}" if id_of(onward) is not None else ""
        return redirect(with_query(f"{request.script_root}/notice-calls/{notice}/", where) + place, 303)

    def _act(self, actor: Actor, call: int, action: str, answers: dict[str, Any]) -> None:
        try:
            outcome = self.registry.act(actor, ENTITY, action, (call,), answers, Source("action", action))
        except NotAllowed:
            raise
        except Refused as refused:
            flash(refused.text.to(actor.locale), "error")
            return
        for category, said in (("error", outcome.skipped), ("success", outcome.done)):
            for _id, text in said:
                flash(text.to(actor.locale), category)

    def _was_faster(self, row: Record) -> str:
        said = {"unit": row.titles.get("unit") or "", "outcome": self._label(ENTITY, "outcome", row["outcome"])[0]}
        who = row.titles.get("called_by")
        if who:
            return str(_("%(unit)s was noted meanwhile by %(who)s: %(outcome)s.", who=who, **said))
        return str(_("%(unit)s was changed meanwhile: %(outcome)s.", **said))

    def _label(self, entity: str, name: str, code: str) -> tuple[str, str]:
        """Words and colour of a choice."""
        choice = getattr(self.registry.schema.entities[entity].fields[name].type, "choices", {}).get(code)
        return (choice.label.to(current_actor().locale), choice.color) if choice else ("", "grey")

    def _moment(self, at: datetime) -> str:
        local = at.astimezone(self.registry.clock.zone)
        return f"{local:%H:%M}" if local.date() == self.registry.clock.today() else f"{local:%m-%d %H:%M}"

    def _link(self, notice: int, view: str, building: int | None, after: str = "") -> str:
        """The address of a list."""
        asked = [("view", view if view != "call" else None), ("building", building), ("after", after or None)]
        return with_query(f"{request.script_root}/notice-calls/{notice}/", asked)


def _view() -> str:
    view = request.args.get("view", "")
    return view if view in VIEWS else "call"


def _number(name: str) -> int | None:
    return id_of(request.args.get(name))


def _tel(phone: str) -> str:
    """A number as a link dials it; '' for a masked one or none."""
    return "" if "*" in phone else "".join(sign for sign in phone if sign.isdigit() or sign == "+")
