"""The YAML as written: one pydantic model for every kind of thing the language has."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic import Field as Key

from schema.document_board import BoardPart
from schema.document_clocks import CalendarPart, DeadlinePart
from schema.document_fields import FieldPart
from schema.document_layouts import LayoutPart
from schema.document_places import Happenings, Place
from schema.document_work import DocumentPart, ReportPart, SchedulePart
from schema.written import Formula, Names, Part, Words, WordsPart, many, one_or_many

Color = Literal["grey", "blue", "green", "amber", "red", "purple", "teal"]


class OfficePart(Part):
    """Whose office this is."""

    name: Words = WordsPart(zh="办公室", en="Office")
    """The name shown at the top of every page."""
    timezone: str = "Asia/Shanghai"
    """IANA name of the timezone in which days begin and end."""
    currency: str = "CNY"
    """ISO code of the currency of all money."""


class RolePart(Part):
    """What a group of people may do together; grants name it."""

    label: Words | None = None
    """What people call the role."""


class AccountsPart(Part):
    """Access to the built-in entity `user`."""

    manage: Names = ()
    """Roles that may read, create and change accounts."""
    read: Names = ()
    """Roles that may read accounts."""
    menu: str = ""
    """The menu under which accounts stand."""


class MenuPart(Part):
    """A group in the sidebar; the order in the file is the order on the page."""

    label: Words | None = None
    """What stands in the sidebar."""
    icon: str = "folder-o"
    """FontAwesome 4.7 name."""


class ChoicePart(Part):
    """One option of a choice list: its key is the code kept in the database."""

    zh: str
    """Chinese label."""
    en: str
    """English label."""
    color: Color = "grey"
    """Colour of its badge."""
    aliases: Names = ()
    """Other words files use for it."""


class SectionPart(Part):
    """A part of the form under a heading of its own."""

    section: Words | None = None
    """The heading."""
    fields: Names
    """The fields in it."""


class TabPart(Part):
    """Child records on the record page."""

    of: str
    """The entity whose records point here."""
    via: str = ""
    """The ref field through which they do; needed only where there are several."""


def _section(value: Any) -> Any:
    return {"fields": [value]} if isinstance(value, str) else value


def _tab(value: Any) -> Any:
    return {"of": value} if isinstance(value, str) else value


Section = Annotated[SectionPart, BeforeValidator(_section, json_schema_input_type=str | SectionPart)]
Tab = Annotated[TabPart, BeforeValidator(_tab, json_schema_input_type=str | TabPart)]


class ShowPart(Part):
    """Which fields stand where."""

    list: Names = ()
    """Columns of the list; `title` is the record's own title. Default: the title and the first fields."""
    search: Names = ()
    """Fields the search box looks in; `title` is allowed. Default: the title."""
    filter: Names | None = None
    """Fields the list can be filtered by. Default: those of the list that can."""
    form: tuple[Section, ...] | None = None
    """Fields of the form, some under headings. Default: all that people may write."""
    tabs: tuple[Tab, ...] = ()
    """Child records shown on the record page."""
    sort: str = "-id"
    """How the list is sorted at first: a field or `title`, with `-` for descending; `-id` is newest first."""
    sums: Names = ()
    """Columns whose sum stands under the list."""
    board: BoardPart | None = None
    """The same records as cards in lanes, at `/<entity>/board/`; `{}` for one as it comes."""


class RulePart(Part):
    """Roles for which a field is not simply open; `*` is every role."""

    mask: Names = ()
    """They see a masked value."""
    hide: Names = ()
    """They do not see the field at all."""
    lock: Names = ()
    """They see it but cannot write it."""


def _grants(value: Any) -> Any:
    value = many(value)
    named = isinstance(value, (list, tuple)) and all(isinstance(role, str) for role in value)
    return dict.fromkeys(value, "all") if named else value


