"""The pages of reports: the list of them by menu, each with its filters, its figures on the page and as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from admin_views.export_door import BY_HAND, named
from admin_views.field_blocks import field_block
from admin_views.forms import Forms, RecordForm
from admin_views.list_query import clean
from admin_views.lookup import MAX_QUERY, limit_of
from admin_views.navigation import Extra, Link
from admin_views.report_page import MOST_ROWS, Card, Sheet
from admin_views.screen import Screen
from admin_views.shell import current_actor
from models import reports
from models.actor import Actor
from models.errors import NotFound, Refused
from models.reports import Table
from schema.spec import Field, Report
from schema.text import Text
from transfer.export import FORMATS as CONTENT_TYPES
from transfer.report_files import FORMATS, report_file

if TYPE_CHECKING:
    from models.registry import Registry

PREFIX = "reports"
INDEX = Link(PREFIX, Text("报表", "Reports"), "bar-chart", f"/{PREFIX}/")
_FORMAT, _QUESTION = Text("文件格式", "file format"), Text("筛选项", "question")


def report_pages(registry: Registry) -> Blueprint:
    """`/reports/`, and `/reports/<name>/` with the files and the look-ups below it."""
    pages = Blueprint("report-pages", __name__, url_prefix=f"/{PREFIX}")
    views = ReportViews(registry)
    pages.add_url_rule("/", "all", views.all)
    pages.add_url_rule("/<name>/", "one", views.one)
    pages.add_url_rule("/<name>/export/<format>/", "file", views.file)
    pages.add_url_rule("/<name>/lookup/<field>/", "lookup", views.lookup)
    return pages


def report_links(registry: Registry) -> Iterator[Extra]:
    """Each report under its menu, and the list of all of them."""
    known = registry.schema.reports.values()
    for spec in known:
        link = Link(f"{PREFIX}/{spec.name}", spec.label, spec.icon, f"/{PREFIX}/{spec.name}/")
        yield Extra(spec.menu, link, _opens(spec))
    if known:
        yield Extra("", INDEX, lambda actor: any(reports.may_open(actor, spec) for spec in known))


def _opens(spec: Report) -> Callable[[Actor], bool]:
    return lambda actor: reports.may_open(actor, spec)


@dataclass(frozen=True, slots=True)
class FrontFigure:
    """A report's headline on the front page."""

    card: Card
    path: str
    icon: str
    report: str


def front_figures(registry: Registry, actor: Actor, root: str = "") -> list[FrontFigure]:
    """The headlines of the reports that are for the actor's day; those that cannot be worked out are left out."""
    found = []
    for spec in registry.schema.reports.values():
        if not (spec.my_day & actor.roles and reports.may_open(actor, spec)):
            continue
        try:
            figure = reports.first_figure(registry, actor, spec.name)
        except Refused:
            continue
        if figure is not None:
            card = Sheet(registry, actor, root).card(figure)
            found.append(FrontFigure(card, f"/{PREFIX}/{spec.name}/", spec.icon, spec.label.to(actor.locale)))
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report's address asks: the answers in force, the form that shows them, and those in words for print."""

    answers: Mapping[str, Any]
    form: RecordForm
    words: tuple[tuple[str, str], ...]

    @property
    def has_problems(self) -> bool:
        return bool(self.form.errors)


