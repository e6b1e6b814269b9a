"""Making and changing one record: the form, what the store says to it, and the two versions of a lost race."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from admin_views.attachments import FILE_TYPES
from admin_views.forms import Forms, RecordForm, defaults, form_names, sections, values_of
from admin_views.ids import id_of
from admin_views.once import dated
from admin_views.screen import Screen
from admin_views.upload_box import take_uploads
from models.actor import Source
from models.errors import Invalid, NotAllowed, Refused, Stale
from models.record import Record
from schema.spec import Field
from schema.text import BadValue, Text

SOURCE = Source("form")


@dataclass(slots=True)
class Draft:
    """A form as it stands: new, or with what a person typed and what is wrong with it."""

    screen: Screen
    form: RecordForm
    sections: list[tuple[str, list[str]]]
    record: Record | None = None
    version: int | None = None
    problems: list[str] = field(default_factory=list)
    """Sentences about the record as a whole."""

    @property
    def failed(self) -> bool:
        return bool(self.problems) or any(self.form[name].errors for _, names in self.sections for name in names)


@dataclass(frozen=True, slots=True)
class Saved:
    """The record was written; ``changed`` is False when nothing differed."""

    id: int
    changed: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """A field on which two people disagree; values in words. ``mine_first`` tells which is chosen at the start."""

    field: Field
    label: str
    theirs: str
    mine: str
    mine_first: bool


@dataclass(slots=True)
class Conflict:
    """Someone saved first: what differs, and everything this person posted, to be posted again."""

    draft: Draft
    theirs: Record
    differences: list[Difference]
    posted: list[tuple[str, str]]
    by: str = ""


def new_draft(screen: Screen, forms: Forms, args: Any) -> Draft:
    """An empty form: defaults, and over them what the address gives for fields the actor may fill in."""
    names = form_names(screen, new=True)
    values = defaults(screen, names) | given_values(screen, args, names)
    form = forms.of(screen, names)(screen.context, None, values)
    return Draft(screen, form, sections(screen, names))


def given_values(screen: Screen, args: Any, names: Iterable[str]) -> dict[str, Any]:
    """Values out of an address (``/copy/new/?shelf=4``); what cannot be read is left out."""
    found = {}
    for name in names:
        text = args.get(name, "")
        if not text:
            continue
        kind = screen.entity.fields[name].type
        id = id_of(text) if kind.name == "ref" else None
        try:
            value = kind.parse(text, screen.context) if id is None else id
        except BadValue:
            continue
        target = screen.entity.fields[name].target
        if kind.name != "ref" or screen.registry.scope.titles(screen.actor, target, [value]):
            found[name] = value
    return found


def create(screen: Screen, forms: Forms, posted: Any, uploads: Any) -> Saved | Draft:
    """Write a new record, or the form again with what is wrong. Raises NotAllowed."""
    names = form_names(screen, new=True)
    refuse_locked(screen, posted, screen.fillable)
    form = forms.of(screen, names)(screen.context, posted, defaults(screen, names))
    draft = Draft(screen, form, sections(screen, names))
    take_uploads(screen, form, names, uploads, {})
    if not form.validate():
        return draft
    try:
        values = {name: form[name].data for name in names}
        actor, moment = dated(screen.registry, screen.actor, screen.entity)
        id = screen.registry.store.create(actor, screen.entity.name, values | moment, SOURCE)
    except Invalid as wrong:
        draft.problems += form.refuse(wrong.problems)
        return draft
    except Refused as refused:
        draft.problems.append(screen.say(refused.text))
        return draft
    return Saved(id)


def edit_draft(screen: Screen, forms: Forms, record: Record) -> Draft:
    """The form of a record, as it is now."""
    names = form_names(screen)
    form = forms.of(screen, names)(screen.context, None, values_of(record, names))
    return Draft(screen, form, sections(screen, names), record, record.version)


def update(screen: Screen, forms: Forms, record: Record, posted: Any, uploads: Any) -> Saved | Draft | Conflict:
    """Write what was changed, or the form again, or both versions. Raises NotFound, NotAllowed.

    A field that was not posted keeps its value; ``keep-<field>=theirs`` (from the conflict page) drops it.
    """
    names = form_names(screen)
    refuse_locked(screen, posted, screen.writable)
    posted = without_dropped(posted, names)
    form = forms.of(screen, names)(screen.context, posted, values_of(record, names))
    # A version that cannot be read is nobody's: both sides are shown. Only a script sends none, and means it.
    version = version_of(posted["version"]) or 0 if "version" in posted else None
    draft = Draft(screen, form, sections(screen, names), record, version)
    sent = [name for name in names if was_posted(posted, uploads, name)]
    take_uploads(screen, form, sent, uploads, record.values)
    if not form.validate():
        return draft
    try:
        values = {name: form[name].data for name in sent}
        changed = screen.registry.store.update(screen.actor, screen.entity.name, record.id, values, SOURCE, version)
    except Stale as stale:
        return conflict(draft, stale, posted)
    except Invalid as wrong:
        draft.problems += form.refuse(wrong.problems)
        return draft
    return Saved(record.id, changed)


def without_dropped(posted: Any, names: Iterable[str]) -> MultiDict[str, str]:
    """What was posted without the fields for which the other person's value was chosen."""
    dropped = {name for name in names if posted.get(f"keep-{name}") == "theirs"}
    gone = {f"{name}{end}" for name in dropped for end in ("", "-text", "-upload")}
    return MultiDict([(key, value) for key in posted for value in posted.getlist(key) if key not in gone])


