"""`/bill-run/`: choose what is to be billed, look at the dry run, publish, watch it being done (F3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.ids import id_of
from admin_views.job_pages import scheduler
from admin_views.list_query import params_of
from admin_views.navigation import Extra, Link
from admin_views.screen import with_query
from admin_views.shell import current_actor
from models.actor import Actor, Source
from models.errors import Invalid
from models.query import Condition, Query
from models.record import Record
from office.billing.facts import BY_RUN
from office.billing.findings import FINDINGS
from schema.text import BadValue, Text

if TYPE_CHECKING:
    from models.registry import Registry

NEEDS = ("bill_run", "bill", "fee_type", "tariff", "charge", "building", "unit")
"""The entities without which there is no such page."""
LINK = Link("bill-run", Text("批量出账", "Bill run"), "magic", "/bill-run/")
RECENT = 12
GRANTED = ("check_run", "publish_run", "void_run")
UNDER_WAY = ("running", "voiding")


def bill_run_desk(registry: Registry) -> Blueprint:
    """The start of a run, its page, and how far it is."""
    pages = Blueprint("bill-run-desk", __name__, url_prefix="/bill-run")
    views = BillRunDesk(registry)
    pages.add_url_rule("/", "start", views.start)
    pages.add_url_rule("/", "try", views.try_out, methods=("POST",))
    pages.add_url_rule("/<int:id>/", "run", views.show)
    pages.add_url_rule("/<int:id>/progress.json", "progress", views.progress)
    pages.add_app_template_global(_desk_of, "record_desk")
    return pages


def bill_run_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who may bill."""
    return Extra("billing", LINK, lambda actor: registry.access.may(actor, "bill_run", "create"))


def _desk_of(entity: str, id: int) -> str:
    """The address, below the site's root, of the page made for a record; '' where there is none."""
    return f"/bill-run/{id}/" if entity == "bill_run" else ""


