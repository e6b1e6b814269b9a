"""`/desk/`: somebody calls or comes; found, taken, and dispatched or answered in one save, by keyboard (S1, S2, S4)."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.intake_form import ENTITY, STRANGER, IntakeForm, call_of, codes_of, fresh_form, read_form
from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.shell import current_actor
from models.actor import Actor
from models.errors import NotFound, Refused
from models.query import Query
from office.finding import find_units
from office.requests.course import departments
from office.requests.desk import Call, add_to, may_dispatch, people_to_send, take_call
from office.requests.panel import Panel, due_next, owing, panel, sees_arrears, taken_today
from office.requests.policy import policy_of, words_by_trade
from office.requests.similar import similar_requests
from office.till.household import moment
from schema.text import Text
from schema.types.lights import LIGHT_CHOICES

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

NEEDS = ("unit", "occupancy", "resident", "building", "service_request", "callback", "department", "staff", "bill")
"""The entities without which there is no such page."""
LINK = Link("desk", Text("受理台", "Desk"), "headphones", "/desk/")
LONGEST = 100


def intake_desk(registry: Registry) -> Blueprint:
    """The search, and the form beside the household."""
    pages = Blueprint("intake-desk", __name__, url_prefix="/desk")
    views = Intake(registry)
    pages.add_url_rule("/", "search", views.search)
    pages.add_url_rule("/new/", "stranger", views.show)
    pages.add_url_rule("/new/", "take_stranger", views.take, methods=("POST",))
    pages.add_url_rule("/<int:unit>/", "unit", views.show)
    pages.add_url_rule("/<int:unit>/", "take", views.take, methods=("POST",))
    return pages


def intake_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who take requests."""
    return Extra("service", LINK, lambda actor: registry.access.may(actor, ENTITY, "create"), leads=True, is_desk=True)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a form comes back: a sentence, or requests that may be the same."""

    refused: Text | None = None
    similar: tuple[Record, ...] = ()


class Intake:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.policy = policy_of(registry.schema)

    def search(self) -> ResponseReturnValue:
        """The households that ``?q=`` finds; the only one is opened at once. A script asks for the list alone."""
        actor = self._actor()
        words = request.args.get("q", "").strip()[:LONGEST]
        found = find_units(self.registry, actor, words)
        signs = owing(self.registry, [one.unit for one in found]) if sees_arrears(self.registry, actor) else set()
        if "X-Part" in request.headers:
            part = render_template("desks/intake/found.html", found=found, words=words, signs=signs, part=True)
            return part, 200, {"X-Part": "1", "Vary": "X-Part"}
        if len(found) == 1:
            return redirect(self._at(found[0].unit))
        return render_template(
            "desks/intake/search.html", words=words, found=found, signs=signs, taken=self._taken(actor),
            mine=taken_today(self.registry, actor), due=due_next(self.registry, actor), **self._words(),
        )  # fmt: skip

    def show(self, unit: int | None = None) -> ResponseReturnValue:
        """The form, beside the household where there is one."""
        actor = self._actor()
        shown = panel(self.registry, actor, unit) if unit is not None else None
        asked = request.args.get("kind", "")
        kind = asked if asked in codes_of(self.registry, "kind") else self._first_kind()
        form = fresh_form(token_urlsafe(18), self.policy, kind, shown, request.args.get("name", "")[:LONGEST])
        return self._page(actor, shown, form)

    def take(self, unit: int | None = None) -> ResponseReturnValue:
        """Take the call of the form; where it is refused, or may be the same as another, the form again."""
        actor, form = self._actor(), read_form(request.form)
        shown = panel(self.registry, actor, unit) if unit is not None else None
        try:
            call = call_of(self.registry, form, shown, self.registry.scope.context(actor))
            if form.add_to is not None:
                return self._added(actor, form.add_to, call)
            similar = () if form.anyway or form["then"] == "answer" else self._similar(actor, call)
            if similar:
                return self._page(actor, shown, form, Trouble(similar=similar)), 409
            taken = take_call(self.registry, actor, self.registry.clock.now(), call)
        except NotFound:
            raise
        except Refused as refused:
            return self._page(actor, shown, form, Trouble(refused.text)), 422
        if taken.again:
            flash(_("This form was sent before: it is the same request, and nothing more was made."), "warning")
        return redirect(f"{self._at()}?taken={taken.request}", 303)

    # -- parts -----------------------------------------------------------------------------------------

    def _actor(self) -> Actor:
        """Who is asking. Raises NotAllowed for those who take no requests."""
        actor = current_actor()
        self.registry.scope.require(actor, ENTITY, "create")
        return actor

    def _added(self, actor: Actor, id: int, call: Call) -> ResponseReturnValue:
        add_to(self.registry, actor, id, call)
        record = self.registry.scope.get(actor, ENTITY, id)
        flash(_("Added to %(title)s; no second request was made.", title=record.title), "success")
        return redirect(f"{self._at()}?taken={id}", 303)

    def _similar(self, actor: Actor, call: Call) -> tuple[Record, ...]:
        values = call.values
        found = similar_requests(
            self.registry, actor, values["matter"] or "", values["trade"], values.get("unit"), values.get("building"),
            values.get("place") or "",
        )  # fmt: skip
        return tuple(one for one in found if not self._is_same_form(one, call))

    def _is_same_form(self, other: Record, call: Call) -> bool:
        row = self.registry.rows.one(ENTITY, other.id) or {}
        return bool(call.token) and row.get("origin") == f"desk:{call.token}"

    def _taken(self, actor: Actor) -> Record | None:
        """The request that was just taken, to be read out."""
        taken = id_of(request.args.get("taken"))
        found = self.registry.scope.records(actor, ENTITY, [taken]) if taken is not None else []
        return found[0] if found else None

    def _page(
        self, actor: Actor, shown: Panel | None, form: IntakeForm, trouble: Trouble | None = None
    ) -> str:  # fmt: skip
        suggested = self.policy.department_of(form["kind"], form["trade"] or self.policy.trade_of(form["matter"]))
        return render_template(
            "desks/intake/call.html", house=shown, form=form, trouble=trouble or Trouble(), stranger=STRANGER,
            kinds=self._codes("kind"), agencies=self._codes("agency"), channels=self._codes("channel"),
            trades=self._codes("trade"), priorities=self._codes("priority"), rules=self._rules(),
            words=words_by_trade(self.policy), sends=self._sends(), may_dispatch=may_dispatch(self.registry, actor),
            departments=sorted(departments(self.registry).items()), suggested=suggested,
            people=people_to_send(self.registry, actor), buildings=self._buildings(actor) if shown is None else (),
            state=self._label("unit", "state"), user=actor.id, **self._words(),
        )  # fmt: skip

    def _rules(self) -> dict[str, dict[str, str]]:
        """What follows from each kind, for the script: what is offered first, the priority, the department."""
        rules = {code: self.policy.kind(code) for code in self._codes("kind")}
        return {
            code: {"then": rule.then, "priority": rule.priority or "normal", "department": rule.department}
            for code, rule in rules.items()
        }

    def _sends(self) -> dict[str, str]:
        """The department's name of each trade, for the script."""
        return {code: rule.department for code, rule in self.policy.trades.items() if rule.department}

    def _words(self) -> dict[str, Any]:
        return {
            "kind": self._label(ENTITY, "kind"), "request_state": self._label(ENTITY, "state"), "at": self._moment,
            "light": self._light, "today": self.registry.clock.today(),
        }  # fmt: skip

    def _light(self, record: Record) -> tuple[str, str]:
        """How a request stands with its deadlines: how much is left or how late it is, and the colour; ('', '') where
        nothing is due."""
        code = record.get("due_light")
        if not isinstance(code, str):
            return "", ""
        kind: Any = self.registry.schema.entities[ENTITY].fields["due_light"].type
        said: Text = kind.words(code, record.values, self.registry.clock.now())
        return said.to(current_actor().locale), LIGHT_CHOICES[code].color

    def _moment(self, at: Any) -> str:
        return moment(at, self.registry.clock.zone, self.registry.clock.today()) if at else ""

    def _label(self, entity: str, name: str) -> Any:
        """Words and colour of a choice, by its code."""
        choices = getattr(self.registry.schema.entities[entity].fields[name].type, "choices", {})
        locale = current_actor().locale

        def label(code: str | None) -> tuple[str, str]:
            choice = choices.get(code)
            return (choice.label.to(locale), choice.color) if choice else ("", "grey")

        return label

    def _codes(self, name: str) -> dict[str, str]:
        """The choices of a field: code → words."""
        locale = current_actor().locale
        return {code: choice.label.to(locale) for code, choice in codes_of(self.registry, name).items()}

    def _first_kind(self) -> str:
        default = self.registry.schema.entities[ENTITY].fields["kind"].default
        return default if isinstance(default, str) else next(iter(codes_of(self.registry, "kind")))

    def _buildings(self, actor: Actor) -> list[tuple[int, str]]:
        query = Query(sort="title", size=500, columns=("number",))
        return [(one.id, one.title) for one in self.registry.scope.page(actor, "building", query).rows]

    def _at(self, unit: int | None = None) -> str:
        return f"{request.script_root}/desk/" + (f"{unit}/" if unit is not None else "")
