"""Why someone may or may not: role by role, the grant, its scope, the values the scope reads, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext

from admin_views.ids import id_of
from admin_views.locale import say
from admin_views.navigation import Extra, Link
from admin_views.shell import current_actor
from models.actor import Actor
from models.printing import documents_of
from schema.expressions import Expression, evaluate, parse
from schema.naming import naming_of
from schema.spec import ACTIONS, Entity, Field, Schema
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

UNSEEN = "•••"
LINK = Link("admin", Text("权限说明", "Permissions"), "question-circle-o", "/admin/why")


@dataclass(frozen=True, slots=True)
class Reason:
    """What one role gives for one action. ``holds`` is the scope's answer on the record, None without a record.

    ``values`` are what the scope reads of the record, as (path, value).
    """

    role: str
    grant: str
    scope: str = ""
    values: tuple[tuple[str, str], ...] = ()
    holds: bool | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One action: whether the person may do it (on the record, or on some), and every role's part in that."""

    action: str
    label: str
    may: bool
    reasons: tuple[Reason, ...]
    unread: bool = False
    """Granted, but in vain: the person may not read the record."""


class Why:
    """Answers for one person and one entity, as far as ``viewer`` may know."""

    def __init__(self, registry: Registry, viewer: Actor, person: Actor, entity: Entity, id: int | None) -> None:
        self.registry, self.viewer, self.person, self.entity, self.id = registry, viewer, person, entity, id
        self.row: Mapping[str, Any] | None = None if id is None else registry.rows.one(entity.name, id)

    def answers(self) -> list[Answer]:
        """Every action of the entity, workflow steps, named actions and documents among them."""
        return [self._answer(action, label) for action, label in _actions(self.registry.schema, self.entity)]

    def fields(self) -> list[tuple[str, str]]:
        """The fields that are not simply open to the person, with how open they are."""
        levels = [(f, self.registry.access.field(self.person, self.entity.name, f.name)) for f in _fields(self.entity)]
        return [(say(field.label), level) for field, level in levels if level != "open"]

    def _answer(self, action: str, label: str) -> Answer:
        reasons = tuple(self._reason(role, action) for role in self.registry.schema.roles if role in self.person.roles)
        granted = bool(self.registry.access.verdict(self.person, self.entity.name, action))
        return Answer(action, label, self._may(action), reasons, unread=granted and not self._may("read"))

    def _may(self, action: str) -> bool:
        access, name = self.registry.access, self.entity.name
        if not access.may(self.person, name, action):
            return False
        if self.id is None or action == "create":
            return True
        return self.id in self.registry.scope.visible_ids(self.person, name, [self.id], action)

    def _reason(self, role: str, action: str) -> Reason:
        label = say(self.registry.schema.roles[role].label)
        alone = Actor(self.person.id, self.person.name, frozenset({role}), self.person.locale)
        verdict = self.registry.access.verdict(alone, self.entity.name, action)
        if verdict.everything:
            return Reason(label, gettext("all records"), holds=True)
        if not verdict.scopes:
            return Reason(label, gettext("not granted"), holds=False)
        name, expression = verdict.scopes[0]
        holds = None if self.row is None else evaluate(expression, self.row, self._environment()) is True
        return Reason(label, name, expression.source, tuple(self._values(expression)), holds)

    def _environment(self) -> Any:
        return self.registry.environments.of(self.person)

    def _values(self, expression: Expression) -> Iterator[tuple[str, str]]:
        if self.row is None:
            return
        for path in expression.paths:
            yield path, self._value(path, self.row)

    def _value(self, path: str, row: Mapping[str, Any]) -> str:
        field = _field_at(self.registry, self.entity, path)
        if field is None or not self.registry.access.is_clear(self.viewer, field.entity, field.name):
            return UNSEEN
        value = evaluate(parse(path, naming_of(self.registry.schema, self.entity.name)), row, self._environment())
        if value is None:
            return gettext("empty")
        if field.type.name == "ref":
            to: str = field.type.to  # type: ignore[attr-defined]
            return str(self.registry.scope.titles(self.viewer, to, [value]).get(value, UNSEEN))
        return field.type.display(value, self.registry.scope.context(self.viewer))


def _actions(schema: Schema, entity: Entity) -> Iterator[tuple[str, str]]:
    words = {
        "read": gettext("Read"), "create": gettext("Create"), "update": gettext("Change"), "delete": gettext("Delete"),
        "restore": gettext("Restore"), "import": gettext("Import"), "export": gettext("Export"),
        "print": gettext("Print"), "reveal": gettext("Reveal masked values"),
    }  # fmt: skip
    yield from ((action, words[action]) for action in ACTIONS)
    if entity.workflow:
        yield from ((step.name, say(step.label)) for step in entity.workflow.steps.values())
    yield from ((action.name, say(action.label)) for action in entity.actions.values())
    yield from ((paper.name, say(paper.label)) for paper in documents_of(schema, entity.name))


def _fields(entity: Entity) -> list[Field]:
    return [field for field in entity.fields.values() if not field.system and not field.internal]


def _field_at(registry: Registry, entity: Entity, path: str) -> Field | None:
    """The field at the end of a path through links; None where the path leads nowhere we know."""
    field, here = None, entity
    for name in path.split("."):
        field = here.fields.get(name)
        if field is None:
            return None
        if field.type.name == "ref":
            here = registry.schema.entities[field.type.to]  # type: ignore[attr-defined]
    return field


def may_ask(registry: Registry, actor: Actor) -> bool:
    """Whether the actor keeps the accounts, and so may ask why others may or may not."""
    return registry.access.may(actor, "user", "update")


def why_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, beside the accounts."""
    return Extra(registry.schema.entities["user"].menu, LINK, lambda actor: may_ask(registry, actor))


def why_pages(registry: Registry) -> Blueprint:
    """`/admin/why?user=&entity=&id=`; user is a name or a number."""
    pages = Blueprint("why-may", __name__)

    @pages.get("/admin/why")
    def why() -> str:
        viewer = current_actor()
        if not may_ask(registry, viewer):
            abort(403)
        person, entity = _person(registry, viewer), registry.schema.entities.get(request.args.get("entity", ""))
        id = id_of(request.args.get("id"))
        if entity is not None and id is not None and id not in registry.scope.visible_ids(viewer, entity.name, [id]):
            abort(404)
        asked = None
        title = ""
        if person is not None and entity is not None:
            asked = Why(registry, viewer, person, entity, id)
            title = registry.scope.titles(viewer, entity.name, [id]).get(id, "") if id is not None else ""
        people = sorted(registry.scope.lookup(viewer, "user", "", 500), key=lambda one: one[1])
        return render_template("why.html", asked=asked, title=title, people=people, schema=registry.schema)

    return pages


def _person(registry: Registry, viewer: Actor) -> Actor | None:
    named = request.args.get("user", "").strip()
    if not named:
        return None
    id = id_of(named)
    if id is None:
        id = registry.accounts.id_of(named)
    if id not in registry.scope.visible_ids(viewer, "user", [id]):
        abort(404)
    return registry.accounts.actor(id) or abort(404)