Grants = Annotated[dict[str, str], BeforeValidator(_grants, json_schema_input_type=str | list[str] | dict[str, str])]
"""A role, a list of roles (each for all records), or {role: scope | all}."""


class AccessPart(Part):
    """Who may do what. What is not granted is denied; `*` is every role."""

    read: Grants = Key(default={})
    """See records."""
    create: Grants = Key(default={})
    """Make new ones."""
    update: Grants = Key(default={})
    """Change them."""
    delete: Grants = Key(default={})
    """Move them to the trash."""
    restore: Grants = Key(default={})
    """Take them back from the trash."""
    import_: Grants = Key(default={}, alias="import")
    """Read them in from files."""
    export: Grants = Key(default={})
    """Write them out to files."""
    print: Grants = Key(default={})
    """Print them."""
    reveal: Grants = Key(default={})
    """See a masked value in full; recorded."""
    fields: dict[str, RulePart] = Key(default={})
    """Exceptions for single fields."""


class CheckPart(Part):
    """A rule that every saved record keeps."""

    that: Formula
    """What must hold; it fails only where it is false, not where something is missing."""
    say: Words
    """What people are told when it does not."""
    fields: Names = ()
    """The fields beside which it is said."""


class StepPart(Part):
    """A transition of the workflow."""

    label: Words | None = None
    """The button."""
    from_: Names = Key(alias="from")
    """State or states it starts from."""
    to: str
    """State it leads to."""
    by: Names
    """Roles that may do it."""
    when: Formula | None = None
    """Offered only where this holds."""
    needs: Names = ()
    """Fields that must be filled before."""
    ask: Names = ()
    """Fields filled in while doing it."""
    that: Formula | None = None
    """What must hold for it."""
    say: Words | None = None
    """What people are told when that does not hold."""
    set: dict[str, Any] = Key(default={})
    """Fields that get a value: a plain one, `today`, `now`, `actor`, or {is: expression}."""
    comment: bool = False
    """A comment must be given."""
    color: Literal["primary", "success", "danger", "secondary"] = "primary"
    """Colour of the button."""


class WorkflowPart(Part):
    """A choice field that moves only by named steps."""

    field: str
    """The choice field that holds the state."""
    start: str
    """The state of a new record."""
    steps: dict[str, StepPart]
    """The steps by name."""


class ActionPart(Part):
    """A named operation on records; a function of the same name does it."""

    label: Words | None = None
    """The button."""
    icon: str = "bolt"
    """FontAwesome 4.7 name."""
    by: Names
    """Roles that may do it."""
    bulk: bool = False
    """It can be done to many records at once."""
    when: Formula | None = None
    """Offered only where this holds."""
    confirm: Words | None = None
    """A question asked before."""
    ask: dict[str, FieldPart] = Key(default={})
    """Values asked for: fields as in an entity."""
    writes: Names = ()
    """Fields (``entity.field``) that the action may write although those who do it may not by hand; ``entity.*`` is
    all fields of the entity, and making new ones."""


class FilterPart(Part):
    """A named filter that everyone, or some roles, find above the list."""

    label: Words | None = None
    """What people call it."""
    where: Formula
    """Which records it shows."""
    roles: Names = ()
    """Roles that see it; none named is everyone."""
    my_day: Literal["late", "due", "waiting", "assigned", "call"] | bool = False
    """Also counted on the front page, under this word; `true` is `waiting`."""


class FollowPart(Part):
    """What is done after every write of a record, whoever writes; a function does it."""

    run: str
    """The function."""
    writes: Names = ()
    """Fields (`entity.field`) that it may write although the one who writes the record may not by hand; `entity.*` is
    all fields of the entity, and making new ones. The function may see the records of these entities."""


def _follow(value: Any) -> Any:
    return {"run": value} if isinstance(value, str) else value


Follow = Annotated[FollowPart, BeforeValidator(_follow, json_schema_input_type=str | FollowPart)]
Follows = Annotated[
    tuple[Follow, ...], BeforeValidator(one_or_many, json_schema_input_type=str | FollowPart | list[str | FollowPart])
]
"""A name, a map, or a list of them."""


