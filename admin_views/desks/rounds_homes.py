"""`/rounds/vacant/` and `/rounds/visits/`: vacant units looked at in one tap, households called on (P3, P4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.rounds_page import WRITTEN_AND_FINE, RoundsPages, kept_of
from admin_views.ids import id_of
from admin_views.once import at_most_once, done_at, keep_page
from admin_views.shell import current_actor
from models.actor import Actor, Source
from models.errors import Invalid
from models.query import Condition, Query
from office.rounds import codes
from office.rounds.day import by_kind
from office.rounds.dues import VISIT
from office.rounds.owed import my_dues
from office.rounds.today import my_vacant_units, whom_to_visit
from schema.text import BadValue, Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

VACANCY = ("unit", "since_on", "keys_held", "water_off", "power_off", "gas_off", "condition")
LOOKED_IN = ("unit", "done_at", "words", "request")
PERSON = ("name", "care", "phone")
LONG = 1000
"""Characters of wishes and complaints."""
NOT_VACANT = Text("这套房屋已不在空置房登记里。", "This unit is not registered as vacant any more.")


def add_homes(pages: Blueprint, registry: Registry) -> None:
    """The pages of vacant units and of visits, below those of the rounds."""
    views = HomeRounds(registry)
    pages.add_url_rule("/vacant/", "vacant", views.vacant)
    pages.add_url_rule("/vacant/<int:unit>/", "vacant-unit", views.vacant_unit)
    pages.add_url_rule("/vacant/<int:unit>/", "looked-in", views.looked_in, methods=("POST",))
    pages.add_url_rule("/v/<token>/", "vacant-code", views.vacant_code)
    pages.add_url_rule("/visits/", "visits", views.visits)
    pages.add_url_rule("/visits/<int:unit>/", "visit", views.visit)
    pages.add_url_rule("/visits/<int:unit>/", "visited", views.visited, methods=("POST",))


class HomeRounds(RoundsPages):
    """The pages of homes."""

    # -- vacant units ------------------------------------------------------------------------------------

    def vacant(self) -> ResponseReturnValue:
        """The vacant units, those seen today with their time; ``?done=`` says what was just written down."""
        actor = self._actor("vacancy_round")
        keep_page()
        today = self.registry.clock.today()
        stops = my_vacant_units(self.registry, actor, today, my_dues(self.registry, actor, today))
        mine = [one for one in stops if one.is_mine] or stops
        others = [one for one in stops if not one.is_mine] if mine is not stops else []
        return self.render(
            "vacant", mine=mine, others=others, just=self._just(actor, "vacancy_round", LOOKED_IN),
            kept=kept_of(one.place["unit"] for one in (*mine, *others) if not one.is_done),
        )  # fmt: skip

    def vacant_code(self, token: str) -> ResponseReturnValue:
        """To the form of the vacant unit behind the code of its sheet."""
        found = codes.vacant_of(self.registry, self._actor("vacancy_round"), token)
        return self.strange() if found is None else redirect(f"{request.script_root}/rounds/vacant/{found.id}/")

    def vacant_unit(self, unit: int) -> ResponseReturnValue:
        """The form of a vacant unit."""
        home = self._home(self._actor("vacancy_round"), unit)
        keep_page()
        return self._vacant_form(home)

    def looked_in(self, unit: int) -> ResponseReturnValue:
        """Write the round of a vacant unit down, once however often it comes."""
        actor = self._actor("vacancy_round")
        home = self._home(actor, unit)

        def write() -> str:
            found, fine = self.words("words", 300), request.form.get("do") != "found"
            photos = self.photos(actor, "vacancy_round", "photos")
            words = found or (_("see the photo") if photos else "")
            if fine and (found or photos):
                raise Invalid({"words": [WRITTEN_AND_FINE]})
            values = {"unit": unit, "all_fine": fine, "words": words or None, "photos": photos or None}
            id = self._create(actor, "vacancy_round", values)
            return f"/rounds/vacant/?done={id}"

        return at_most_once(self.registry, lambda: self.tried(write, lambda said: self._vacant_form(home, said)))

    # -- visits --------------------------------------------------------------------------------------------

    def visits(self) -> ResponseReturnValue:
        """Whom to call on: the frail first, then who was not met for long."""
        actor = self._actor("visit")
        keep_page()
        today = self.registry.clock.today()
        calls = whom_to_visit(self.registry, actor, today)
        owed = [one for one in my_dues(self.registry, actor, today) if one.kind == VISIT]
        return self.render(
            "visits", calls=calls, just=self._just(actor, "visit", ("unit", "done_at", "complaint", "request")),
            owed=next(iter(by_kind(owed, (), today)), None),
            kept=kept_of(one.unit for one in (*calls.frail, *calls.others) if not one.today),
        )  # fmt: skip

    def visit(self, unit: int) -> ResponseReturnValue:
        """The form of a visit to a household; ``?resident=`` is whom it is for."""
        home = self._home(self._actor("visit"), unit)
        keep_page()
        return self._visit_form(home)

    def visited(self, unit: int) -> ResponseReturnValue:
        """Write a visit down, once however often it comes."""
        actor = self._actor("visit")
        home = self._home(actor, unit)

        def write() -> str:
            values = {
                "unit": unit, "resident": id_of(request.form.get("resident")), "met": request.form.get("met"),
                "reason": request.form.get("reason"), "wishes": self.words("wishes", LONG) or None,
                "complaint": self.words("complaint", LONG) or None,
                "photos": self.photos(actor, "visit", "photos") or None,
            }  # fmt: skip
            return f"/rounds/visits/?done={self._create(actor, 'visit', self._read(actor, 'visit', values))}"

        return at_most_once(self.registry, lambda: self.tried(write, lambda said: self._visit_form(home, said)))

    # -- parts ---------------------------------------------------------------------------------------------

    def _actor(self, entity: str) -> Actor:
        """Who is asking. Raises NotAllowed for those who write no such records."""
        actor = current_actor()
        self.registry.scope.require(actor, entity, "create")
        return actor

    def _home(self, actor: Actor, unit: int) -> Record:
        """The unit. Raises NotFound for one that the person does not see."""
        return self.registry.scope.get(actor, "unit", unit)

    def _create(self, actor: Actor, entity: str, values: dict[str, Any]) -> int:
        moment = done_at(self.registry)
        if moment is not None:
            actor, values = replace(actor, writes=actor.writes | {(entity, "done_at")}), {**values, "done_at": moment}
        return self.registry.store.create(actor, entity, values, Source("form"))

    def _read(self, actor: Actor, entity: str, values: dict[str, Any]) -> dict[str, Any]:
        """Values with the choices among them read. Raises Invalid."""
        fields, context = self.registry.schema.entities[entity].fields, self.registry.scope.context(actor)
        for name in ("met", "reason"):
            try:
                values[name] = fields[name].type.parse(values[name] or "", context)
            except BadValue as wrong:
                raise Invalid({name: [wrong.text]}) from wrong
        return values

    def _vacant_form(self, home: Record, problems: list[str] | None = None) -> ResponseReturnValue:
        actor = current_actor()
        running = (Condition("unit", "equals", home.id), Condition("ended_on", "empty"))
        rows = self.registry.scope.page(actor, "vacancy", Query(conditions=running, columns=VACANCY, size=1)).rows
        problems = problems or ([] if rows else [NOT_VACANT.to(actor.locale)])
        of_unit = (Condition("unit", "equals", home.id), Condition("all_fine", "equals", False))
        query = Query(conditions=of_unit, sort="-done_at", size=3, columns=("words", "done_at", "request"))
        lately = self.registry.scope.page(actor, "vacancy_round", query).rows
        page = self.render(
            "vacant_unit", home=home, vacancy=next(iter(rows), None), problems=problems, lately=lately
        )  # fmt: skip
        return page, 422 if request.method == "POST" else 200

    def _visit_form(self, home: Record, problems: list[str] | None = None) -> ResponseReturnValue:
        actor = current_actor()
        present = (Condition("unit", "equals", home.id), Condition("ended_on", "empty"))
        query = Query(conditions=present, columns=("resident",), sort="id", size=20)
        ids = list(dict.fromkeys(row["resident"] for row in self.registry.scope.page(actor, "occupancy", query).rows))
        people = self.registry.scope.records(actor, "resident", ids, PERSON)
        asked = id_of(request.form.get("resident") or request.args.get("resident"))
        person = next((one for one in people if one.id == asked), None)
        before = Query(conditions=present[:1], sort="-done_at", size=3,
                       columns=("done_at", "met", "by", "wishes", "complaint", "request"))  # fmt: skip
        page = self.render(
            "visit", home=home, people=people, person=person, problems=problems or [],
            reason=request.form.get("reason") or ("care" if person is not None and person["care"] else "routine"),
            met=request.form.get("met") or "met", most=LONG, reasons=self._codes("reason"), outcomes=self._codes("met"),
            lately=self.registry.scope.page(actor, "visit", before).rows,
        )  # fmt: skip
        return page, 422 if problems else 200

    def _codes(self, name: str) -> list[tuple[str, str]]:
        choices = getattr(self.registry.schema.entities["visit"].fields[name].type, "choices", {})
        return [(code, choice.label.to(current_actor().locale)) for code, choice in choices.items()]

    def _just(self, actor: Actor, entity: str, columns: tuple[str, ...]) -> Record | None:
        """The record that was just written down."""
        id = id_of(request.args.get("done"))
        if id is None or not self.registry.access.may(actor, entity, "read"):
            return None
        return next(iter(self.registry.scope.records(actor, entity, [id], columns)), None)
