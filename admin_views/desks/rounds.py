"""`/rounds/`: what one owes today on the phone: points by their codes, vacant units, whom to visit (P1–P4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.rounds_homes import add_homes
from admin_views.desks.rounds_page import WRITTEN_AND_FINE, RoundsPages, kept_of
from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.once import at_most_once, done_at, keep_page
from admin_views.shell import current_actor
from models.actor import Actor
from models.errors import Invalid
from models.query import Condition, Query
from office.rounds import codes
from office.rounds.day import Duty, duties
from office.rounds.owed import Owed, my_dues
from office.rounds.recording import FIRST, MANAGERS, SECOND, Finding, kind_of, record_patrol
from office.rounds.today import Stop, my_points
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

NEEDS = ("patrol_route", "patrol_point", "patrol", "patrol_finding", "visit", "vacancy_round", "vacancy", "occupancy",
         "unit", "service_request", "round_plan")  # fmt: skip
"""The entities without which there is no such page."""
LINK = Link("my-rounds", Text("今日巡查", "My rounds"), "street-view", "/rounds/")
OTHER = "other"
"""What is not among the subjects of the point, in the names of its inputs."""
ICONS = {"cleaning": "trash-o", "security": "shield", "repair": "wrench", "gardens": "leaf", "water": "tint",
         "power": "bolt", "gas": "fire", "telecom": "phone", "cable": "television"}  # fmt: skip
PLACES = {
    "patrol": ("map-marker", "/rounds/#points", "patrol"), "second_patrol": ("map-marker", "/rounds/#points", "patrol"),
    "sign_check": ("map-signs", "/signs/", "sign_check"),
    "renovation": ("paint-brush", "/renovation/", "renovation_inspection"),
    "visit": ("handshake-o", "/rounds/visits/", "visit"), "vacant_unit": ("home", "/rounds/vacant/", "vacancy_round"),
}  # fmt: skip
"""By kind of round: its icon, where it is done, what is written down there."""
NEITHER = Text("请写明哪里不正常，或点“一切正常”。", "Say what is not fine, or tap “All fine”.")


def rounds_desk(registry: Registry) -> Blueprint:
    """The pages of the rounds."""
    pages = Blueprint("rounds-desk", __name__, url_prefix="/rounds")
    views = RoundsDesk(registry)
    pages.add_url_rule("/", "today", views.today)
    pages.add_url_rule("/p/<token>/", "point", views.point)
    pages.add_url_rule("/p/<token>/", "record", views.record, methods=("POST",))
    add_homes(pages, registry)
    return pages


def rounds_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who make rounds."""
    may = registry.access.may
    return Extra("rounds", LINK, lambda actor: may(actor, "patrol", "create") or may(actor, "visit", "create"),
                 leads=True, is_desk=True)  # fmt: skip


