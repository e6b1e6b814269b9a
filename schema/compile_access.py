"""Who may do what: grants, scopes, and exceptions for single fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schema import document as doc
from schema.compile_expressions import boolean
from schema.desk import EVERYONE, ROLE, Desk
from schema.problems import Path
from schema.spec import ACTIONS, AccessSpec, FieldRule
from schema.text import Text

if TYPE_CHECKING:
    from schema.expressions import Expression

ALL = "all"
SCOPE = Text("范围", "scope")
NEED_READ = ("update", "delete", "export", "print", "reveal")
BLIND = Text(
    "“{role}”可以{action}却不能读取，等于没有授权；请把它加到 read",
    "'{role}' may {action} but not read, so it never can; add it to read",
)


def make_access(desk: Desk, entity: str, part: doc.EntityPart) -> AccessSpec:
    """The grants of an entity by action and role, and its rules for fields."""
    access = part.access
    grants: dict[str, Mapping[str, str]] = {}
    for action in ACTIONS:
        written: dict[str, str] = getattr(access, "import_" if action == "import" else action)
        grants[action] = _grants(desk, entity, part, action, written)
    for action in NEED_READ:
        for role in grants[action]:
            if role not in grants["read"] and desk.sound((*access.path, "read")):
                desk.say((*access.path, action), BLIND.with_(role=role, action=action))
    rules = {}
    for name, rule in access.fields.items():
        if not desk.no_field(rule.path, entity, name, key=True):
            rules[name] = FieldRule(
                hide=desk.some_roles((*rule.path, "hide"), rule.hide),
                mask=desk.some_roles((*rule.path, "mask"), rule.mask),
                lock=desk.some_roles((*rule.path, "lock"), rule.lock),
            )
    return AccessSpec(grants, rules)


def _grants(desk: Desk, entity: str, part: doc.EntityPart, action: str, written: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for n, (role, scope) in enumerate(written.items()):
        path = _place(desk, (*part.access.path, action), role, n)
        if role != EVERYONE and desk.misses(path, ROLE, role, desk.roles, key=True):
            continue
        broken = not desk.sound((*part.path, "scopes"))
        if not broken and desk.misses(path, SCOPE, scope, (ALL, *part.scopes), (entity,)):
            continue
        for one in desk.roles if role == EVERYONE else (role,):
            if role != EVERYONE or one not in written:
                found[one] = scope
    return found


def _place(desk: Desk, path: Path, role: str, n: int) -> Path:
    """A grant is written as a key of a map, or as an item of a list."""
    return (*path, role) if (*path, role) in desk.source.places else (*path, n)


def make_scopes(desk: Desk, entity: str, part: doc.EntityPart) -> dict[str, Expression]:
    """The scopes by name."""
    found = {}
    for name, source in part.scopes.items():
        path = (*part.path, "scopes", name)
        if name == ALL:
            words = Text("“all”表示全部记录，范围请用别的名称", "'all' means every record; give the scope another name")
            desk.say(path, words, key=True)
        condition = boolean(desk, path, source, entity)
        if condition is not None:
            found[name] = condition
    return found
