"""What a role may do: deny by default, field by field, action by action."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from models.actor import DELETES, Actor
from schema.expressions import Expression
from schema.spec import Entity, Field, FieldRule, Schema

FieldLevel = Literal["open", "locked", "masked", "hidden"]
_ORDER: tuple[FieldLevel, ...] = ("open", "locked", "masked", "hidden")
_NO_RULE = FieldRule()


@dataclass(frozen=True, slots=True)
class Verdict:
    """``everything``, nothing, or the records for which one of ``scopes`` (name, expression) is true."""

    everything: bool = False
    scopes: tuple[tuple[str, Expression], ...] = ()

    def __bool__(self) -> bool:
        return self.everything or bool(self.scopes)


class Access:
    """The grants of one schema.

    Several roles of one person add up: they read what any of them reads. How open a field is holds for every record,
    so a role of narrow reach does not open it where another role of the same person may not know it.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._verdict = cache(self._find_verdict)
        self._level = cache(self._find_level)

    def verdict(self, actor: Actor, entity: str, action: str) -> Verdict:
        """Which records of ``entity`` the grants of ``action`` alone open to the actor."""
        mark = {"create": "*", "delete": DELETES}.get(action, "")
        reached = action == "read" and entity in actor.reach
        if actor.system or reached or (mark and actor.may_write(entity, (mark,))):
            return Verdict(everything=True)
        return self._verdict(actor.roles, entity, action)

    def may(self, actor: Actor, entity: str, action: str) -> bool:
        """Whether the actor may do ``action`` on at least some records of ``entity`` (which takes reading too)."""
        return bool(self.verdict(actor, entity, action)) and bool(self.verdict(actor, entity, "read"))

    def field(self, actor: Actor, entity: str, name: str) -> FieldLevel:
        """How open a field is to the actor: hidden is absent, masked and locked cannot be written."""
        if actor.system:
            return "open"
        level = self._level(actor.roles, entity, name)
        return "locked" if entity in actor.reach and level != "open" else level

    def is_clear(self, actor: Actor, entity: str, name: str) -> bool:
        """Whether the actor sees a field's values themselves, so that asking by them tells nothing new."""
        return self.field(actor, entity, name) in ("open", "locked")

    def may_ask(self, actor: Actor, entity: str, condition: Expression) -> bool:
        """Whether the actor sees what a saved filter reads of the records it sifts.

        What it reads elsewhere is the schema's word: that a unit has no owner may be known to those who see no owners.
        """
        return all(self.is_clear(actor, entity, read.field) for read in condition.depends_on if not read.path)

    def columns(self, actor: Actor, entity: str) -> tuple[Field, ...]:
        """The fields of ``entity`` that the actor meets on pages and in files."""
        fields = self.schema.entities[entity].fields.values()
        return tuple(f for f in fields if not f.internal and self.field(actor, entity, f.name) != "hidden")

    def writable(self, actor: Actor, entity: str, new: bool = False) -> tuple[Field, ...]:
        """The fields the actor may fill in: open, and not worked out by the program.

        In a ``new`` record the masked ones too: who takes down an ID number knows it, and sees its mask afterwards.
        """
        spec = self.schema.entities[entity]
        levels = ("open", "masked") if new else ("open",)
        return tuple(
            f for f in spec.fields.values()
            if not f.readonly and not f.system and not f.type.computed and self.field(actor, entity, f.name) in levels
            and not (spec.workflow and spec.workflow.field == f.name)
        )  # fmt: skip

    def _find_verdict(self, roles: frozenset[str], entity: str, action: str) -> Verdict:
        spec = self.schema.entities[entity]
        granted = self._granted(spec, action)
        names = {scope for role, scope in granted.items() if role in roles or role == "*"}
        if "all" in names:
            return Verdict(everything=True)
        return Verdict(scopes=tuple((name, spec.scopes[name]) for name in sorted(names)))

    def _granted(self, spec: Entity, action: str) -> dict[str, str]:
        """Role → scope name for an action, a workflow step, a named action or a document."""
        if action in spec.access.grants:
            return dict(spec.access.grants[action])
        if spec.workflow and action in spec.workflow.steps:
            return dict.fromkeys(spec.workflow.steps[action].by, "all")
        if action in spec.actions:
            return dict.fromkeys(spec.actions[action].by, "all")
        document = self.schema.documents.get(action)
        if document is not None and document.entity == spec.name:
            return dict.fromkeys(document.by, "all")
        return {}

    def _find_level(self, roles: frozenset[str], entity: str, name: str) -> FieldLevel:
        spec = self.schema.entities[entity]
        rule = spec.access.fields.get(name, _NO_RULE)
        by_reach: dict[str, list[FieldLevel]] = {}
        for role, reach in self._granted(spec, "read").items():
            if role in roles or role == "*":
                by_reach.setdefault(reach, []).append(_level_for(rule, role))
        if not by_reach:
            return "hidden"
        best = {reach: min(levels, key=_ORDER.index) for reach, levels in by_reach.items()}
        # A role that reads only its own area opens nothing in the records that another role reads everywhere.
        return best["all"] if "all" in best else max(best.values(), key=_ORDER.index)


def _level_for(rule: FieldRule, role: str) -> FieldLevel:
    if role in rule.hide or "*" in rule.hide:
        return "hidden"
    if role in rule.mask or "*" in rule.mask:
        return "masked"
    return "locked" if role in rule.lock or "*" in rule.lock else "open"
