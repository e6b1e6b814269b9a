"""The pages that take a spreadsheet in: upload, preview of the real thing, write, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from admin_views import import_fixes as fixes
from admin_views import import_preview as preview
from admin_views.import_choices import BAD_ROWS, ENCODINGS, MODES, Choices, control_totals, kept_choices, read_choices
from admin_views.import_files import Uploads
from admin_views.import_progress import import_worker, page_of, state_words
from admin_views.navigation import Extra, Link
from admin_views.shell import current_actor
from models.actor import Actor
from models.errors import NotFound, Refused
from schema.text import Text
from transfer import imports
from transfer.imports import Preparation, allowed_layout, may_import
from transfer.layout import targets
from transfer.memory import remember
from transfer.records import LABEL, STARTABLE, ImportEntry
from transfer.refusal import FileRefused
from transfer.rejects import rejected_rows, rejects_csv, rejects_xlsx
from transfer.results import ImportResult

if TYPE_CHECKING:
    from models.registry import Registry

LINK = Link("imports", Text("导入文件", "Import files"), "upload", "/imports/")
NO_FILE = Text("请先选择一个文件。", "Choose a file first.")
REJECTS = {
    "csv": (rejects_csv, "text/csv; charset=utf-8"),
    "xlsx": (rejects_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def import_pages(registry: Registry) -> Blueprint:
    """`/imports/`, `/imports/<layout>/` and `/<entity>/import/`, with the preview and report of a file below them."""
    pages = Blueprint("import-files", __name__)
    views = ImportViews(registry)
    both = ("GET", "POST")
    pages.add_url_rule("/imports/", "all", views.all)
    for path, kind in (("/imports/<name>/", "layout"), ("/<name>/import/", "entity")):
        given = {"kind": kind}
        pages.add_url_rule(path, f"{kind}_upload", views.upload, defaults=given, methods=both)
        pages.add_url_rule(f"{path}<token>/", f"{kind}_file", views.file, defaults=given, methods=both)
        pages.add_url_rule(f"{path}<token>/rejects.<format>", f"{kind}_rejects", views.rejects, defaults=given)
    return pages


def import_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who may use one of the layouts."""
    return Extra("", LINK, lambda actor: bool(_layouts(registry, actor)))


def _layouts(registry: Registry, actor: Actor) -> list[tuple[str, Text]]:
    """The layouts the actor may use: (name, label)."""
    return [(name, one.label) for name, one in registry.schema.imports.items() if may_import(registry, actor, one)]


class Place:
    """Where a file goes: an entity or a layout, and the address of its pages."""

    def __init__(self, registry: Registry, kind: str, name: str) -> None:
        known = registry.schema.imports if kind == "layout" else registry.schema.entities
        if name not in known:
            raise NotFound(LABEL)
        self.kind, self.name = kind, name
        self.layout = allowed_layout(registry, current_actor(), name)
        self.label = self.layout.label.to(current_actor().locale)
        self.url = (
            f"{request.script_root}/imports/{name}/" if kind == "layout" else f"{request.script_root}/{name}/import/"
        )

    @property
    def list_url(self) -> str:
        """Where the records are seen afterwards."""
        entity = self.name if self.kind == "entity" else next(iter(self.layout.parts.values())).entity
        return f"{request.script_root}/{entity}/"

    def trail(self, all: str) -> list[tuple[str, str]]:
        """Where these pages stand: below the list of the entity, or below all imports (called ``all``)."""
        if self.kind == "entity":
            return [(self.label, self.list_url), (all, self.url)]
        return [(all, f"{request.script_root}/imports/"), (self.label, self.url)]

    def at(self, token: str, rest: str = "") -> str:
        return f"{self.url}{token}/{rest}"


