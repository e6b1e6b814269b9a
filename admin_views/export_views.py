"""The pages of files out: the choice before an export, templates to fill in, and the list of exports there were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views import export_page
from admin_views.entity_view import file_size
from admin_views.export_door import named
from admin_views.ids import id_of
from admin_views.kept_export_page import kept_exports
from admin_views.list_query import read_list
from admin_views.navigation import Extra, Link
from admin_views.screen import Screen
from admin_views.shell import current_actor
from models.actor import Actor
from models.errors import Invalid, NotFound
from schema.text import Text
from transfer.export import FORMATS
from transfer.export_log import ExportLog
from transfer.layout import layout_of
from transfer.templates import FILLED, Wanted, may_use, template

if TYPE_CHECKING:
    from models.registry import Registry

LABEL = Text("文件", "file")
LINK = Link("exports", Text("导出记录", "Exports"), "download", "/exports/")
PER_PAGE = 100


def export_pages(registry: Registry) -> Blueprint:
    """`/<entity>/export/`, `/exports/`, and `/templates/<entity or layout>/` with the files below it."""
    pages = Blueprint("export-files", __name__)
    views = ExportViews(registry)
    pages.add_url_rule("/<name>/export/", "choose", views.choose, methods=("GET", "POST"))
    pages.add_url_rule("/exports/", "all", views.all)
    pages.add_url_rule("/templates/<name>/", "templates", views.templates)
    pages.add_url_rule("/templates/<name>/<format>/", "template", views.template)
    return pages


def export_link(registry: Registry) -> Extra:
    """The list of exports in the sidebar, for those who may export every record of something."""

    def allowed(actor: Actor) -> bool:
        verdict = registry.access.verdict
        return any(verdict(actor, name, "export").everything for name in registry.schema.entities)

    return Extra("", LINK, allowed)


class ExportViews:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def choose(self, name: str) -> ResponseReturnValue:
        """Which records and columns; a POST of the form gives the file, one of the list comes with what is ticked."""
        screen = self._screen(name)
        self.registry.scope.require(screen.actor, name, "export")
        if request.method == "GET":
            return self._page(screen, export_page.page_query(request.args), [], request.args.get("set", ""))
        do = request.form.get("do", "")
        if do == "download":
            return export_page.file_of(screen, request.form)
        query = request.form.get("query", "")
        if do == "keep":
            return self._keep(screen, query)
        if do == "forget":
            export_page.forget_set(screen, request.form.get("set", ""))
            return redirect(f"{screen.url('export')}?{query}")
        back = request.form.get("every") or request.form.get("back", "").partition("?")[2]
        return self._page(screen, back, export_page.read_picked(screen, request.form))

    def _keep(self, screen: Screen, query: str) -> ResponseReturnValue:
        try:
            name = export_page.keep_set(screen, request.form.get("name", ""), request.form.getlist("column"))
        except Invalid as wrong:
            flash(screen.say(wrong.text), "warning")
            return redirect(f"{screen.url('export')}?{query}")
        flash(_("The columns are kept as “%(name)s”.", name=name), "success")
        return redirect(screen.url("export", **{**dict(parse_qsl(query)), "set": name}))

    def _page(self, screen: Screen, query: str, picked: list[int], name: str = "") -> ResponseReturnValue:
        return _shown("export/choose.html", **export_page.export_page(screen, query, picked, name))

    def all(self) -> ResponseReturnValue:
        """The exports there have been, as far as this person may know."""
        actor = current_actor()
        if not any(self.registry.access.may(actor, name, "export") for name in self.registry.schema.entities):
            raise NotFound(LABEL)
        before = id_of(request.args.get("before"))
        found = ExportLog(self.registry).latest(actor, PER_PAGE + 1, before)
        zone = self.registry.clock.zone
        page = render_template(
            "export/all.html", entries=found[:PER_PAGE], entities=self.registry.schema.entities,
            older=found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
            moment=lambda at: f"{at.astimezone(zone):%Y-%m-%d %H:%M}", kept=kept_exports(self.registry, actor),
            schedules=self.registry.schema.schedules, size=file_size,
        )  # fmt: skip
        return page, 200

    def templates(self, name: str) -> ResponseReturnValue:
        """The files to fill in for an entity or a layout."""
        self._usable(name)
        actor, is_entity = current_actor(), name in self.registry.schema.entities
        filled = is_entity and self.registry.access.may(actor, name, "export")
        label = layout_of(self.registry.schema, name).label.to(actor.locale)
        query = export_page.page_query(request.args)
        back = f"{request.script_root}/{name}/?{query}" if is_entity else f"{request.script_root}/imports/{name}/"
        return _shown("export/templates.html", name=name, label=label, filled=filled, query=query, back=back,
                      base_url=f"{request.script_root}/templates/{name}/", is_entity=is_entity)  # fmt: skip

    def template(self, name: str, format: str) -> ResponseReturnValue:
        """One of these files."""
        self._usable(name)
        if format not in ("xlsx", "csv"):
            raise NotFound(LABEL)
        actor, rows = current_actor(), request.args.get("rows", "")
        spec = self.registry.schema.entities.get(name)
        wanted = Wanted()
        if spec is not None and rows in FILLED:
            self.registry.scope.require(actor, name, "export")
            wanted = Wanted(rows, read_list(request.args, self._screen(name)).query(()))
        data = template(self.registry, actor, name, format, wanted)
        answer = Response(data, content_type=FORMATS[format])
        label = layout_of(self.registry.schema, name).label.to(actor.locale)
        screen = self._screen(name if spec is not None else next(iter(self.registry.schema.entities)))
        return named(answer, f"template-{name}", _("Template: %(what)s", what=label), screen, format)

    def _usable(self, name: str) -> None:
        """Raises NotFound where there is no such file for this person, NotAllowed where they may only read."""
        if name not in self.registry.schema.imports and name not in self.registry.schema.entities:
            raise NotFound(LABEL)
        may_use(self.registry, current_actor(), name)

    def _screen(self, name: str) -> Screen:
        """The entity before the actor of this request. Raises NotFound for one they may not even read."""
        actor, spec = current_actor(), self.registry.schema.entities.get(name)
        if spec is None or not self.registry.access.may(actor, name, "read"):
            raise NotFound(LABEL)
        return Screen(self.registry, spec, actor, request.script_root)


def _shown(template: str, **context: Any) -> ResponseReturnValue:
    """A page, or only its matter where a script asks for that (``X-Part``)."""
    part = "X-Part" in request.headers
    page = render_template(template, base="entity/part.html" if part else "admin/base.html", **context)
    return page, 200, {"Vary": "X-Part", **({"X-Part": "1"} if part else {})}