def was_posted(posted: Any, uploads: Any, name: str) -> bool:
    return name in posted or f"{name}-text" in posted or f"{name}-upload" in uploads


def refuse_locked(screen: Screen, posted: Any, writable: Collection[str]) -> None:
    """Raises NotAllowed when the form carries a field that the actor sees but may not write."""
    for spec in screen.columns:
        if spec.name in posted and spec.name not in writable:
            raise NotAllowed(Text("您不能修改“{label}”。", "You may not change “{label}”.").with_(label=spec.label))


def version_of(text: str) -> int | None:
    """The version a form was opened at; None for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def conflict(draft: Draft, stale: Stale, posted: Any) -> Conflict:
    """Both versions side by side. A field this person had left as it was starts on the other's value."""
    screen = draft.screen
    before, by = _opened_with(screen, stale.theirs, draft.version)
    differences = []
    for name in stale.fields:
        spec = screen.entity.fields[name]
        mine = stale.mine.get(name)
        differences.append(
            Difference(
                spec,
                screen.say(spec.label),
                screen.show(stale.theirs, spec),
                words_of(screen, spec, mine),
                mine_first=name not in before or before[name] != mine,
            )
        )
    skipped = {"csrf_token", "version", "again", *(f"keep-{name}" for name in stale.fields)}
    kept = {
        name: value or () for name, value in stale.mine.items() if screen.entity.fields[name].type.name in FILE_TYPES
    }
    again = [(key, value) for key in posted for value in posted.getlist(key) if key not in skipped and key not in kept]
    again += [(name, key) for name, keys in kept.items() for key in ("", *keys)]
    draft.version = stale.theirs.version
    return Conflict(draft, stale.theirs, differences, again, by)


def _opened_with(screen: Screen, theirs: Record, version: int | None) -> tuple[dict[str, Any], str]:
    """What the fields held when this person opened the form, as the history tells it, and who changed them since."""
    since = max(0, theirs.version - (version or 0))
    before: dict[str, Any] = {}
    by = ""
    for change in screen.registry.history.of(screen.actor, theirs.entity, theirs.id, limit=min(since, 50)):
        before.update({name: pair[0] for name, pair in change.changes.items()})
        by = by or change.actor_name
    return before, by


def words_of(screen: Screen, spec: Field, value: Any) -> str:
    """A value that is in no record, in words."""
    if value in (None, ()):
        return ""
    if spec.type.name in FILE_TYPES:
        return _("%(count)s files", count=len(value))
    return spec.type.display(value, screen.context)
