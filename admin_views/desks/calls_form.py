"""The form of a call: which outcome was chosen, and what was filled in beside it (S6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from models.errors import Invalid
from office.callbacks.policy import CALLBACK
from schema.text import BadValue, Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

LONGEST = 4000
OUTCOMES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "reached": ("call_reached", {}),
    "no_answer": ("call_missed", {"outcome": "no_answer"}),
    "busy": ("call_missed", {"outcome": "busy"}),
    "wrong": ("call_wrong_number", {}),
    "refused": ("call_refused", {}),
    "promise": ("call_promise", {}),
}
"""What can come of a call: the action that writes it down, and what is settled by the choice itself."""
FIELDS = ("satisfaction", "quality", "attitude", "words", "complaint", "question", "promised_on", "again_at", "phone")
NONE_CHOSEN = Text("请选择通话结果。", "Choose how the call went.")


def outcomes() -> list[tuple[str, str, str, str]]:
    """(value, words, icon, key) of what can come of a call, in the order of the page."""
    return [
        ("reached", _("Reached"), "check", "R"),
        ("no_answer", _("No answer"), "volume-off", "M"),
        ("busy", _("Call later"), "clock-o", "B"),
        ("promise", _("Promise a reply"), "question", "Q"),
        ("wrong", _("Wrong number"), "chain-broken", "W"),
        ("refused", _("Refuses"), "ban", "X"),
    ]


def read_answers(registry: Registry, actor: Actor, given: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The action that the chosen outcome means, and its answers in normal form; fields of other outcomes are left out.

    Raises Invalid.
    """
    chosen = given.get("outcome", "")
    if chosen not in OUTCOMES:
        raise Invalid({"": [NONE_CHOSEN]})
    action, settled = OUTCOMES[chosen]
    context, answers = registry.scope.context(actor), dict[str, Any](settled)
    asked = registry.schema.entities[CALLBACK].actions[action].ask
    problems: dict[str, list[Text]] = {}
    for name, field in asked.items():
        text = given.get(name, "").strip()[:LONGEST]
        if name in settled or not text:
            continue
        try:
            answers[name] = field.type.parse(text, context)
        except BadValue as wrong:
            problems[name] = [wrong.text]
    if problems:
        raise Invalid(problems, {name: field.label for name, field in asked.items()})
    return action, answers


def kept(given: Mapping[str, str] | None) -> dict[str, str]:
    """What was filled in, to be shown again where it was refused."""
    found = given or {}
    return {name: found.get(name, "")[:LONGEST] for name in (*FIELDS, "outcome")}
