"""`/signs/`: the two checks of the signs a day on the phone, and the signs of a building by floor (G1, G3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.gate_page import GatePage, ids_of, text_of
from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.once import at_most_once, done_at, keep_page
from admin_views.shell import current_actor
from models.actor import Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from office.signage.checks import Damage, record_check, report_damages
from office.signage.policy import ROUNDS, round_of
from office.signage.today import checks_of_day, floor_name, map_of, places_with_signs
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

NEEDS = ("sign", "sign_check", "sign_fault", "building", "service_request")
"""The entities without which there is no such page."""
LINK = Link("signs-desk", Text("今日标识巡检", "Signs to check"), "map-signs", "/signs/")
LONGEST = 200
PHOTOS = 3
"""Photos of one sign."""
WORDS, PICTURES = "words-", "photos-"
"""How the inputs of a sign begin; its id follows."""
FINE, FOUND, DAMAGE = "fine", "found", "damage"
"""What the buttons do: all is fine; the round is made and this is damaged; this is damaged, outside the rounds."""
COLUMNS = ("number", "name", "steward")


def signs_desk(registry: Registry) -> Blueprint:
    """The list of buildings, and the signs of one."""
    pages = Blueprint("signs-desk", __name__, url_prefix="/signs")
    desk = SignsDesk(registry)
    pages.add_url_rule("/", "today", desk.today)
    pages.add_url_rule("/<int:id>/", "building", desk.building)
    pages.add_url_rule("/<int:id>/", "check", desk.check, methods=("POST",))
    return pages


def signs_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who look at signs."""
    may = registry.access.may
    return Extra("signage", LINK, lambda actor: may(actor, "sign", "read") and may(actor, "sign_fault", "create"),
                 leads=True, is_desk=True)  # fmt: skip


class SignsDesk(GatePage):
    """The pages of one office."""

    def at(self, path: str = "") -> str:
        return f"{request.script_root}/signs/{path}"

    def today(self) -> ResponseReturnValue:
        """The buildings with signs: those to be checked in this round, then those that were."""
        actor = self.actor("sign", "read")
        keep_page()
        places = places_with_signs(self.registry, actor, self.registry.clock.today())
        now = self._round()
        may_check = self.may("sign_check", "create")
        return render_template(
            "desks/signs/today.html", places=places, now_round=now, rounds=ROUNDS, may_check=may_check,
            todo=[one for one in places if may_check and now not in one.checks], **self.words(),
        )  # fmt: skip

    def building(self, id: int) -> ResponseReturnValue:
        """The signs of one building by floor, with what may be done about them."""
        place = self._place(id)
        keep_page()
        return self._page(place)

    def check(self, id: int) -> ResponseReturnValue:
        """Write down a check, or what is damaged; once however often it is sent."""
        place = self._place(id)
        if not (self.may("sign_check", "create") or self._may_report()):
            self.actor("sign_check", "create")
        if "repaired" in request.form:
            return self._repaired(place)
        return at_most_once(self.registry, lambda: self._written(place))

    # -- parts -----------------------------------------------------------------------------------------

    def _place(self, id: int) -> Record:
        """The building, for those who may see its signs. Raises NotAllowed, NotFound."""
        actor = self.actor("sign", "read")
        found = self.registry.scope.records(actor, "building", [id], COLUMNS)
        if not found:
            raise NotFound(self.registry.schema.entities["building"].label)
        return found[0]

    def _written(self, place: Record) -> ResponseReturnValue:
        actor, do = current_actor(), text_of("do")
        if do not in (FINE, FOUND, DAMAGE):
            return self._page(place, [_("Say what is damaged, or tap “All fine”.")], 422)
        try:
            damages = self._damages(actor)
            if bool(damages) == (do == FINE):
                return self._page(place, [_mixed(damages)], 422)
            moment = done_at(self.registry)
            if do == DAMAGE:
                report_damages(self.registry, actor, place.id, damages, moment)
            else:
                record_check(self.registry, actor, place.id, damages, moment)
        except (NotAllowed, NotFound):
            raise
        except Invalid as wrong:
            said = [text.to(actor.locale) for texts in wrong.problems.values() for text in texts]
            return self._page(place, list(dict.fromkeys(said)), 422)
        except Refused as refused:
            return self._page(place, [refused.text.to(actor.locale)], 422)
        flash(_done(place["number"], len(damages), do), "success")
        return redirect(self.at(f"{place.id}/" if damages else ""), 303)

    def _repaired(self, place: Record) -> ResponseReturnValue:
        """A damaged sign of the building is in use again."""
        actor, wanted = current_actor(), ids_of("repaired")
        here = self.registry.scope.records(actor, "sign", wanted, ("building", "text"))
        for sign in (one for one in here if one["building"] == place.id):
            try:
                self.registry.store.step(actor, "sign", sign.id, "repaired", {}, "", Source("step", "repaired"))
            except (NotAllowed, NotFound):
                raise
            except Refused as refused:
                return self._page(place, [refused.text.to(actor.locale)], 422)
            flash(_("%(sign)s is in use again.", sign=sign["text"]), "success")
        return redirect(self.at(f"{place.id}/"), 303)

    def _may_report(self) -> bool:
        return self.may("sign_fault", "create")

    def _damages(self, actor: Actor) -> list[Damage]:
        """What was sent as not fine, by sign; a photo without words says where to look. Raises Invalid for a bad
        file."""
        names = [*request.form, *request.files]
        ids = dict.fromkeys(name.split("-", 1)[1] for name in names if name.startswith((WORDS, PICTURES)))
        found = []
        for text in ids:
            id, words = id_of(text), request.form.get(f"{WORDS}{text}", "").strip()[:LONGEST]
            files = [file for file in request.files.getlist(f"{PICTURES}{text}") if file.filename][:PHOTOS]
            if id is not None and (words or files):
                keys = tuple(
                    self.registry.files.put(actor, "sign_fault", None, file.filename or "", file.stream)
                    for file in files
                )
                found.append(Damage(id, words or _("see the photo"), keys))
        return found

    def _page(self, place: Record, problems: list[str] | None = None, status: int = 200) -> ResponseReturnValue:
        actor, now = current_actor(), self._round()
        checks = checks_of_day(self.registry, actor, self.registry.clock.today(), place.id).get(place.id, {})
        page = render_template(
            "desks/signs/building.html", place=place, map=map_of(self.registry, actor, place.id), checks=checks,
            now_round=now, rounds=ROUNDS, may_check=self.may("sign_check", "create") and now not in checks,
            sees_checks=self.may("sign_check", "read"), may_report=self._may_report(),
            may_repair=self.may("sign", "repaired"),
            may_ask=self.may("sign_request", "create"), problems=problems or [], typed=request.form, longest=LONGEST,
            today=self.registry.clock.today(), floor_name=floor_name, **self.words(),
        )  # fmt: skip
        return page, status

    def _round(self) -> str:
        return round_of(self.registry, self.registry.clock.now())


def _mixed(damages: list[Damage]) -> str:
    """What is wrong where the button and what was written do not agree."""
    if damages:
        return str(_("Something was written down as damaged; save it, or clear it."))
    return str(_("Say what is damaged, or tap “All fine”."))


def _done(building: str, damages: int, do: str) -> str:
    """What was just written down."""
    if do == FINE:
        return str(_("Building %(building)s: all signs fine, noted.", building=building))
    return str(_("Building %(building)s: %(n)s damaged, each is a request now.", building=building, n=damages))
