"""`/dispatch/`: what waits to be sent somewhere, and who could go: by trade, on duty or away, with their load (S4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.shell import current_actor
from models.actor import Source
from models.errors import NotFound, Refused
from models.query import Condition, Query
from office.dispatch.dispatching import NOBODY
from office.dispatch.people import Candidate, suggestions
from schema.text import BadValue, Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

NEEDS = ("service_request", "work_order", "staff", "duty", "absence", "department")
"""The entities without which there is no such page."""
LINK = Link("dispatch", Text("派单台", "Dispatch"), "user-plus", "/dispatch/")
MOST = 60
"""Lines that one page shows."""
READ = 400
"""What of each kind is put into order, the oldest ones; an urgent one is among the first of them."""
KINDS = {"request": ("service_request", "dispatch"), "order": ("work_order", "assign_order")}
"""What can be sent: the entity, and the action that sends it."""
COLUMNS = ("number", "matter", "unit", "place", "trade", "priority", "appointment_at", "due_light", "due_at")


def dispatch_desk(registry: Registry) -> Blueprint:
    """What waits, and one of it with those who could go."""
    pages = Blueprint("dispatch-desk", __name__, url_prefix="/dispatch")
    views = DispatchDesk(registry)
    pages.add_url_rule("/", "list", views.index)
    pages.add_url_rule("/<any(request,order):kind>/<int:id>/", "one", views.show)
    pages.add_url_rule("/<any(request,order):kind>/<int:id>/", "send", views.send, methods=("POST",))
    return pages


def dispatch_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who dispatch."""
    access = registry.access
    return Extra("service", LINK, lambda actor: access.may(actor, "service_request", "dispatch"), leads=True)


class DispatchDesk:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def index(self) -> ResponseReturnValue:
        """The requests nobody was sent for, and the orders that came back."""
        return self._page(self._actor())

    def show(self, kind: str, id: int) -> ResponseReturnValue:
        """One of them, with the people ranked for its trade (``?trade=`` another one)."""
        return self._page(self._actor(), kind, id)

    def send(self, kind: str, id: int) -> ResponseReturnValue:
        """Send whom the form names: ``who`` is ``worker-<id>`` or ``department-<id>``, blank for who suits best."""
        actor = self._actor()
        entity, action = KINDS[kind]
        answers: dict[str, Any] = {"note": request.form.get("note", "").strip() or None}
        if kind == "request":
            answers["trade"] = request.form.get("trade") or None
        try:
            answers |= _named(request.form.get("who", ""))
            answers["appointment_at"] = self._moment(actor, request.form.get("appointment_at", ""))
            outcome = self.registry.act(actor, entity, action, (id,), answers, Source("action", action))
        except NotFound:
            raise
        except (Refused, BadValue) as refused:
            flash(refused.text.to(actor.locale), "error")
            return redirect(self._at(kind, id), 303)
        for _id, text in outcome.done:
            flash(text.to(actor.locale), "success")
        for _id, text in outcome.skipped:
            flash(text.to(actor.locale), "error")
        return redirect(self._at() if outcome.done else self._at(kind, id), 303)

    # -- parts -----------------------------------------------------------------------------------------

    def _actor(self) -> Actor:
        """Who is asking. Raises NotAllowed for those who dispatch nothing."""
        actor = current_actor()
        self.registry.scope.require(actor, "service_request", "dispatch")
        return actor

    def _page(self, actor: Actor, kind: str = "", id: int = 0) -> str:
        chosen = self.registry.scope.get(actor, KINDS[kind][0], id) if kind else None
        trade = self._trade(chosen)
        people = suggestions(self.registry, actor, trade, self._day(chosen)) if chosen else []
        departments = list(self.registry.scope.stream(actor, "department", Query(columns=("trades",), sort="title")))
        waiting = self._waiting(actor)
        return render_template(
            "desks/dispatch/page.html", kind=kind, chosen=chosen, trade=trade, people=people, day=self._day(chosen),
            departments=departments, waiting=waiting[:MOST], more=max(0, len(waiting) - MOST),
            label=self._label(actor), at=self._shown_moment,
            trades=self.registry.schema.choices["trade"], first=_first(people, trade), today=self._day(None),
        )  # fmt: skip

    def _waiting(self, actor: Actor) -> list[tuple[str, Record]]:
        """(kind, record) of what nobody has in hand: orders that came back first, then requests, urgent ones first."""
        free = (Condition("state", "equals", "new"),)
        found = []
        for kind in ("order", "request"):
            query = Query(conditions=free, size=READ, sort="id", columns=COLUMNS)
            rows = self.registry.scope.page(actor, KINDS[kind][0], query).rows
            ranks = list(self.registry.schema.choices["priority"])
            found += [(kind, row) for row in sorted(rows, key=lambda row: (-ranks.index(row["priority"]), row.id))]
        return found

    def _trade(self, chosen: Record | None) -> str | None:
        asked = request.args.get("trade")
        if asked in self.registry.schema.choices["trade"]:
            return asked
        return chosen["trade"] if chosen else None

    def _day(self, chosen: Record | None) -> Any:
        now = self.registry.clock.now()
        appointment: datetime | None = chosen["appointment_at"] if chosen else None
        return max(now, appointment or now).astimezone(self.registry.clock.zone).date()

    def _moment(self, actor: Actor, text: str) -> datetime | None:
        """The appointment that was typed; None for none. Raises BadValue."""
        if not text.strip():
            return None
        kind = self.registry.schema.entities["work_order"].fields["appointment_at"].type
        found: datetime = kind.parse(text, self.registry.scope.context(actor))
        return found

    def _shown_moment(self, at: datetime | None, form: str = "%m-%d %H:%M") -> str:
        return at.astimezone(self.registry.clock.zone).strftime(form) if at else ""

    def _label(self, actor: Actor) -> Any:
        def label(name: str, code: str | None) -> tuple[str, str]:
            choice = self.registry.schema.choices[name].get(code or "")
            return (choice.label.to(actor.locale), choice.color) if choice else ("", "grey")

        return label

    def _at(self, kind: str = "", id: int = 0) -> str:
        return f"{request.script_root}/dispatch/" + (f"{kind}/{id}/" if kind else "")


def _named(who: str) -> dict[str, int]:
    """Who is named: ``worker-4``, ``department-2``, '' for nobody. Raises Refused for anything else."""
    what, _, number = who.partition("-")
    if not who:
        return {}
    id = id_of(number)
    if what not in ("worker", "department") or id is None:
        raise Refused(NOBODY)
    return {what: id}


def _first(people: list[Candidate], trade: str | None) -> int | None:
    """The account that is ticked at the start: of who suits best."""
    return next((one.account for one in people if not one.is_away and trade and one.has(trade)), None)
