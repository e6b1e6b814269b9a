"""What the pages of the rounds share: their three lists, words of choices, moments, the answer to a strange code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.shell import current_actor
from models.errors import Invalid, NotAllowed, Refused
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

LONGEST = 200
PHOTOS = 3
"""Photos of one thing that was found."""
STRANGE = Text(
    "这个码不能打开巡查点：不是本中心的码，或不在您的片区。请核对点位，或联系主管。",
    "This code opens no point for you: it is not one of ours, or not of your area. Look at the point again, or ask the "
    "supervisor.",
)
WRITTEN_AND_FINE = Text(
    "写了发现就不是一切正常：请点“保存发现”，或清空内容。",
    "Something was written down as not fine; save it with the findings, or clear it.",
)
KEPT = 60
"""Forms of a list that a phone keeps for where there is no signal."""


def kept_of(todo: Iterable[int]) -> frozenset[int]:
    """Those of what is to do whose forms are kept on the phone: the first of the list."""
    return frozenset(islice(todo, KEPT))


class RoundsPages:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def render(self, page: str, **given: Any) -> str:
        """A page of the rounds with the links to the three lists that the person works with."""
        doors = [(name, words, icon) for name, words, icon, entity in (
            ("", _("Patrol points"), "map-marker", "patrol"), ("vacant/", _("Vacant units"), "home", "vacancy_round"),
            ("visits/", _("Visits"), "handshake-o", "visit"),
        ) if self.may(entity)]  # fmt: skip
        return render_template(
            f"desks/rounds/{page}.html", doors=doors, at=self.at, label=self.label, me=current_actor().id,
            longest=LONGEST, typed=request.form, most_kept=KEPT, **given,
        )  # fmt: skip

    def strange(self) -> ResponseReturnValue:
        """One answer for a code that nobody signed and for a place of another area, so that neither tells anything."""
        return render_template("desks/rounds/strange.html", said=STRANGE.to(current_actor().locale)), 404

    def tried(
        self, write: Callable[[], str], again: Callable[[list[str]], ResponseReturnValue]
    ) -> ResponseReturnValue:  # fmt: skip
        """Where ``write`` leads to; what was refused is said on the form ``again``. Raises NotAllowed."""
        locale = current_actor().locale
        try:
            return_to = write()
        except NotAllowed:
            raise
        except Invalid as wrong:
            said = [text.to(locale) for texts in wrong.problems.values() for text in texts]
            return again(list(dict.fromkeys(said)))
        except Refused as refused:
            return again([refused.text.to(locale)])
        return redirect(f"{request.script_root}{return_to}", 303)

    def photos(self, actor: Actor, entity: str, name: str) -> tuple[str, ...]:
        """The keys of the photos that were sent under a name. Raises Invalid for what is none."""
        files = [file for file in request.files.getlist(name) if file.filename][:PHOTOS]
        put = self.registry.files.put
        return tuple(put(actor, entity, None, file.filename or "", file.stream) for file in files)

    def words(self, name: str, longest: int = LONGEST) -> str:
        """A text of the form, trimmed."""
        return request.form.get(name, "").strip()[:longest]

    def may(self, entity: str) -> bool:
        """Whether the person writes such records down."""
        return self.registry.access.may(current_actor(), entity, "create")

    def label(self, entity: str, name: str, code: str | None) -> tuple[str, str]:
        """Words and colour of a choice."""
        choices = getattr(self.registry.schema.entities[entity].fields[name].type, "choices", {})
        choice = choices.get(code or "")
        return (choice.label.to(current_actor().locale), choice.color) if choice else ("", "grey")

    def at(self, moment: datetime | None) -> str:
        """A moment: the time alone where it is today's, else its day."""
        if moment is None:
            return ""
        local = moment.astimezone(self.registry.clock.zone)
        return f"{local:%H:%M}" if local.date() == self.registry.clock.today() else f"{local:%Y-%m-%d}"