class RoundsDesk(RoundsPages):
    """The pages of the points."""

    # -- lists -----------------------------------------------------------------------------------------

    def today(self) -> ResponseReturnValue:
        """The points by route, those done with their time; ``?done=`` says what was just written down."""
        actor = current_actor()
        if not self.may("patrol") and self.may("visit"):
            return redirect(f"{request.script_root}/rounds/visits/")
        self.registry.scope.require(actor, "patrol", "create")
        keep_page()
        today = self.registry.clock.today()
        owed = my_dues(self.registry, actor, today)
        stops = my_points(self.registry, actor, today, owed)
        # Where no plan names points, those of the own area are the day's.
        mine = [one for one in stops if one.is_mine] or stops
        others = [one for one in stops if not one.is_mine] if mine is not stops else []
        return self.render(
            "points", duties=self._duties(actor, owed), mine=_by_route(mine), others=_by_route(others),
            is_planned=mine is not stops, just=self._just(actor), done=sum(one.is_done for one in mine), all=len(mine),
            kept=kept_of(one.place.id for one in (*mine, *others) if not one.is_done), path=self._path,
        )  # fmt: skip

    # -- a point ---------------------------------------------------------------------------------------

    def point(self, token: str) -> ResponseReturnValue:
        """The form of the point behind a code."""
        found = self._point(token)
        if found is None:
            return self.strange()
        keep_page()
        return self._form(found)

    def record(self, token: str) -> ResponseReturnValue:
        """Write the round at a point down, once however often it comes."""
        found = self._point(token)
        if found is None:
            return self.strange()
        return at_most_once(self.registry, lambda: self._written(found))

    # -- parts -----------------------------------------------------------------------------------------

    def _point(self, token: str) -> Record | None:
        """The point behind a code. Raises NotAllowed for those who make no rounds."""
        actor = current_actor()
        self.registry.scope.require(actor, "patrol", "create")
        found = codes.point_of(self.registry, actor, token)
        return found or codes.point_owed(self.registry, actor, token)

    def _duties(self, actor: Actor, owed: Sequence[Owed]) -> list[tuple[Duty, str, str, str]]:
        """(what is owed of a kind, its words, its icon, the page where it is done; '' for none)."""
        may = self.registry.access.may
        found = duties(self.registry, actor, self.registry.clock.today(), owed)
        pages = {kind: path for kind, (_icon, path, entity) in PLACES.items() if may(actor, entity, "create")}
        return [(one, self.label("patrol", "kind", one.kind)[0], PLACES[one.kind][0], pages.get(one.kind, ""))
                for one in found]  # fmt: skip

    def _written(self, point: Record) -> ResponseReturnValue:
        actor, do = current_actor(), request.form.get("do", "")
        kind = request.form.get("kind") or kind_of(actor)

        def write() -> str:
            findings = self._findings(actor, point)
            if bool(findings) != (do == "found"):
                raise Invalid({"": [WRITTEN_AND_FINE if findings else NEITHER]})
            scanned = request.form.get("by") == "code"
            id = record_patrol(self.registry, actor, point.id, kind, findings, done_at(self.registry), scanned)
            return f"/rounds/?done={id}"

        return self.tried(write, lambda said: self._form(point, said))

    def _findings(self, actor: Actor, point: Record) -> list[Finding]:
        """What was sent as not fine; a photo without words says where it belongs. Raises Invalid for a bad file."""
        found = []
        for subject in (*(point["subjects"] or ()), ""):
            name = subject or OTHER
            words, keys = self.words(f"words-{name}"), self.photos(actor, "patrol_finding", f"photos-{name}")
            if words or keys:
                said = words or _("%(subject)s: see the photo", subject=self._subject(subject) or _("Something else"))
                found.append(Finding(subject, said, keys))
        return found

    def _path(self, point: int) -> str:
        return codes.point_path(self.registry, point)

    def _form(self, point: Record, problems: list[str] | None = None) -> ResponseReturnValue:
        actor = current_actor()
        subjects = [(code, self._subject(code), ICONS.get(code, "circle-o")) for code in point["subjects"] or ()]
        kinds = [(code, self.label("patrol", "kind", code)[0]) for code in (SECOND, FIRST)]
        page = self.render(
            "point", point=point, subjects=[*subjects, (OTHER, _("Something else"), "ellipsis-h")],
            kinds=kinds if actor.roles & MANAGERS else [], kind=request.form.get("kind") or kind_of(actor),
            problems=problems or [], listed="from" in request.args,
            lately=self._lately(actor, point.id),
        )  # fmt: skip
        return page, 422 if problems else 200

    def _lately(self, actor: Actor, point: int) -> list[Record]:
        """What was found at the point before, the newest first, as far as the person sees it."""
        query = Query(conditions=(Condition("patrol.point", "equals", point),), sort="-id", size=3,
                      columns=("what", "subject", "request", "progress", "created_at"))  # fmt: skip
        return list(self.registry.scope.page(actor, "patrol_finding", query).rows)

    def _just(self, actor: Actor) -> dict[str, Any] | None:
        """The patrol that was just written down, with its findings and their requests."""
        id = id_of(request.args.get("done"))
        found = self.registry.scope.records(actor, "patrol", [id], ("point", "done_at")) if id else []
        if not found:
            return None
        query = Query(conditions=(Condition("patrol", "equals", id),), sort="id", size=20,
                      columns=("what", "subject", "request", "progress"))  # fmt: skip
        return {"patrol": found[0], "findings": self.registry.scope.page(actor, "patrol_finding", query).rows}

    def _subject(self, code: str) -> str:
        return self.label("patrol_finding", "subject", code)[0]


def _by_route(stops: Iterable[Stop]) -> list[tuple[str, list[Stop]]]:
    """Points by the name of their route, those first where something is still to do."""
    routes: dict[str, list[Stop]] = {}
    for stop in stops:
        routes.setdefault(stop.place.titles.get("route") or "", []).append(stop)
    return sorted(routes.items(), key=lambda route: all(stop.is_done for stop in route[1]))
