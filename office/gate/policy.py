"""The settings of the gate: how long visitors stay, when the night ends, and the emergency plans (S9, S10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import TYPE_CHECKING, Any

from pydantic import Field

from schema.problems import Path
from schema.settings import claim, setting
from schema.text import Text
from schema.written import Names, Part, Words

if TYPE_CHECKING:
    from schema.spec import Schema

OTHER = "other"
"""The plan of kinds that have none of their own."""

NO_KIND = Text("incident_kind 中没有“{kind}”这一类", "there is no '{kind}' among incident_kind")
NO_ROLE = Text("没有角色“{role}”", "there is no role '{role}'")


@setting("gate")
class GatePolicy(Part):
    """How the gate works."""

    stay: int = Field(12, ge=1, le=24 * 90)
    """Hours after which a visitor who is still inside is asked after."""
    night_ends: time = time(8, 30)
    """Until then the duty manager is the one of the evening before."""


class PlanStep(Part):
    """One thing to be done in an emergency."""

    do: Words
    """What."""
    tell: Words | None = None
    """Who is told of it."""
    within: int = Field(ge=0, le=99_999)
    """Minutes after it was found."""


def _misfits(schema: Schema, plans: Any) -> Iterator[tuple[Path, Text]]:
    kinds = schema.choices.get("incident_kind", {})
    for kind in plans.plans:
        if kind not in kinds:
            yield ("plans", kind), NO_KIND.with_(kind=kind)
    for key, roles in (("tell", plans.tell), ("tell_if_severe", plans.tell_if_severe)):
        for role in roles:
            if role not in schema.roles:
                yield (key,), NO_ROLE.with_(role=role)


@setting("emergency_plans", check=_misfits)
class EmergencyPlans(Part):
    """What is done first, by kind of incident, and who is told when one is opened, beside the duty manager."""

    tell: Names = ()
    """Roles that are told of every incident."""
    tell_if_severe: Names = ()
    """Roles that are told of a severe one, too."""
    plans: dict[str, tuple[PlanStep, ...]] = Field(default_factory=dict)
    """Steps by kind; a kind without any has those of `other`."""

    def steps(self, kind: str) -> tuple[PlanStep, ...]:
        """The plan for an incident of this kind."""
        return self.plans.get(kind) or self.plans.get(OTHER, ())

    def roles(self, severity: str) -> tuple[str, ...]:
        """Roles that are told of an incident of this severity."""
        return (*self.tell, *self.tell_if_severe) if severity == "severe" else self.tell


def gate_policy(schema: Schema) -> GatePolicy:
    """How the gate of this office works."""
    return claim(schema, "gate", GatePolicy)


def emergency_plans(schema: Schema) -> EmergencyPlans:
    """The plans of this office; one without any has incidents without steps."""
    return claim(schema, "emergency_plans", EmergencyPlans)