class OfflinePart(Part):
    """A new record's form works on a phone without signal: it is kept there, and sent once when the network is back."""

    at: str = ""
    """The read-only moment field that says when it was filled in; sent later, it is still that moment."""


def _offline(value: Any) -> Any:
    return {} if value is True else value


Offline = Annotated[OfflinePart, BeforeValidator(_offline, json_schema_input_type=Literal[True] | OfflinePart)]


class EntityPart(Part):
    """A kind of record: its fields, how it is shown, and who may do what with it."""

    label: Words | None = None
    """What people call one."""
    plural: Words | None = None
    """What people call many; the English default is the label with an s."""
    menu: str = ""
    """The menu under which it stands."""
    icon: str = "file-o"
    """FontAwesome 4.7 name."""
    help: Words | None = None
    """A sentence above the list."""
    was: Names = ()
    """Earlier names; data moves along."""
    title: str = ""
    """Template of the record's own title: `{field}` in braces; a ref gives the title of what it points at."""
    spellings: Names = ()
    """Other ways people write the title; understood on input."""
    key: Names = ()
    """Fields that together name one record: unique, and what imports match on."""
    unique: tuple[Names, ...] = ()
    """Further sets of fields that no two records share."""
    fields: dict[str, FieldPart]
    """The fields by name."""
    show: ShowPart = ShowPart()
    """Which fields stand where."""
    access: AccessPart = AccessPart()
    """Who may do what."""
    scopes: dict[str, Formula] = Key(default={})
    """Named parts of the records, for grants."""
    checks: tuple[CheckPart, ...] = ()
    """Rules every saved record keeps."""
    workflow: WorkflowPart | None = None
    """States and steps."""
    actions: dict[str, ActionPart] = Key(default={})
    """Named operations."""
    filters: dict[str, FilterPart] = Key(default={})
    """Named filters."""
    prepare: str = ""
    """A function that fills in values, and refuses some, before every write of a record, whoever writes."""
    deadlines: dict[str, DeadlinePart] = Key(default={})
    """What is to be done about a record, and by when; each makes read-only fields that the store keeps."""
    follow: Follows = ()
    """Functions that do what follows from a record, after every write of it, in this order."""
    offline: Offline | None = None
    """Its form works without signal: `true`, or with the field that holds the moment."""
    place: Place | None = None
    """Its records are places: `true`, or with what they lie within. Each has a page of all that happened there."""
    happens: Happenings = ()
    """What its records tell in the history of places."""


class RootPart(Part):
    """A schema: everything an office is."""

    office: OfficePart = OfficePart()
    """Whose office this is."""
    include: Names = ()
    """Further files, relative to this one; their sections are added to these."""
    roles: dict[str, RolePart] = Key(default={})
    """Roles by name."""
    accounts: AccountsPart = AccountsPart()
    """Access to the built-in entity `user`."""
    menus: dict[str, MenuPart] = Key(default={})
    """Groups in the sidebar by name."""
    choices: dict[str, dict[str, ChoicePart]] = Key(default={})
    """Lists of options by name: code → option."""
    entities: dict[str, EntityPart]
    """Kinds of record by name."""
    imports: dict[str, LayoutPart] = Key(default={})
    """Spreadsheets of the office's own by name."""
    settings: dict[str, Any] = Key(default={})
    """Figures and rules that the office's functions go by, each in the shape its function wants."""
    calendars: dict[str, CalendarPart] = Key(default={})
    """When the office works, by name: the time in which deadlines run."""
    schedules: dict[str, SchedulePart] = Key(default={})
    """Jobs that run by the clock, by name."""
    reports: dict[str, ReportPart] = Key(default={})
    """Pages of figures by name."""
    documents: dict[str, DocumentPart] = Key(default={})
    """Letters and forms to print, by name."""
