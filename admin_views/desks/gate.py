"""`/gate/`: the gate on a phone: who comes in, who is inside, what may leave, what has happened (S9, S10, S11, R9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.gate_incidents import GateIncidents
from admin_views.desks.gate_mail import GateMail
from admin_views.desks.gate_page import GatePage, photos_of, text_of
from admin_views.desks.gate_visitors import GateVisitors
from admin_views.navigation import Extra, Link
from admin_views.shell import current_actor
from models.errors import NotAllowed, Refused
from models.query import Condition, Query
from models.record import Record
from office.gate import goods, visitors
from office.gate.duty import duty_managers
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

NEEDS = ("incident", "incident_step", "visitor", "visitor_pass", "goods_exit", "mail_item", "unit")
"""The entities without which there is no such page."""
LINK = Link("gate", Text("门岗工作台", "Gate desk"), "shield", "/gate/")
MOST = 999

NO_CODE = Text(
    "这不是本中心开出的码，不能凭它放行；请留下单据，并联系前台核实。",
    "This code is not one of ours: nothing passes by it. Keep the paper and ask the front desk.",
)


@dataclass(frozen=True, slots=True)
class Door:
    """A large button of the front page of the gate; ``count`` and ``late`` are numbers on it."""

    path: str
    words: str
    icon: str
    count: int | None = None
    late: int = 0
    is_urgent: bool = False


def gate_desk(registry: Registry) -> Blueprint:
    """The pages of the gate."""
    pages = Blueprint("gate-desk", __name__, url_prefix="/gate")
    gate, people = GateDesk(registry), GateVisitors(registry)
    incidents, mail = GateIncidents(registry), GateMail(registry)
    for rule, name, view, methods in (
        ("/", "home", gate.home, ("GET",)),
        ("/code/", "code", gate.code, ("GET",)),
        ("/g/<token>/", "goods", gate.goods, ("GET",)),
        ("/g/<token>/", "let-out", gate.let_out, ("POST",)),
        ("/v/<token>/", "pass", gate.visitor_pass, ("GET",)),
        ("/v/<token>/", "let-in", gate.let_in, ("POST",)),
        ("/visitors/", "visitors", people.inside, ("GET",)),
        ("/visitors/in/", "visitor", people.form_page, ("GET",)),
        ("/visitors/in/", "come-in", people.come_in, ("POST",)),
        ("/visitors/<int:id>/out/", "go-out", people.go_out, ("POST",)),
        ("/passes/<int:id>/in/", "expected-in", people.expected_in, ("POST",)),
        ("/incidents/new/", "incident-form", incidents.form_page, ("GET",)),
        ("/incidents/new/", "open-incident", incidents.open, ("POST",)),
        ("/incidents/<int:id>/", "incident", incidents.show, ("GET",)),
        ("/incidents/<int:id>/", "move-incident", incidents.move, ("POST",)),
        ("/incidents/<int:id>/steps/<int:step>/", "step", incidents.step, ("POST",)),
        ("/mail/", "mail", mail.search, ("GET",)),
        ("/mail/", "hand-out", mail.hand_out, ("POST",)),
        ("/mail/receive/", "mail-form", mail.form_page, ("GET",)),
        ("/mail/receive/", "receive-mail", mail.receive, ("POST",)),
    ):  # fmt: skip
        pages.add_url_rule(rule, name, view, methods=methods)
    pages.record_once(_lead_from_records)
    return pages


def gate_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who may write down an incident."""
    return Extra("gate", LINK, lambda actor: registry.access.may(actor, "incident", "create"), leads=True)


def _lead_from_records(state: BlueprintSetupState) -> None:
    """The record of an incident leads to its page at the gate; other records go on leading where they do."""
    known = state.app.jinja_env.globals
    others = known.get("record_desk", lambda _entity, _id: "")

    def desk_of(entity: str, id: int) -> str:
        return f"/gate/incidents/{id}/" if entity == "incident" else str(others(entity, id))

    known["record_desk"] = desk_of


