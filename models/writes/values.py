"""Values on their way into a record: in normal form, with defaults, required and dependent fields seen to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from models.access import Access
from models.actor import Actor
from models.errors import Invalid, NotAllowed
from schema.expressions import Environment, Expression, evaluate
from schema.spec import Entity, Field
from schema.text import BadValue, Text
from schema.types.base import Context

Found = dict[str, list[Text]]
REQUIRED = Text("必填。", "This is required.")


def refuse_unwritable(access: Access, actor: Actor, spec: Entity, names: Iterable[str], new: bool = False) -> None:
    """Raises NotAllowed for a field the actor may not write, Invalid for one that does not exist."""
    if actor.system:
        writable = {f.name for f in spec.fields.values() if not f.system and not f.type.computed}
    else:
        writable = {f.name for f in access.writable(actor, spec.name, new)}
    for name in names:
        if name in writable or (spec.name, name) in actor.writes:
            continue
        field = spec.fields.get(name)
        if field is None or access.field(actor, spec.name, name) == "hidden":
            raise Invalid({"": [Text("没有“{name}”这一项。", "There is no field “{name}”.").with_(name=name)]})
        raise NotAllowed(Text("您不能修改“{label}”。", "You may not change “{label}”.").with_(label=field.label))


def normal(spec: Entity, values: Mapping[str, Any], context: Context) -> tuple[dict[str, Any], Found]:
    """``values`` in their types' normal form, and what is wrong with those that have none."""
    clean: dict[str, Any] = {}
    problems: Found = {}
    for name, value in values.items():
        try:
            clean[name] = None if value is None or value == "" else spec.fields[name].type.check(value, context)
        except BadValue as wrong:
            problems[name] = [wrong.text]
    return clean, problems


def defaults(spec: Entity, given: Mapping[str, Any], environment: Environment) -> dict[str, Any]:
    """The defaults of the fields not ``given``, and the workflow's first state."""
    found = {
        field.name: default_of(field, environment)
        for field in spec.fields.values()
        if field.default is not None and field.name not in given
    }
    if spec.workflow:
        found.setdefault(spec.workflow.field, spec.workflow.start)
        if spec.workflow.field not in given:
            found[spec.workflow.field] = spec.workflow.start
    return found


def default_of(field: Field, environment: Environment) -> Any:
    """A field's default, worked out where it is an expression."""
    if isinstance(field.default, Expression):
        return evaluate(field.default, {}, environment)
    return field.default


def missing(
    spec: Entity, row: Mapping[str, Any], environment: Environment, among: Callable[[str], bool]
) -> tuple[dict[str, None], Found]:
    """Fields to be cleared because they are not shown, and the required ones that are blank."""
    cleared: dict[str, None] = {}
    problems: Found = {}
    for field in spec.fields.values():
        if field.type.computed or field.system:
            continue
        blank = row.get(field.name) in (None, ())
        if field.shown_if is not None and evaluate(field.shown_if, row, environment) is not True:
            if not blank:
                cleared[field.name] = None
            continue
        required = field.required or (
            field.required_if is not None and evaluate(field.required_if, row, environment) is True
        )
        if blank and required and among(field.name):
            problems[field.name] = [REQUIRED]
    return cleared, problems


def broken_checks(spec: Entity, row: Mapping[str, Any], environment: Environment) -> Found:
    """The entity's checks that ``row`` breaks, under their fields."""
    problems: Found = {}
    for check in spec.checks:
        if evaluate(check.that, row, environment) is False:
            for name in check.fields or ("",):
                problems.setdefault(name, []).append(check.say)
    return problems