class BillRunDesk:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def start(self, problems: Iterable[str] = (), status: int = 200) -> ResponseReturnValue:
        """What can be chosen, and the runs there were."""
        actor = current_actor()
        self.registry.scope.require(actor, "bill_run", "create")
        today = self.registry.clock.today()
        newest = Query(sort="-id", size=RECENT, columns=("month", "state", "bills", "total", "issued_on"))
        page = render_template(
            "desks/bill_run/start.html", given=request.form, problems=list(problems), fee_types=self._fee_types(actor),
            buildings=self._buildings(actor), runs=self.registry.scope.page(actor, "bill_run", newest).rows,
            month=f"{today:%Y-%m}", today=today, chip=self._chip, money=_money,
        )  # fmt: skip
        return page, status

    def try_out(self) -> ResponseReturnValue:
        """Make a run of what was chosen, and try it."""
        actor = current_actor()
        self.registry.scope.require(actor, "bill_run", "create")
        try:
            run = self.registry.store.create(actor, "bill_run", self._chosen(actor), Source("form"))
            outcome = self.registry.act(actor, "bill_run", "check_run", (run,), {}, Source("form"))
        except BadValue as bad:
            return self.start([bad.text.to(actor.locale)], 422)
        except Invalid as wrong:
            return self.start([text.to(actor.locale) for texts in wrong.problems.values() for text in texts], 422)
        for _id, text in outcome.skipped:
            flash(text.to(actor.locale), "error")
        return redirect(f"{request.script_root}/bill-run/{run}/")

    def show(self, id: int) -> ResponseReturnValue:
        """A run: what it comes to, what stands in the way, how far it is, what came of it."""
        actor = current_actor()
        run = self.registry.scope.get(actor, "bill_run", id)
        found: Mapping[str, Any] = run["preview"] or {}
        names = {one["id"]: one["name"] for one in found.get("fee_types", ())}
        return render_template(
            "desks/bill_run/run.html", run=run, found=found, chip=self._chip(run["state"]), money=_money, names=names,
            groups=[self._group(one, names) for one in found.get("findings", ())], deeds=self._deeds(actor, run),
            may_print=run["state"] == "published" and self._may_print(actor), units_of=_units_of,
            under_way=run["state"] in UNDER_WAY, said=self._progress(run), change=_change, bills_of=self._bills_of,
            may_edit=bool(self.registry.scope.visible_ids(actor, "bill_run", [id], "update"))
            if self.registry.access.may(actor, "bill_run", "update") else False,
        )  # fmt: skip

    def progress(self, id: int) -> ResponseReturnValue:
        """How far a run is, as JSON; whoever looks also sees to it that somebody works."""
        run = self.registry.scope.get(current_actor(), "bill_run", id)
        if run["state"] in UNDER_WAY:
            scheduler().wake()
        return jsonify(self._progress(run))

    # -- parts -----------------------------------------------------------------------------------------

    def _fee_types(self, actor: Actor) -> list[Record]:
        """Those that a run can bill."""
        conditions = (
            Condition("active", "equals", True),
            Condition("basis", "in", BY_RUN),
            Condition("cycle", "not_equals", "once"),
        )
        asked = Query(conditions=conditions, sort="id", columns=("name", "cycle", "basis"))
        return list(self.registry.scope.stream(actor, "fee_type", asked))

    def _buildings(self, actor: Actor) -> list[Record]:
        return list(self.registry.scope.stream(actor, "building", Query(sort="title", columns=("number",))))

    def _chosen(self, actor: Actor) -> dict[str, Any]:
        """The values of a new run. Raises BadValue."""
        fields, context = self.registry.schema.entities["bill_run"].fields, self.registry.scope.context(actor)
        given = request.form
        dates = {
            name: fields[name].type.parse(given.get(name, ""), context) for name in ("month", "issued_on", "due_on")
        }
        links = {
            name: tuple(id for id in map(id_of, given.getlist(name)) if id is not None)
            for name in ("fee_types", "buildings")
        }
        return {name: value for name, value in (dates | links).items() if value not in (None, ())}

    def _chip(self, state: str) -> tuple[str, str]:
        """The words and the colour of a state."""
        choice = self.registry.schema.choices["run_state"][state]
        return choice.label.to(current_actor().locale), choice.color or "grey"

    def _deeds(self, actor: Actor, run: Record) -> list[tuple[str, str, str, str]]:
        """(action, words, icon, colour) of what the person may do with the run as it stands."""
        actions = self.registry.schema.entities["bill_run"].actions
        states = {"check_run": ("draft", "checked"), "publish_run": ("checked",),
                  "void_run": ("published", "running")}  # fmt: skip
        colours = {"publish_run": "primary", "void_run": "danger-quiet"}
        return [
            (name, actions[name].label.to(actor.locale), actions[name].icon, colours.get(name, ""))
            for name in GRANTED
            if run["state"] in states[name] and self.registry.access.may(actor, "bill_run", name)
        ]

    def _progress(self, run: Record) -> dict[str, Any]:
        """How far the run is, in words."""
        found = run["preview"] or {}
        whole, done = int(found.get("count") or 0), int(run["bills"] or 0)
        if run["state"] == "voiding":
            mine = Query(conditions=(Condition("run", "equals", run.id),))
            whole = self.registry.scope.count(current_actor(), "bill", mine)
            done = whole - done
            doing = _("The bills are being voided")
        else:
            doing = _("The bills are being made")
        if found.get("begun", 0) > 1:
            doing = _("It was interrupted and goes on; nothing is made twice")
        percent = min(100, done * 100 // whole) if whole else 0
        return {
            "over": run["state"] not in UNDER_WAY, "doing": doing, "percent": percent, "can_stop": False,
            "numbers": _("%(done)s of %(whole)s", done=f"{done:,}", whole=f"{whole:,}"),
        }  # fmt: skip

    def _group(self, group: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
        """A kind of finding in words, with the address of each record to see to."""
        words, advice, is_note = FINDINGS[group["why"]]
        return {
            "words": words.to(current_actor().locale), "advice": advice.to(current_actor().locale), "is_note": is_note,
            "fee_type": names.get(group["fee_type"], ""), "count": group["count"],
            "records": [(one["title"], self._address(group["why"], one)) for one in group["records"]],
        }  # fmt: skip

    def _address(self, why: str, record: Mapping[str, Any]) -> str:
        """Where what is missing can be put right."""
        entity, id = record["about"]
        if why == "no_charge":
            return with_query(f"{request.script_root}/charge/new/", [("unit", id)])
        return with_query(f"{request.script_root}/{entity}/details/", [("id", id)])

    def _may_print(self, actor: Actor) -> bool:
        """Whether the person may print payment notices, a building at a time."""
        known = "payment_notice" in self.registry.schema.documents
        return known and self.registry.access.may(actor, "unit", "payment_notice")

    def _bills_of(self, run: int, *more: Condition) -> str:
        """The list of a run's bills."""
        conditions = (Condition("run", "equals", run), *more)
        return with_query(f"{request.script_root}/bill/", params_of(conditions))


def _units_of(building: int) -> str:
    """What narrows the list of units to a building, as it is sent along with an action on all of them."""
    return urlencode(list(params_of([Condition("building", "equals", building)])))


def _money(amount: Any) -> str:
    return f"{Decimal(amount or 0):,.2f}"


def _change(now: str, before: str) -> str:
    """By how much it changed since the period before: +3.5 %; '' without one."""
    earlier = Decimal(before)
    return f"{(Decimal(now) - earlier) * 100 / earlier:+.1f} %" if earlier else ""
