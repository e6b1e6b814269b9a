"""What the pages of the gate share: who asks, words of choices, moments, and the fields of a record in a short form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import flash, request
from flask_babel import gettext as _

from admin_views.field_blocks import field_block
from admin_views.forms import Forms, RecordForm, defaults
from admin_views.ids import id_of
from admin_views.screen import Screen
from admin_views.shell import current_actor
from admin_views.upload_box import take_uploads
from models.actor import Actor, Source
from models.errors import Invalid
from models.record import Record
from schema.text import BadValue

if TYPE_CHECKING:
    from models.registry import Registry

LONGEST = 100


class GatePage:
    """One office's pages of the gate."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.forms = registry, Forms()

    def actor(self, entity: str, action: str) -> Actor:
        """Who is asking. Raises NotAllowed for those who may not do that at any record."""
        actor = current_actor()
        self.registry.scope.require(actor, entity, action)
        return actor

    def may(self, entity: str, action: str) -> bool:
        return self.registry.access.may(current_actor(), entity, action)

    def at(self, path: str = "") -> str:
        """An address of the gate."""
        return f"{request.script_root}/gate/{path}"

    # -- words -----------------------------------------------------------------------------------------

    def words(self) -> dict[str, Any]:
        """What every template of the gate says things with."""
        return {"label": self.label, "clock": self.clock, "span": span, "now": self.registry.clock.now(),
                "codes": self.codes, "field": self.field, "iso": _iso}  # fmt: skip

    def label(self, entity: str, name: str, code: str | None) -> tuple[str, str]:
        """Words and colour of a choice."""
        choice = self._choices(entity, name).get(code or "")
        return (choice.label.to(current_actor().locale), choice.color) if choice else ("", "grey")

    def codes(self, entity: str, name: str) -> list[str]:
        """The options of a choice."""
        return list(self._choices(entity, name))

    def clock(self, at: datetime | None) -> str:
        """A moment: the time alone where it is today's, else with its day."""
        if at is None:
            return ""
        local, today = at.astimezone(self.registry.clock.zone), self.registry.clock.today()
        if local.date() == today:
            return f"{local:%H:%M}"
        return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d %H:%M}"

    def _choices(self, entity: str, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = getattr(self.registry.schema.entities[entity].fields[name].type, "choices", {})
        return found

    # -- forms -----------------------------------------------------------------------------------------

    def screen(self, entity: str) -> Screen:
        """An entity before who asks."""
        return Screen(self.registry, self.registry.schema.entities[entity], current_actor(), request.script_root)

    def form(self, entity: str, names: Sequence[str], posted: Any = None) -> RecordForm:
        """The form of a new record over some of its fields: as the defaults have it, or as it was sent."""
        screen = self.screen(entity)
        form = self.forms.of(screen, names)(screen.context, posted, defaults(screen, names))
        if posted is not None:
            take_uploads(screen, form, names, request.files, {})
        return form

    def field(self, entity: str, form: RecordForm, name: str) -> Any:
        """A field of such a form as HTML."""
        screen = self.screen(entity)
        return field_block(screen, form[name], screen.url("ajax/lookup", field=name))

    def unit_named(self, actor: Actor, text: str) -> int | None:
        """The unit that a text names in any spelling; None for none. Raises BadValue where it names no single one."""
        return self.registry.scope.find(actor, "unit", text) if text else None

    # -- deeds -----------------------------------------------------------------------------------------

    def act(self, entity: str, action: str, ids: Iterable[int], answers: Mapping[str, Any]) -> bool:
        """Do an action and say what came of it, once for every different sentence; whether all of it was done.

        Raises NotAllowed, Invalid, Refused.
        """
        actor, wanted = current_actor(), tuple(ids)
        outcome = self.registry.act(actor, entity, action, wanted, answers, Source("action", action))
        for category, said in (("error", outcome.skipped), ("success", outcome.done)):
            for words in dict.fromkeys(text.to(actor.locale) for _id, text in said):
                flash(words, category)
        return len(outcome.done) == len(wanted)


def refuse_form(form: RecordForm, wrong: Invalid) -> list[str]:
    """Put what is wrong at the fields of a form; what belongs to none of them comes back."""
    return form.refuse(wrong.problems)


def text_of(name: str, longest: int = LONGEST) -> str:
    """A text that was sent, trimmed, without the sign that no text of a database holds."""
    return request.values.get(name, "").replace("\x00", "").strip()[:longest]


def ids_of(name: str) -> list[int]:
    """The record numbers that were sent under a name; what is none is left out."""
    return [id for id in map(id_of, request.form.getlist(name)) if id is not None]


def said_of(wrong: BadValue) -> str:
    """What is wrong with a text, in the language of the page."""
    return wrong.text.to(current_actor().locale)


def span(length: timedelta) -> str:
    """A length of time in words: 5 min, 2 h 10 min, 3 d 4 h."""
    minutes = max(0, int(length.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return str(_("%(d)s d %(h)s h", d=days, h=hours))
    return str(_("%(h)s h %(m)s min", h=hours, m=rest) if hours else _("%(m)s min", m=rest))


def photos_of(record: Record, name: str = "photos") -> tuple[str, ...]:
    """The keys of a record's pictures that the reader may see."""
    keys = record.get(name)
    return keys if isinstance(keys, tuple) else ()


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
