"""`/rounds/`: what one owes today on the phone: points by their codes, vacant units, whom to visit (P1–P4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.once import at_most_once, done_at, keep_page
from admin_views.shell import current_actor
from models.actor import Actor
from models.errors import Invalid, NotAllowed, Refused
from models.query import Condition, Query
from office.rounds import codes
from office.rounds.recording import FIRST, MANAGERS, SECOND, Finding, kind_of, record_patrol
from office.rounds.today import my_points, my_vacant_units, whom_to_visit
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

NEEDS = ("patrol_route", "patrol_point", "patrol", "patrol_finding", "visit", "vacancy_round", "vacancy", "occupancy",
         "unit", "service_request")  # fmt: skip
"""The entities without which there is no such page."""
LINK = Link("my-rounds", Text("今日巡查", "My rounds"), "street-view", "/rounds/")
LONGEST = 200
PHOTOS = 3
"""Photos of one finding."""
OTHER = "other"
"""What is not among the subjects of the point, in the names of its inputs."""
ICONS = {"cleaning": "trash-o", "security": "shield", "repair": "wrench", "gardens": "leaf", "water": "tint",
         "power": "bolt", "gas": "fire", "telecom": "phone", "cable": "television"}  # fmt: skip

STRANGE = Text(
    "这个码不能打开巡查点：不是本中心的码，或不在您的片区。请核对点位，或联系主管。",
    "This code opens no point for you: it is not one of ours, or not of your area. Look at the point again, or ask the "
    "supervisor.",
)


def rounds_desk(registry: Registry) -> Blueprint:
    """The pages of the rounds."""
    pages = Blueprint("rounds-desk", __name__, url_prefix="/rounds")
    views = RoundsDesk(registry)
    pages.add_url_rule("/", "today", views.today)
    pages.add_url_rule("/vacant/", "vacant", views.vacant)
    pages.add_url_rule("/visits/", "visits", views.visits)
    pages.add_url_rule("/p/<token>/", "point", views.point)
    pages.add_url_rule("/p/<token>/", "record", views.record, methods=("POST",))
    pages.add_url_rule("/v/<token>/", "vacant-unit", views.vacant_unit)
    return pages


def rounds_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who make rounds."""
    may = registry.access.may
    return Extra("rounds", LINK, lambda actor: may(actor, "patrol", "create") or may(actor, "visit", "create"),
                 leads=True, is_desk=True)  # fmt: skip


