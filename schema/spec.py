"""What a schema means once it has been read and checked: frozen objects, no YAML left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import TYPE_CHECKING, Any

from schema.text import Text

if TYPE_CHECKING:
    from schema.expressions import Expression
    from schema.spec_board import Board
    from schema.spec_clocks import CalendarSpec, DeadlineSpec
    from schema.spec_layouts import Layout
    from schema.spec_places import Happening, PlaceSpec
    from schema.types.base import FieldType

SYSTEM_FIELDS = ("created_at", "created_by", "changed_at", "changed_by")
"""Fields that every entity has without naming them; the store alone writes them."""

ACTIONS = ("read", "create", "update", "delete", "restore", "import", "export", "print", "reveal")
"""The grants every entity knows; workflow steps and named actions come on top."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where something stands in the YAML: file, 1-based line and column."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Office:
    """Whose office this is; ``timezone`` is an IANA name, ``currency`` an ISO code."""

    name: Text
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    label: Text


@dataclass(frozen=True, slots=True)
class Menu:
    name: str
    label: Text
    icon: str = "folder-o"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a choice list: ``code`` in the database, ``label`` on the page."""

    code: str
    label: Text
    color: str = "grey"
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity. ``default`` is a plain value or an Expression (``today``, ``actor``)."""

    entity: str
    name: str
    type: FieldType
    label: Text
    help: Text | None = None
    required: bool = False
    required_if: Expression | None = None
    shown_if: Expression | None = None
    default: Any = None
    unique: bool = False
    readonly: bool = False
    internal: bool = False
    """People neither see nor write it; it is readonly, too."""
    sparse: bool = False
    """Blank in nearly all records: lists narrowed by it are found by its index."""
    aliases: tuple[str, ...] = ()
    was: tuple[str, ...] = ()
    sortable: bool = False
    """An index makes sorting by it cheap; worked out from the type and ``show.list``."""
    filterable: bool = False
    system: bool = False
    position: Position | None = None

    @property
    def target(self) -> str:
        """The entity a link field points at; '' for other fields."""
        return "user" if self.type.name in ("created_by", "changed_by") else str(getattr(self.type, "to", "") or "")


@dataclass(frozen=True, slots=True)
class TitlePart:
    """A piece of a title template: literal ``text``, or the ``field`` whose value stands there."""

    text: str = ""
    field: str = ""


Template = tuple[TitlePart, ...]


@dataclass(frozen=True, slots=True)
class FormSection:
    label: Text | None
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    """Records of ``entity`` that point here through its ref field ``via``, shown on the record page."""

    entity: str
    via: str


@dataclass(frozen=True, slots=True)
class Show:
    """Which fields stand where. ``sort`` is a field name, with '-' for descending ('-id' is newest first)."""

    list: tuple[str, ...]
    search: tuple[str, ...]
    filter: tuple[str, ...]
    form: tuple[FormSection, ...]
    tabs: tuple[Tab, ...]
    sort: str = "-id"
    sums: tuple[str, ...] = ()
    """Money and decimal list columns whose sum stands under the list."""
    board: Board | None = None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Roles for which a field is absent, masked, or shown but not to be written."""

    hide: frozenset[str] = frozenset()
    mask: frozenset[str] = frozenset()
    lock: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AccessSpec:
    """Who may do what. ``grants[action][role]`` is the name of a scope, or 'all'. What is not here is denied.

    For every action but read, the read scope of the actor holds as well.
    """

    grants: Mapping[str, Mapping[str, str]]
    fields: Mapping[str, FieldRule]


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """A rule every saved record keeps; it fails only where ``that`` is false (unknown passes)."""

    that: Expression
    say: Text
    fields: tuple[str, ...]
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A workflow transition: ``from_`` states to state ``to``, by these roles, of records for which ``when`` holds."""

    name: str
    label: Text
    from_: tuple[str, ...]
    to: str
    by: frozenset[str]
    when: Expression | None = None
    needs: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    that: Expression | None = None
    say: Text | None = None
    set: Mapping[str, Any] = field(default_factory=dict)
    comment: bool = False
    color: str = "primary"


@dataclass(frozen=True, slots=True)
class Workflow:
    """The state field moves only by its steps; ``start`` is the state of a new record."""

    field: str
    start: str
    steps: Mapping[str, Step]


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """A named operation on records (a decorated function of the same name does it)."""

    name: str
    label: Text
    by: frozenset[str]
    bulk: bool = False
    when: Expression | None = None
    confirm: Text | None = None
    ask: Mapping[str, Field] = field(default_factory=dict)
    icon: str = "bolt"
    writes: frozenset[tuple[str, str]] = frozenset()
    """(entity, field) pairs that the action may write although the actor may not by hand."""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class FollowSpec:
    """What is done after every write of an entity's records; function ``run`` does it.

    ``writes`` are (entity, field) pairs as in an action; the records of these entities the function may also see.
    """

    run: str
    writes: frozenset[tuple[str, str]] = frozenset()

    @property
    def reach(self) -> frozenset[str]:
        """The entities whose records it may write."""
        return frozenset(entity for entity, _ in self.writes)