class GateDesk(GatePage):
    """The front page, and what a scanned code leads to."""

    def home(self) -> ResponseReturnValue:
        """Who has duty, what is going on, and the large buttons."""
        actor = self.actor("incident", "read")
        running = self._running()
        return render_template(
            "desks/gate/home.html", managers=duty_managers(self.registry, actor, self.registry.clock.now()),
            running=running, doors=list(self._doors()), leaving=self._leaving(), **self.words(),
            may_scan=self.may("goods_exit", "read") or self.may("visitor_pass", "read"),
        )  # fmt: skip

    def code(self) -> ResponseReturnValue:
        """A code that was typed or pasted: the page that it leads to."""
        typed = text_of("code", 400)
        token, kind = self._meant(typed)
        if not token:
            actor = self.actor("incident", "read")
            flash(NO_CODE.to(actor.locale) if typed else _("Type the code or the number of the paper first."), "error")
            return redirect(self.at())
        return redirect(self.at(f"{kind}/{token}/"))

    def goods(self, token: str) -> ResponseReturnValue:
        """What may leave by a slip, or why nothing does."""
        record = self._behind(goods.KIND, "goods_exit", token)
        if record is None:
            return self._strange()
        stopped = goods.stopped(goods.slip_of(self.registry, record), self.registry.clock.today())
        mine = record["state"] == "left" and record["left_by"] == current_actor().id and "done" in request.args
        return render_template(
            "desks/gate/goods.html", slip=record, stopped=stopped, mine=mine, photos=photos_of(record),
            lines=[line.strip() for line in record["items"].splitlines() if line.strip()],
            may_let_out=self.may("goods_exit", "let_out"), **self.words(),
        )  # fmt: skip

    def let_out(self, token: str) -> ResponseReturnValue:
        """Let what a slip is for out, once."""
        self.actor("goods_exit", "let_out")
        return self._passed("goods_exit", "let_out", goods.KIND, token)

    def visitor_pass(self, token: str) -> ResponseReturnValue:
        """Who may come in by a pass, or why nobody does."""
        record = self._behind(visitors.KIND, "visitor_pass", token)
        if record is None:
            return self._strange()
        found = visitors.pass_of(self.registry, current_actor(), record)
        return render_template(
            "desks/gate/pass.html", slip=record, stopped=visitors.stopped(found, self.registry.clock.today()),
            mine="done" in request.args and bool(found.inside_since),
            may_let_in=self.may("visitor_pass", "let_visitor_in"), **self.words(),
        )  # fmt: skip

    def let_in(self, token: str) -> ResponseReturnValue:
        """Let the holder of a pass in."""
        self.actor("visitor_pass", "let_visitor_in")
        return self._passed("visitor_pass", "let_visitor_in", visitors.KIND, token)

    # -- parts -----------------------------------------------------------------------------------------

    def _passed(self, entity: str, action: str, kind: str, token: str) -> ResponseReturnValue:
        """Do what stands behind a code and show it again; who comes second reads there who was first."""
        record = self._behind(kind, entity, token)
        if record is None:
            return self._strange()
        try:
            done = self.act(entity, action, [record.id], {})
        except NotAllowed:
            raise
        except Refused as refused:
            flash(refused.text.to(current_actor().locale), "error")
            done = False
        return redirect(f"{request.path}{'?done=1' if done else ''}", 303)

    def _behind(self, kind: str, entity: str, token: str) -> Record | None:
        """The record of a code that this office signed and that the actor sees. Raises NotAllowed."""
        actor = self.actor(entity, "read")
        id = self.registry.codes.read(kind, token)
        found = self.registry.scope.records(actor, entity, [id]) if id is not None else []
        return found[0] if found else None

    def _strange(self) -> ResponseReturnValue:
        """One answer for a code that nobody signed, whatever stands behind others."""
        return render_template("desks/gate/strange.html", said=NO_CODE), 404

    def _meant(self, typed: str) -> tuple[str, str]:
        """(token, part of the address) that a typed code, address or number of a paper means; '' for none."""
        for kind, letter, entity in ((goods.KIND, "g", "goods_exit"), (visitors.KIND, "v", "visitor_pass")):
            if not self.may(entity, "read"):
                continue
            token = typed.rstrip("/").rpartition("/")[2]
            if self.registry.codes.read(kind, token) is not None:
                return token, letter
            numbered = Query(conditions=(Condition("number", "equals", typed.upper()),))
            found = self.registry.scope.ids(current_actor(), entity, numbered, 1) if typed else []
            if found:
                return self.registry.codes.sign(kind, found[0]), letter
        return "", ""

    def _running(self) -> list[Record]:
        """Incidents that are being dealt with, the newest first."""
        query = Query(
            saved="running", columns=("number", "kind", "severity", "place", "found_at", "steps_open"), size=5
        )
        return list(self.registry.scope.page(current_actor(), "incident", query).rows)

    def _leaving(self) -> list[Record]:
        """Goods that may leave today."""
        if not self.may("goods_exit", "read"):
            return []
        query = Query(saved="today", columns=("number", "unit", "taken_by", "taker", "pieces", "plate"), size=8)
        return list(self.registry.scope.page(current_actor(), "goods_exit", query).rows)

    def _count(self, entity: str, saved: str) -> int:
        return self.registry.scope.count(current_actor(), entity, Query(saved=saved), MOST)

    def _doors(self) -> Any:
        """The buttons that this person has a use for."""
        root = request.script_root
        if self.may("visitor", "create"):
            yield Door(self.at("visitors/in/"), _("Visitor comes in"), "sign-in")
        if self.may("visitor", "read"):
            late, inside = self._count("visitor", "overstay"), self._count("visitor", "inside")
            yield Door(self.at("visitors/"), _("Who is inside"), "users", inside, late)
        yield Door(self.at("incidents/new/"), _("Incident"), "fire-extinguisher", is_urgent=True)
        if self.may("mail_item", "read"):
            words = _("Hand out mail") if self.may("mail_item", "hand_out") else _("Look for mail")
            yield Door(self.at("mail/"), words, "envelope-o", self._count("mail_item", "waiting"))
        if self.may("mail_item", "create"):
            yield Door(self.at("mail/receive/"), _("Take mail in"), "inbox")
        if self.may("visitor_pass", "create"):
            yield Door(f"{root}/visitor_pass/new/", _("Announce a visitor"), "qrcode")
        if self.may("goods_exit", "create"):
            yield Door(f"{root}/goods_exit/new/", _("Goods to leave"), "truck")