class ImportViews:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def all(self) -> ResponseReturnValue:
        """The layouts and entities the actor may import, and what was imported."""
        actor, may = current_actor(), self.registry.access.may
        layouts = _layouts(self.registry, actor)
        entities = [
            e for e in self.registry.schema.entities.values()
            if may(actor, e.name, "import") and (may(actor, e.name, "create") or may(actor, e.name, "update"))
        ]  # fmt: skip
        if not layouts and not entities:
            raise NotFound(LABEL)
        return render_template("import/all.html", layouts=layouts, entities=entities)

    def upload(self, kind: str, name: str) -> ResponseReturnValue:
        """Choose a file; one that can be read goes on to its preview."""
        place, actor = Place(self.registry, kind, name), current_actor()
        if request.method == "GET":
            return self._upload_page(place)
        given = request.files.get("file")
        if given is None or not given.filename:
            return self._upload_page(place, NO_FILE, 422)
        try:
            uploads = Uploads(self.registry)
            entry = uploads.keep(actor, name, given.filename, given.read())
        except FileRefused as refused:
            return self._upload_page(place, refused.text, 422)
        if controls := control_totals(request.form):
            uploads.log.keep_options(entry.id, Choices(controls=controls).as_json())
        return redirect(place.at(entry.token))

    def file(self, kind: str, name: str, token: str) -> ResponseReturnValue:
        """The preview of a file, what the person does with it, and in the end the report."""
        place, actor, uploads = Place(self.registry, kind, name), current_actor(), Uploads(self.registry)
        entry = uploads.find(actor, name, token)
        if entry.state == "done":
            return self._report_page(place, entry) if request.method == "GET" else redirect(place.at(token))
        if entry.state not in STARTABLE:
            return redirect(page_of(entry))
        choices = kept_choices(entry.options)
        if request.method == "GET":
            return self._preview_page(place, uploads, entry, choices)
        if request.form.get("do") == "discard":
            uploads.discard(actor, entry)
            flash(_("The file was taken away; nothing was imported."), "info")
            return redirect(place.url)
        choices = read_choices(request.form, choices)
        uploads.log.keep_options(entry.id, choices.as_json())
        if request.form.get("do") in ("write", "write-skip"):
            if request.form["do"] == "write-skip":
                choices.bad_rows = "skip"
            self._write(uploads, entry, choices)
        return redirect(place.at(token))

    def rejects(self, kind: str, name: str, token: str, format: str) -> ResponseReturnValue:
        """The refused rows of an import as a file."""
        place, actor, uploads = Place(self.registry, kind, name), current_actor(), Uploads(self.registry)
        entry = uploads.find(actor, place.name, token)
        if format not in REJECTS:
            raise NotFound(LABEL)
        choices = kept_choices(entry.options)
        ready = uploads.prepared(actor, entry, choices)
        rejected = preview.kept_rejections(entry.result)
        if not entry.result and not ready.problems:
            rejected = self._tried(ready, choices).rejected
        write, mimetype = REJECTS[format]
        rows = rejected_rows(ready.sheet, rejected, actor.locale, choices.edits)
        answer = Response(write(ready.sheet, rows, actor.locale), mimetype=mimetype)
        shown = quote(f"{_('refused')}-{entry.filename.rpartition('.')[0]}.{format}")
        answer.headers["Content-Disposition"] = f"attachment; filename=\"refused.{format}\"; filename*=UTF-8''{shown}"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    # -- doing -----------------------------------------------------------------------------------------

    def _write(self, uploads: Uploads, entry: ImportEntry, choices: Choices) -> None:
        """Write the file, and say what came of it."""
        actor, log = current_actor(), uploads.log
        log.keep_options(entry.id, choices.as_json())
        try:
            ready = uploads.prepared(actor, entry, choices)
            remember(self.registry, actor, ready)
            import_worker().write(actor, log.entry(entry.id), ready)
        except (FileRefused, Refused) as refused:
            flash(refused.text.to(actor.locale), "error")
            return
        if log.entry(entry.id).state == "refused":
            flash(_("Nothing was imported: put the refused rows right, or choose to leave them out."), "error")

    def _tried(self, ready: Preparation, choices: Choices) -> ImportResult:
        return imports.run(
            self.registry, current_actor(), ready, dry_run=True, mode=choices.mode, limit=preview.PREVIEW_ROWS
        )

    # -- pages -----------------------------------------------------------------------------------------

    def _upload_page(self, place: Place, problem: Text | None = None, status: int = 200) -> ResponseReturnValue:
        actor = current_actor()
        headers = [t.label.to(actor.locale) for t in self._targets(place)]
        log = Uploads(self.registry).log
        page = render_template(
            "import/upload.html", place=place, problem=problem, headers=headers, moment=self._moment,
            sums=fixes.summed_targets(self._targets(place), actor.locale),
            latest=log.latest(actor, place.name), state=state_words, wholes=self._wholes(place),
        )  # fmt: skip
        return page, status

    def _wholes(self, place: Place) -> list[tuple[str, Text]]:
        """The layouts the actor may use that fill this entity too."""
        if place.kind == "layout":
            return []
        layouts = self.registry.schema.imports
        return [
            (name, label) for name, label in _layouts(self.registry, current_actor())
            if any(part.entity == place.name for part in layouts[name].parts.values())
        ]  # fmt: skip

    def _targets(self, place: Place) -> list[Any]:
        actor, parts = current_actor(), place.layout.parts
        return [
            t for t in targets(self.registry.schema, place.layout)
            if self.registry.access.field(actor, parts[t.part].entity, t.field.name) == "open"
        ]  # fmt: skip

    def _preview_page(
        self, place: Place, uploads: Uploads, entry: ImportEntry, choices: Choices
    ) -> ResponseReturnValue:
        actor = current_actor()
        try:
            ready = uploads.prepared(actor, entry, choices)
        except FileRefused as refused:
            return self._upload_page(place, refused.text, 422)
        result = ImportResult(dry_run=True) if ready.problems else self._tried(ready, choices)
        registry, groups = self.registry, preview.refused_groups(result.rejected, actor.locale)
        root = request.script_root
        page = render_template(
            "import/preview.html", place=place, entry=entry, choices=choices, ready=ready, result=result,
            columns=preview.column_rows(ready, actor.locale),
            groups=preview.target_groups(registry, ready, actor.locale), refused=groups,
            fixes=[
                fixes.fix_of(registry, actor, ready, group, number, root) if group.can_fix else None
                for number, group in enumerate(groups)
            ],
            put_right=list(fixes.put_right(registry, actor, ready)),
            decided=fixes.decided(registry, actor, ready),
            keys=fixes.key_choices(registry, actor, ready, choices),
            constants=fixes.constant_rows(actor, ready, choices), free=fixes.free_targets(actor, ready, registry),
            sums=fixes.sums(actor, ready, result, choices),
            changed=preview.changed_cells(registry, actor, result),
            entities=preview.entity_counts(registry, result.as_json("")["by_entity"], actor.locale),
            before=uploads.log.same_file(entry.target, entry.sha256, entry.id), moment=self._moment,
            modes=MODES, bad_rows=BAD_ROWS, encodings=ENCODINGS, preview=preview, size=_size, mark=_mark,
        )  # fmt: skip
        return page, 200

    def _report_page(self, place: Place, entry: ImportEntry) -> ResponseReturnValue:
        actor = current_actor()
        rejected = preview.kept_rejections(entry.result)
        return render_template(
            "import/report.html", place=place, entry=entry, result=entry.result, moment=self._moment,
            refused=preview.refused_groups(rejected, actor.locale), refused_rows=len({r.line for r in rejected}),
            entities=preview.entity_counts(self.registry, entry.result.get("by_entity", {}), actor.locale),
        )  # fmt: skip

    def _moment(self, at: Any) -> str:
        return f"{at.astimezone(self.registry.clock.zone):%Y-%m-%d %H:%M}"


def _size(count: int) -> str:
    """Bytes in plain words."""
    return f"{count / 1024**2:.1f} MB" if count >= 1024**2 else f"{max(1, round(count / 1024))} KB"


def _mark(is_chosen: bool) -> Markup:
    return Markup(" selected") if is_chosen else Markup("")
