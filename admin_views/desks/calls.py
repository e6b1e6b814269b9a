"""`/calls/`: whom to call today, one call at a time, each by one person; made for the keyboard and a headset (S6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.calls_form import kept, outcomes, read_answers
from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.shell import current_actor
from models.actor import Actor, Source
from models.errors import NotAllowed, NotFound, Refused
from models.operations import Outcome
from office.callbacks.claims import clock_words, holder
from office.callbacks.facts import CallFacts, call_facts
from office.callbacks.outcomes import missed_in_a_row
from office.callbacks.policy import CALLBACK, Callbacks, callbacks_of
from office.callbacks.queue import Waiting, later, next_call, take, to_call, to_sign
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

NEEDS = ("callback", "callback_attempt", "service_request", "work_order")
"""The entities without which there is no such page."""
LINK = Link("calls", Text("回访工作台", "Calls today"), "volume-control-phone", "/calls/")
NOW, LATER, SIGN = "now", "later", "sign"


def calls_desk(registry: Registry) -> Blueprint:
    """The queue, and the page of one call."""
    pages = Blueprint("calls-desk", __name__, url_prefix="/calls")
    views = Calls(registry)
    pages.add_url_rule("/", "queue", views.queue)
    pages.add_url_rule("/next/", "next", views.next, methods=("POST",))
    pages.add_url_rule("/<int:call>/", "call", views.show)
    for name in ("take", "leave", "renew", "outcome"):
        pages.add_url_rule(f"/<int:call>/{name}/", name, getattr(views, name), methods=("POST",))
    return pages


def calls_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who call."""
    return Extra("service", LINK, lambda actor: registry.access.may(actor, CALLBACK, "take_call"), leads=True)