class RoundsDesk:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    # -- lists -----------------------------------------------------------------------------------------

    def today(self) -> ResponseReturnValue:
        """The points by route, those done with their time; ``?done=`` says what was just written down."""
        actor = current_actor()
        if not self._may("patrol") and self._may("visit"):
            return redirect(f"{request.script_root}/rounds/visits/")
        self.registry.scope.require(actor, "patrol", "create")
        keep_page()
        stops = my_points(self.registry, actor, self.registry.clock.today())
        todo = [one for one in stops if one.done is None]
        return self._render("points", stops=stops, todo=todo, just=self._just(actor), path=self._path)

    def vacant(self) -> ResponseReturnValue:
        """The vacant units, those seen today with their time."""
        actor = current_actor()
        self.registry.scope.require(actor, "vacancy_round", "create")
        keep_page()
        stops = my_vacant_units(self.registry, actor, self.registry.clock.today())
        return self._render("vacant", stops=stops, todo=[one for one in stops if one.done is None])

    def visits(self) -> ResponseReturnValue:
        """Whom to call on: the frail first, then who was not met for long."""
        actor = current_actor()
        self.registry.scope.require(actor, "visit", "create")
        keep_page()
        return self._render("visits", calls=whom_to_visit(self.registry, actor, self.registry.clock.today()))

    # -- a point ---------------------------------------------------------------------------------------

    def point(self, token: str) -> ResponseReturnValue:
        """The form of the point behind a code."""
        found = self._point(token)
        if found is None:
            return self._strange()
        keep_page()
        return self._form(found)

    def record(self, token: str) -> ResponseReturnValue:
        """Write the round at a point down, once however often it comes."""
        found = self._point(token)
        if found is None:
            return self._strange()
        return at_most_once(self.registry, lambda: self._written(found))

    def vacant_unit(self, token: str) -> ResponseReturnValue:
        """The form of the vacant unit behind the code of its sheet."""
        actor = current_actor()
        self.registry.scope.require(actor, "vacancy_round", "create")
        found = codes.vacant_of(self.registry, actor, token)
        if found is None:
            return self._strange()
        return redirect(f"{request.script_root}/vacancy_round/new/?unit={found.id}")

    # -- parts -----------------------------------------------------------------------------------------

    def _point(self, token: str) -> Record | None:
        """The point behind a code. Raises NotAllowed for those who make no rounds."""
        actor = current_actor()
        self.registry.scope.require(actor, "patrol", "create")
        return codes.point_of(self.registry, actor, token)

    def _written(self, point: Record) -> ResponseReturnValue:
        actor, do = current_actor(), request.form.get("do", "")
        kind = request.form.get("kind") or kind_of(actor)
        try:
            findings = self._findings(actor, point)
            if bool(findings) != (do == "found"):
                return self._form(point, [_both(findings)], 422)
            id = record_patrol(
                self.registry, actor, point.id, kind, findings, done_at(self.registry),
                scanned=request.form.get("by") == "code",
            )  # fmt: skip
        except NotAllowed:
            raise
        except Invalid as wrong:
            said = [text.to(actor.locale) for texts in wrong.problems.values() for text in texts]
            return self._form(point, list(dict.fromkeys(said)), 422)
        except Refused as refused:
            return self._form(point, [refused.text.to(actor.locale)], 422)
        return redirect(f"{request.script_root}/rounds/?done={id}", 303)

    def _findings(self, actor: Actor, point: Record) -> list[Finding]:
        """What was sent as not fine; a photo without words says where it belongs. Raises Invalid for a bad file."""
        found = []
        for subject in (*(point["subjects"] or ()), ""):
            name = subject or OTHER
            words = request.form.get(f"words-{name}", "").strip()[:LONGEST]
            files = [file for file in request.files.getlist(f"photos-{name}") if file.filename][:PHOTOS]
            if words or files:
                keys = tuple(self.registry.files.put(actor, "patrol_finding", None, file.filename or "", file.stream)
                             for file in files)  # fmt: skip
                said = words or _("%(subject)s: see the photo", subject=self._subject(subject) or _("Something else"))
                found.append(Finding(subject, said, keys))
        return found

    def _path(self, point: int) -> str:
        return codes.point_path(self.registry, point)

    def _form(self, point: Record, problems: list[str] | None = None, status: int = 200) -> ResponseReturnValue:
        actor = current_actor()
        subjects = [(code, self._subject(code), ICONS.get(code, "circle-o")) for code in point["subjects"] or ()]
        kinds = [(code, self._label("patrol", "kind", code)[0]) for code in (SECOND, FIRST)]
        page = self._render(
            "point", point=point, subjects=[*subjects, (OTHER, _("Something else"), "ellipsis-h")],
            kinds=kinds if actor.roles & MANAGERS else [], kind=request.form.get("kind") or kind_of(actor),
            problems=problems or [], typed=request.form, longest=LONGEST, listed="from" in request.args,
            lately=self._lately(actor, point.id),
        )  # fmt: skip
        return page, status

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

    def _strange(self) -> ResponseReturnValue:
        """One answer for a code that nobody signed and for a point of another area, so that neither tells anything."""
        return render_template("desks/rounds/strange.html", said=STRANGE.to(current_actor().locale)), 404

    def _render(self, page: str, **given: Any) -> str:
        doors = [(name, words, icon) for name, words, icon, entity in (
            ("", _("Patrol points"), "map-marker", "patrol"), ("vacant/", _("Vacant units"), "home", "vacancy_round"),
            ("visits/", _("Visits"), "handshake-o", "visit"),
        ) if self._may(entity)]  # fmt: skip
        return render_template(f"desks/rounds/{page}.html", doors=doors, at=self._at, label=self._label,
                               may_print=self._may_print, me=current_actor().id, **given)  # fmt: skip

    def _may(self, entity: str) -> bool:
        return self.registry.access.may(current_actor(), entity, "create")

    def _may_print(self, document: str, entity: str) -> bool:
        return self.registry.access.may(current_actor(), entity, document)

    def _subject(self, code: str) -> str:
        return self._label("patrol_finding", "subject", code)[0]

    def _label(self, entity: str, name: str, code: str | None) -> tuple[str, str]:
        """Words and colour of a choice."""
        choices = getattr(self.registry.schema.entities[entity].fields[name].type, "choices", {})
        choice = choices.get(code or "")
        return (choice.label.to(current_actor().locale), choice.color) if choice else ("", "grey")

    def _at(self, moment: datetime | None) -> str:
        """A moment: the time alone where it is today's, else with its day."""
        if moment is None:
            return ""
        local = moment.astimezone(self.registry.clock.zone)
        return f"{local:%H:%M}" if local.date() == self.registry.clock.today() else f"{local:%Y-%m-%d}"


def _both(findings: list[Finding]) -> str:
    """What is wrong where the button and what was written do not agree."""
    if findings:
        return str(_("Something was written down as not fine; save it with the findings, or clear it."))
    return str(_("Say what is not fine, or tap “All fine”."))
