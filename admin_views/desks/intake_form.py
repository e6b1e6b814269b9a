"""The form of a call: what was typed, and the request that it means (S1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from admin_views.desks.till_form import token_of
from admin_views.ids import id_of
from models.errors import Invalid
from office.requests.desk import Call
from office.requests.panel import Panel
from office.requests.policy import RequestPolicy
from schema.text import BadValue, Text
from schema.types.base import Context

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from models.registry import Registry

ENTITY = "service_request"
LONGEST, LONG = 200, 4000
TEXTS = (
    "kind", "agency", "channel", "caller", "caller_name", "phone", "building", "place", "matter", "trade", "priority",
    "appointment_at", "then", "department", "worker",
)  # fmt: skip
LONG_TEXTS = ("details", "answer")
STRANGER = "-"
"""The caller who is not on file."""


@dataclass(frozen=True, slots=True)
class IntakeForm:
    """What the clerk filled in, as it was sent."""

    token: str
    typed: Mapping[str, str]
    is_complex: bool = False
    anyway: bool = False
    add_to: int | None = None

    def __getitem__(self, name: str) -> str:
        return self.typed.get(name, "")


def fresh_form(token: str, policy: RequestPolicy, kind: str, shown: Panel | None, name: str = "") -> IntakeForm:
    """An empty form: the head of household calls by phone, and what follows from the kind is set."""
    people = shown.people if shown else ()
    rule = policy.kind(kind)
    typed = {
        "kind": kind, "channel": "phone", "then": rule.then, "priority": rule.priority or "normal",
        "caller": str(people[0].person.id) if people else STRANGER, "caller_name": name,
    }  # fmt: skip
    return IntakeForm(token, typed)


def read_form(given: MultiDict[str, str]) -> IntakeForm:
    """The form as it was sent."""
    typed = {name: given.get(name, "").strip()[:LONGEST] for name in TEXTS}
    typed |= {name: given.get(name, "").strip()[:LONG] for name in LONG_TEXTS}
    return IntakeForm(
        token_of(given), typed, is_complex="is_complex" in given, anyway="anyway" in given,
        add_to=id_of(given.get("add_to", "")),
    )  # fmt: skip


def call_of(registry: Registry, form: IntakeForm, shown: Panel | None, context: Context) -> Call:
    """The call that a form means, at the unit that is ``shown`` or in the public area.

    Raises Invalid for what cannot be read, naming the field.
    """
    fields, problems = registry.schema.entities[ENTITY].fields, dict[str, list[Text]]()
    values: dict[str, Any] = {"is_complex": form.is_complex}
    for name in ("matter", "details", "caller_name", "phone", "place", "appointment_at"):
        text = form[name].replace("T", " ") if name == "appointment_at" else form[name]
        try:
            values[name] = fields[name].type.parse(text, context) if text else None
        except BadValue as wrong:
            problems[name] = [wrong.text]
    for name in ("kind", "agency", "channel", "trade", "priority"):
        values[name] = form[name] if form[name] in codes_of(registry, name) else None
    if problems:
        raise Invalid(problems, {name: field.label for name, field in fields.items()})
    if shown is not None:
        values |= {"unit": shown.unit.id, "caller": _caller(form, shown)}
    else:
        values["building"] = id_of(form["building"])
    if values.get("caller"):
        # Whom we know has a name on file; the phone may be another one this time.
        values["caller_name"] = None
    if values["kind"] != "agency":
        values["agency"] = None
    sent_to = {"department": id_of(form["department"]), "worker": id_of(form["worker"])}
    return Call(values, form["then"], form["answer"], sent_to, form.token)


def codes_of(registry: Registry, name: str) -> Mapping[str, Any]:
    """The choices of a field of the request, by code."""
    choices: Mapping[str, Any] = getattr(registry.schema.entities[ENTITY].fields[name].type, "choices", {})
    return choices


def _caller(form: IntakeForm, shown: Panel) -> int | None:
    """The one of the household who calls; None for somebody not on file."""
    there = {str(one.person.id): one.person.id for one in shown.people}
    return there.get(form["caller"])