class ReportViews:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.forms = Forms()

    def all(self) -> ResponseReturnValue:
        """The reports this person may open, by menu."""
        actor = current_actor()
        mine = [spec for spec in self.registry.schema.reports.values() if reports.may_open(actor, spec)]
        if not mine:
            raise NotFound(reports.LABEL)
        menus = [*((menu.name, menu.label) for menu in self.registry.schema.menus.values()), ("", None)]
        groups = [(label, [spec for spec in mine if spec.menu == name]) for name, label in menus]
        return render_template("report/index.html", groups=[(label, specs) for label, specs in groups if specs])

    def one(self, name: str) -> ResponseReturnValue:
        """A report's page."""
        actor = current_actor()
        spec = reports.find(self.registry.schema, actor, name)
        asked = self._asked(spec, actor)
        table, refusal = self._table(spec, actor, asked)
        sheet = Sheet(self.registry, actor, request.script_root)
        now = self.registry.clock.now().astimezone(self.registry.clock.zone)
        page = render_template(
            "report/page.html", spec=spec, asked=asked, table=table, refusal=refusal, sheet=sheet, more=MOST_ROWS,
            blocks=[self._block(spec, field, asked, actor) for field in spec.ask.values()],
            query=request.query_string.decode("ascii", "ignore"), printed_at=f"{now:%Y-%m-%d %H:%M}", formats=FORMATS,
        )  # fmt: skip
        return page, 422 if asked.has_problems or refusal else 200

    def file(self, name: str, format: str) -> ResponseReturnValue:
        """The report as a file, noted in the list of exports."""
        actor = current_actor()
        spec = reports.find(self.registry.schema, actor, name)
        if format not in FORMATS:
            raise NotFound(_FORMAT)
        asked = self._asked(spec, actor)
        if asked.has_problems:
            return self.one(name)
        data = report_file(self.registry, actor, name, format, asked.answers, BY_HAND)
        kind = CONTENT_TYPES[format] + ("; charset=utf-8" if format == "csv" else "")
        return named(Response(data, content_type=kind), name, spec.label.to(actor.locale), self._screen(actor), format)

    def lookup(self, name: str, field: str) -> ResponseReturnValue:
        """``[id, title]`` pairs for a link that the report asks for."""
        actor = current_actor()
        asked = reports.find(self.registry.schema, actor, name).ask.get(field)
        if asked is None or not asked.target:
            raise NotFound(_QUESTION)
        text = clean(request.args.get("query", ""))[:MAX_QUERY]
        limit = limit_of(request.args.get("limit", ""))
        return jsonify(self.registry.scope.lookup(actor, asked.target, text, limit))

    # -- parts ---------------------------------------------------------------------------------------

    def _table(self, spec: Report, actor: Actor, asked: Asked) -> tuple[Table | None, str]:
        """What the report found, or the sentence why it cannot say."""
        if asked.has_problems:
            return None, ""
        try:
            return reports.run(self.registry, actor, spec.name, asked.answers), ""
        except NotFound:
            raise
        except Refused as refusal:
            return None, refusal.text.to(actor.locale)

    def _asked(self, spec: Report, actor: Actor) -> Asked:
        """The answers in the address. What is wrong stands in the form, and nothing is worked out."""
        screen, fields = self._screen(actor), list(spec.ask.values())
        args: MultiDict[str, str] = request.args
        named = {f.name for f in fields if f.name in args or f"{f.name}-text" in args}
        make = self.forms.over(fields, screen)
        read = make(screen.context, MultiDict([("", ""), *args.items(multi=True)]))
        read.validate()
        given = {name: read[name].data for name in named}
        wrong = {name: errors for name, errors in read.errors.items() if name in named}
        answers, problems = reports.answers_for(self.registry, actor, spec, given)
        form = make(screen.context, None, answers)
        if wrong or problems:
            form = read
            form.refuse({name: [text] for name, text in problems.items() if name not in wrong})
            for bound in form:
                if bound.name not in named:
                    bound.errors, bound.process_errors, bound.data = [], [], answers.get(bound.name)
        return Asked(answers, form, tuple(self._said(screen, f, answers.get(f.name)) for f in fields))

    def _said(self, screen: Screen, field: Field, value: Any) -> tuple[str, str]:
        """A question and its answer in words."""
        label = field.label.to(screen.locale)
        if value in (None, ()):
            return label, ""
        if field.target:
            ids = value if isinstance(value, tuple) else (value,)
            return label, "、".join(self.registry.scope.titles(screen.actor, field.target, ids).values())
        return label, field.type.display(value, screen.context)

    def _block(self, spec: Report, field: Field, asked: Asked, actor: Actor) -> Any:
        lookup = f"{request.script_root}/{PREFIX}/{spec.name}/lookup/{field.name}/"
        block = field_block(self._screen(actor), asked.form[field.name], lookup)
        return block.replace("></option>", Markup(">%s</option>") % _("All"), 1)

    def _screen(self, actor: Actor) -> Screen:
        """The questions are no entity's; the parts of forms ask for one all the same."""
        return Screen(self.registry, next(iter(self.registry.schema.entities.values())), actor, request.script_root)