class Calls:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    # -- the queue -------------------------------------------------------------------------------------

    def queue(self) -> ResponseReturnValue:
        """The calls to make now; those of later, or those to be signed, by ``?view=``; of one rule by ``?rule=``."""
        actor, now = self._actor(), self.registry.clock.now()
        rules = {name: self._rule(name) for name in self._policy.for_roles(actor.roles)}
        rule = request.args.get("rule", "")
        rule, view = rule if rule in rules else "", request.args.get("view", NOW)
        found = to_call(self.registry, actor, now, rule)
        may_sign = self._may(actor, "sign_callback") and found.counts[SIGN] > 0
        view = view if view == LATER or (view == SIGN and may_sign) else NOW
        return render_template(
            "desks/calls/queue.html", found=found, view=view, rule=rule, rules=rules, today=self._today,
            tabs=self._tabs(found, view, may_sign), rows=self._rows(actor, view), due=due_words, tel=tel,
            at=self._moment, label=self._label, name_of=self._rule, may_print=self._may(actor, "call_list"),
            signs=self._signs(actor),
        )  # fmt: skip

    def next(self) -> ResponseReturnValue:
        """Take the next call that nobody has in hand, and open it."""
        actor = self._actor()
        after = id_of(request.form.get("after"))
        found = next_call(self.registry, actor, self.registry.clock.now(), after)
        if found is None:
            flash(_("There is nobody left to call just now."), "success")
            return redirect(self._at(), 303)
        return redirect(self._at(found), 303)

    # -- one call --------------------------------------------------------------------------------------

    def show(self, call: int) -> ResponseReturnValue:
        """A call with all that is known; the form only for who has it in hand."""
        return self._page(self._actor(), call)

    def take(self, call: int) -> ResponseReturnValue:
        """Take a call into hand."""
        actor = self._actor()
        self.registry.scope.get(actor, CALLBACK, call)
        if not take(self.registry, actor, call):
            flash(_("Somebody else took this call, or it is over."), "warning")
        return redirect(self._at(call), 303)

    def leave(self, call: int) -> ResponseReturnValue:
        """Put a call back into the queue."""
        actor = self._actor()
        self.registry.scope.get(actor, CALLBACK, call)
        self._act(actor, "leave_call", call, {})
        return redirect(self._at(), 303)

    def renew(self, call: int) -> ResponseReturnValue:
        """Keep a call in hand while its page is open, for the script: ``{"mine": true, "until": "10:40"}``."""
        actor = self._actor()
        self.registry.scope.get(actor, CALLBACK, call)
        mine = take(self.registry, actor, call)
        found = self.registry.scope.get(actor, CALLBACK, call)
        until = found["claimed_until"]
        return jsonify(mine=mine, until=clock_words(self.registry, until) if until else "",
                       by="" if mine else found.titles.get("claimed_by") or "")  # fmt: skip

    def outcome(self, call: int) -> ResponseReturnValue:
        """Write down how the call went; where that is refused, the form again with what was filled in."""
        actor = self._actor()
        self.registry.scope.get(actor, CALLBACK, call)
        try:
            action, answers = read_answers(self.registry, actor, request.form)
            done = self._act(actor, action, call, answers)
        except (NotFound, NotAllowed):
            raise
        except Refused as refused:
            return self._page(actor, call, refused.text), 422
        if done.skipped:
            return self._page(actor, call, done.skipped[0][1]), 409
        flash(done.done[0][1].to(actor.locale), "success")
        return redirect(self._at(), 303)

    # -- parts -----------------------------------------------------------------------------------------

    def _page(self, actor: Actor, id: int, refused: Text | None = None) -> str:
        facts, now = call_facts(self.registry, actor, id), self.registry.clock.now()
        call = facts.call
        who, from_ = holder(call, now), call["not_before"]
        missed = len(missed_in_a_row([one.values for one in facts.attempts]))
        return render_template(
            "desks/calls/call.html", facts=facts, call=call, refused=refused, given=kept(request.form),
            is_mine=who == actor.id, held_by="" if who is None else call.titles.get("claimed_by") or "–",
            is_open=from_ is not None, is_early=from_ is not None and from_ > now,
            until=clock_words(self.registry, call["claimed_until"]) if who else "", lease=self._policy.lease,
            outcomes=outcomes(), points=points(), asks=self._asks(facts), due=due_words, today=self._today, tel=tel,
            at=self._moment, label=self._label, name_of=self._rule, missed=missed, tries=self._policy.tries,
            questionnaire=self._questionnaire(call), may_sign=self._waits_for(actor, call),
        )  # fmt: skip

    def _asks(self, facts: CallFacts) -> str:
        """What is asked; quality and attitude only where there is an order to rate."""
        asks = facts.rule.asks if facts.rule else "satisfaction"
        return "satisfaction" if asks == "order" and not facts.call.get("work_order") else asks

    def _questionnaire(self, call: Record) -> int | None:
        """The questionnaire that is filled in on the phone."""
        invitation: int | None = call.get("survey_invitation")
        return invitation

    def _waits_for(self, actor: Actor, call: Record) -> bool:
        """Whether this person may sign for the call as it stands."""
        waits = call["unsigned_since"] is not None
        return waits and self._signs(actor) and call["done_by"] != actor.id

    def _signs(self, actor: Actor) -> bool:
        """Whether people of these roles sign for calls."""
        signers = {role for rule in self._policy.rules.values() for role in rule.signature}
        return self._may(actor, "sign_callback") and bool(actor.roles.intersection(signers))

    def _rows(self, actor: Actor, view: str) -> Sequence[Record]:
        if view == LATER:
            return later(self.registry, actor)
        return to_sign(self.registry, actor) if view == SIGN else ()

    def _tabs(self, found: Waiting, view: str, may_sign: bool) -> list[tuple[str, str, str, int, bool]]:
        """(name, words, address, number, whether it is the present one) of each part of the page."""
        names = [(NOW, _("To call now")), (LATER, _("Later"))]
        names += [(SIGN, _("To be signed"))] if may_sign else []
        return [
            (name, words, self._at() if name == NOW else f"{self._at()}?view={name}", found.counts[name], name == view)
            for name, words in names
        ]

    def _act(self, actor: Actor, action: str, call: int, answers: dict[str, Any]) -> Outcome:
        return self.registry.act(actor, CALLBACK, action, (call,), answers, Source("action", action))

    def _actor(self) -> Actor:
        """Who is asking. Raises NotAllowed for those who call nobody."""
        actor = current_actor()
        self.registry.scope.require(actor, CALLBACK, "take_call")
        return actor

    def _may(self, actor: Actor, action: str) -> bool:
        return self.registry.access.may(actor, CALLBACK, action)

    @property
    def _policy(self) -> Callbacks:
        return callbacks_of(self.registry.schema)

    @property
    def _today(self) -> date:
        return self.registry.clock.today()

    def _moment(self, at: datetime | None) -> str:
        """A moment as people say it: today only the time, else with the day."""
        if at is None:
            return ""
        local = at.astimezone(self.registry.clock.zone)
        if local.date() == self._today:
            return f"{local:%H:%M}"
        return f"{local:%m-%d %H:%M}" if local.year == self._today.year else f"{local:%Y-%m-%d}"

    def _rule(self, name: str) -> tuple[str, str]:
        """Words and colour of a rule."""
        return self._label(CALLBACK, "rule", name) if name else ("", "grey")

    def _label(self, entity: str, name: str, code: str | None) -> tuple[str, str]:
        """Words and colour of a choice."""
        choice = getattr(self.registry.schema.entities[entity].fields[name].type, "choices", {}).get(code or "")
        return (choice.label.to(current_actor().locale), choice.color) if choice else ("", "grey")

    def _at(self, call: int | None = None) -> str:
        return f"{request.script_root}/calls/" + (f"{call}/" if call else "")


def due_words(day: date, today: date) -> tuple[str, str]:
    """When a call is due in words, and the colour of it."""
    days = (day - today).days
    if days < 0:
        return (_("1 day late") if days == -1 else _("%(days)s days late", days=-days)), "red"
    if days == 0:
        return _("due today"), "amber"
    return (_("due tomorrow") if days == 1 else _("due in %(n)s days", n=days)), "green"


def points() -> list[tuple[int, str]]:
    """The ratings with their words, best last."""
    words = (_("very bad"), _("bad"), _("fair"), _("good"), _("very good"))
    return list(enumerate(words, 1))


def tel(phone: Any) -> str:
    """The number as a link dials it; '' for a masked one or none."""
    text = str(phone or "")
    return "" if "*" in text else "".join(sign for sign in text if sign.isdigit() or sign == "+")
