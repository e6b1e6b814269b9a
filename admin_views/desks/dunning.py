"""`/dunning/`: what is to be done today about those who owe, for the desk and for the steward's phone (F7)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.screen import with_query
from admin_views.shell import current_actor
from models.actor import Actor
from office.dunning.policy import policy_of
from office.dunning.worklist import VIEWS, Chosen, Line, WorkList, buildings_of, sees_amounts, work_list
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

NEEDS = ("dunning_case", "dunning_step", "dunning_hold", "bill", "unit", "building", "occupancy")
"""The entities without which there is no such page."""
LINK = Link("dunning", Text("催缴工作台", "Dunning today"), "bell-o", "/dunning/")
STEP_DEEDS = ("escalate", "deliver_letter", "step_failed", "record_visit", "conference", "hand_to_legal", "ignore_step")


def dunning_desk(registry: Registry) -> Blueprint:
    """The work list."""
    pages = Blueprint("dunning-desk", __name__, url_prefix="/dunning")
    pages.add_url_rule("/", "list", DunningDesk(registry).show)
    return pages


def dunning_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who may see dunning steps."""
    return Extra("dunning", LINK, lambda actor: registry.access.may(actor, "dunning_step", "read"))


class DunningDesk:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def show(self) -> ResponseReturnValue:
        """The part of the list that ``?view=`` names, narrowed by level, building and steward."""
        actor = current_actor()
        self.registry.scope.require(actor, "dunning_step", "read")
        buildings = buildings_of(self.registry, actor)
        chosen = _chosen({id for id, *_rest in buildings}, {steward for _id, _name, steward, _who in buildings})
        today = self.registry.clock.today()
        found = work_list(self.registry, actor, chosen, today)
        return render_template(
            "desks/dunning/list.html", found=found, chosen=chosen, buildings=buildings, today=today,
            stewards=dict(sorted((s, name) for _id, _t, s, name in buildings if s is not None)),
            views=self._views(chosen, found), levels=self._levels(chosen, found), may=self._may(actor),
            may_resolve=self.registry.access.may(actor, "dunning_hold", "resolve_hold"), money=_money,
            amounts=sees_amounts(self.registry, actor), kind=self._kind, url=_url(chosen), deeds=self._deeds,
            standings=_standings(), tel=_tel,
        )  # fmt: skip

    def _views(self, chosen: Chosen, found: WorkList) -> list[tuple[str, str, int, bool]]:
        """(name, address, number, whether it is the present one) of each part of the list."""
        return [(name, _url(chosen, view=name, level=None), found.counts[name], name == chosen.view) for name in VIEWS]

    def _levels(self, chosen: Chosen, found: WorkList) -> list[tuple[str, str, int, bool]]:
        """(label, address, number due, whether chosen) of all levels together and of each that has any."""
        locale, policy = current_actor().locale, policy_of(self.registry.schema)
        every = (_("All levels"), _url(chosen, level=None), sum(found.levels.values()), chosen.level is None)
        return [every] + [
            (f"{n} {policy.name_of(n).to(locale)}", _url(chosen, level=n), found.levels[n], chosen.level == n)
            for n in sorted(found.levels)
        ]

    def _may(self, actor: Actor) -> set[str]:
        return {deed for deed in STEP_DEEDS if self.registry.access.may(actor, "dunning_step", deed)}

    def _kind(self, code: str) -> tuple[str, str]:
        """The words and the colour of a kind of hold."""
        choice = self.registry.schema.choices["hold_kind"][code]
        return choice.label.to(current_actor().locale), choice.color

    def _deeds(self, line: Line, view: str) -> list[tuple[str, str, str]]:
        """(action, words, icon) of what can be done with a line, the usual one first."""
        if line.level is None:
            return []
        escalate = ("escalate", _("Print the letter") if line.means == "letter" else _("Arrange"), "print")
        if line.means == "visit":
            deeds = [("record_visit", _("Record the visit"), "home")]
            return [*deeds, escalate] if view == "due" else [*deeds, ("step_failed", _("Failed"), "times")]
        if line.means == "letter":
            delivered = [("deliver_letter", _("Delivered"), "check"), ("step_failed", _("Failed"), "times")]
            return [escalate] if view == "due" else delivered
        if line.means == "conference":
            return [("conference", _("Record the conference"), "users")]
        return [("hand_to_legal", _("Hand over to legal"), "gavel")]


def _chosen(buildings: set[int], stewards: set[int | None]) -> Chosen:
    """What the address asks for; what the actor cannot choose is left out."""
    view, building = request.args.get("view", ""), _number("building")
    steward = _number("steward")
    return Chosen(
        view if view in VIEWS else "due", _number("level"), building if building in buildings else None,
        steward if steward in stewards else None,
    )  # fmt: skip


def _number(name: str) -> int | None:
    return id_of(request.args.get(name))


def _url(chosen: Chosen, **changes: Any) -> str:
    """The address of the list as it is chosen, with changes."""
    parts = {"view": chosen.view, "level": chosen.level, "building": chosen.building, "steward": chosen.steward}
    parts |= changes
    if parts["view"] == "due":
        parts["view"] = None
    kept = [(name, value) for name, value in parts.items() if value is not None]
    return with_query(f"{request.script_root}/dunning/", kept)


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:,.2f}"


def _tel(phone: str) -> str:
    """The number as a link dials it; '' for a masked one."""
    return "" if "*" in phone else "".join(sign for sign in phone if sign.isdigit() or sign == "+")


def _standings() -> dict[str, tuple[str, str]]:
    """The words and the colour of how a promise stands."""
    return {"kept": (_("kept"), "green"), "awaited": (_("awaited"), "blue"), "broken": (_("broken"), "red")}