DAY_KINDS = ("late", "due", "waiting", "assigned", "call")
"""What waits for somebody on the front page, in its order."""


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A named filter that ships with the schema (a reminder list, domain A5, A7, A9)."""

    name: str
    label: Text
    where: Expression
    roles: frozenset[str] = frozenset()
    """Empty: everyone who may read."""
    my_day: str = ""
    """The one of DAY_KINDS under which it is also counted on the front page; '' is none."""


@dataclass(frozen=True, slots=True)
class OfflineSpec:
    """A form that a phone keeps and sends later; ``at`` is the field of the moment it was filled in, '' for none."""

    at: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    name: str
    label: Text
    plural: Text
    fields: Mapping[str, Field]
    title: Template
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    show: Show
    access: AccessSpec
    scopes: Mapping[str, Expression]
    checks: tuple[CheckSpec, ...] = ()
    workflow: Workflow | None = None
    actions: Mapping[str, ActionSpec] = field(default_factory=dict)
    filters: Mapping[str, SavedFilter] = field(default_factory=dict)
    spellings: tuple[Template, ...] = ()
    menu: str = ""
    icon: str = "file-o"
    help: Text | None = None
    was: tuple[str, ...] = ()
    builtin: bool = False
    prepare: str = ""
    """The function that fills in and refuses values before every write; '' for none."""
    follow: tuple[FollowSpec, ...] = ()
    """What is done after every write, in this order."""
    deadlines: Mapping[str, DeadlineSpec] = field(default_factory=dict)
    offline: OfflineSpec | None = None
    """None: its form needs the network."""
    place: PlaceSpec | None = None
    """None: its records are no places."""
    happens: tuple[Happening, ...] = ()
    """What its records tell in the history of places."""
    position: Position | None = None

    @property
    def refs(self) -> tuple[Field, ...]:
        """The fields that hold one record of another entity."""
        return tuple(f for f in self.fields.values() if f.type.name == "ref")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that runs by the clock; function ``run`` does it with the grants of ``roles``.

    ``every`` holds 'hour', 'day', 'month', 'quarter', 'year' or '15 min' alone, or names of weekdays. ``day`` counts
    from the start of the month, quarter or year, 1 where None; LAST_DAY is its last. ``at`` is office time; of one that
    runs every hour or more often, its minute. ``writes`` are (entity, field) pairs as in an action, ``with_`` plain
    data for the function.
    """

    name: str
    label: Text
    run: str
    every: tuple[str, ...]
    day: int | None
    at: time
    roles: frozenset[str]
    writes: frozenset[tuple[str, str]] = frozenset()
    with_: Mapping[str, Any] = field(default_factory=dict)
    position: Position | None = None


LAST_DAY = -1
"""``Schedule.day`` of a job that runs on the last day of its month, quarter or year."""


@dataclass(frozen=True, slots=True)
class Report:
    """A page of figures; function ``run`` works them out, its rows read through the scope of the person."""

    name: str
    label: Text
    help: Text | None
    menu: str
    icon: str
    by: frozenset[str]
    run: str
    ask: Mapping[str, Field] = field(default_factory=dict)
    chart: str = "none"
    """'bar', 'line', 'stacked', 'pie' or 'none'."""
    notes: tuple[Text, ...] = ()
    my_day: frozenset[str] = frozenset()
    """Roles that find its headline figure on the front page."""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class DocumentSpec:
    """A letter or form printed for records of ``entity``; function ``run`` gathers what stands in it."""

    name: str
    label: Text
    entity: str
    by: frozenset[str]
    template: str
    """Its file is documents/<template>.typ."""
    run: str
    ask: Mapping[str, Field] = field(default_factory=dict)
    archive: tuple[str, str] | None = None
    """(entity, field) of a files field that keeps each PDF."""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    office: Office
    roles: Mapping[str, Role]
    menus: Mapping[str, Menu]
    choices: Mapping[str, Mapping[str, Choice]]
    entities: Mapping[str, Entity]
    imports: Mapping[str, Layout]
    digest: str
    """SHA-256 of every file read, for caches."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Plain data for the rules above the engine, by name; ``schema.settings`` gives it a shape."""
    calendars: Mapping[str, CalendarSpec] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    reports: Mapping[str, Report] = field(default_factory=dict)
    documents: Mapping[str, DocumentSpec] = field(default_factory=dict)
    places: Mapping[tuple[str | int, ...], tuple[Position, Position]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Where ``settings`` and ``schedules`` stand: path from the root of the YAML → (of the key, of the value)."""

    def children_of(self, entity: str) -> list[tuple[Entity, Field]]:
        """Every (entity, ref field) that points at ``entity``."""
        return [(e, f) for e in self.entities.values() for f in e.refs if f.type.to == entity]  # type: ignore[attr-defined]
