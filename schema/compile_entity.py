"""From an entity as written to the entity of the specification."""

from __future__ import annotations

from schema import document as doc
from schema.compile_access import make_access, make_scopes
from schema.compile_deadlines import make_deadlines
from schema.compile_expressions import default_of
from schema.compile_fields import Marks, make_field
from schema.compile_places import make_happenings, make_place
from schema.compile_show import filter_names, list_names, make_show, make_spellings, make_title
from schema.compile_workflow import make_actions, make_checks, make_filters, make_follow, make_offline, make_workflow
from schema.crosscheck import own_columns
from schema.desk import Desk, FieldDraft, label
from schema.spec import Entity, Field, Workflow
from schema.text import Text
from schema.types.lights import ClockMoment
from schema.written import say


def make_entity(desk: Desk, name: str, part: doc.EntityPart, builtin: bool) -> Entity:
    """The entity; what is wrong in it is said, and left out."""
    workflow = make_workflow(desk, name, part.workflow) if part.workflow is not None else None
    fields = make_fields(desk, name, part, workflow)
    words = label(part.label, name)
    return Entity(
        name=name,
        label=words,
        plural=say(part.plural) if part.plural is not None else Text(words.zh, f"{words.en}s"),
        fields=fields,
        title=make_title(desk, name, part),
        spellings=make_spellings(desk, name, part),
        key=desk.some_fields((*part.path, "key"), name, part.key),
        unique=tuple(desk.some_fields((*part.path, "unique", n), name, names) for n, names in enumerate(part.unique)),
        show=make_show(desk, name, part, fields),
        access=make_access(desk, name, part),
        scopes=make_scopes(desk, name, part),
        checks=make_checks(desk, name, part),
        workflow=workflow,
        actions=make_actions(desk, name, part),
        filters=make_filters(desk, name, part),
        menu=part.menu,
        icon=part.icon,
        help=say(part.help) if part.help is not None else None,
        was=part.was,
        builtin=builtin,
        prepare=part.prepare,
        follow=make_follow(desk, name, part),
        deadlines=make_deadlines(desk, name, part),
        offline=make_offline(desk, name, part),
        place=make_place(desk, name, part),
        happens=make_happenings(desk, name, part),
        position=desk.source.place(part.path).key,
    )


def make_fields(desk: Desk, entity: str, part: doc.EntityPart, workflow: Workflow | None) -> dict[str, Field]:
    """The fields by name; broken ones are left out."""
    columns = list_names(part, desk.drafts[entity])
    filters = filter_names(part, columns)
    by_board = part.show.board.sort.lstrip("-") if part.show.board is not None else ""
    fields = {}
    for name, draft in desk.drafts[entity].items():
        if draft.type is None:
            continue
        moves = workflow is not None and workflow.field == name
        default = workflow.start if moves and workflow else default_of(desk, draft)
        sortable = is_sought(draft) or (name in (*columns, by_board) and can_sort(desk, draft))
        marks = Marks(default, moves, sortable, name in filters and can_filter(draft))
        made = make_field(desk, draft, marks)
        if made is not None:
            fields[name] = made
    return fields


def can_sort(desk: Desk, draft: FieldDraft) -> bool:
    """An index can hold its order: it has a column, or is worked out from the record's own columns."""
    if draft.type is None or draft.part.internal or not draft.part.sort or not draft.type.sortable:
        return False
    return draft.type.stored or own_columns(desk, draft)


def is_sought(draft: FieldDraft) -> bool:
    """Records are looked up by it, whether lists show it or not."""
    return isinstance(draft.type, ClockMoment) and draft.type.sought


def can_filter(draft: FieldDraft) -> bool:
    """Lists can be narrowed by it."""
    return draft.type is not None and draft.part.filter and not draft.part.internal and bool(draft.type.filters)
