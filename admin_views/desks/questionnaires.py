"""`/questionnaires/`: surveys written, given out, taken back and watched; made for the keyboard (S8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.questionnaire_builder import Builder
from admin_views.desks.questionnaire_sample import SamplePage
from admin_views.desks.survey_link import given_in, survey_link_pages
from admin_views.navigation import Extra, Link
from admin_views.screen import with_query
from admin_views.security import local_path
from admin_views.shell import current_actor
from models.actor import Actor, Source
from models.errors import NotFound, Refused
from models.query import Query
from models.record import Record
from office.surveys.answering import (
    GIVEN,
    PAPER,
    PHONE,
    RETURN,
    AnsweredBefore,
    enter_answers,
    find_code,
    record_outcome,
)
from office.surveys.publishing import DRAFT, dates
from office.surveys.questions import questions_of, read_answers
from office.surveys.standing import all_together, by, entered_lately, links_table
from schema.text import Text
from transfer.report_files import report_blocks

if TYPE_CHECKING:
    from models.registry import Registry

NEEDS = ("survey", "survey_question", "survey_invitation", "survey_answer", "unit", "occupancy", "resident")
"""The entities without which there is no such page."""
LINK = Link("questionnaires", Text("问卷调查", "Questionnaires"), "list-alt", "/questionnaires/")
LISTED = ("name", "name_en", "state", "opens_on", "closes_on", "given", "returned", "answered", "return_rate", "target")
UNANSWERED = ("returned_empty", "refused")
SHOWN_LINKS = 200
"""Private links on a page; the file has them all."""


def questionnaires_desk(registry: Registry) -> Blueprint:
    """The surveys, the builder, the sample, the returns; and the pages of private links, which are open to all."""
    pages = Blueprint("questionnaires-desk", __name__, url_prefix="/questionnaires")
    desk, builder, sample = Questionnaires(registry), Builder(registry), SamplePage(registry)
    pages.add_url_rule("/", "list", desk.all)
    pages.add_url_rule("/", "new", desk.new, methods=("POST",))
    pages.add_url_rule("/<int:survey>/", "one", desk.one)
    pages.add_url_rule("/<int:survey>/build/", "build", builder.show)
    pages.add_url_rule("/<int:survey>/build/", "work", builder.work, methods=("POST",))
    pages.add_url_rule("/<int:survey>/sample/", "sample", sample.show)
    pages.add_url_rule("/<int:survey>/sample/", "draw", sample.draw, methods=("POST",))
    pages.add_url_rule("/<int:survey>/links/", "links", desk.links)
    pages.add_url_rule("/enter/", "enter", desk.enter)
    pages.add_url_rule("/invitations/<int:invitation>/", "fill", desk.fill)
    pages.add_url_rule("/invitations/<int:invitation>/", "keep", desk.keep, methods=("POST",))
    pages.record_once(lambda setup: setup.app.register_blueprint(survey_link_pages(registry)))
    return pages


def questionnaires_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who may see surveys."""
    return Extra("service", LINK, lambda actor: registry.access.may(actor, "survey", "read"))


class Questionnaires:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def all(self) -> ResponseReturnValue:
        """Every survey, the newest first, with its return rate."""
        actor = self._actor()
        page = self.registry.scope.page(actor, "survey", Query(columns=LISTED, sort="-opens_on", size=100))
        return render_template(
            "desks/questionnaires/list.html", surveys=page.rows, more=page.has_next, state=self._state,
            percent=_percent, **self._may(actor),
        )  # fmt: skip

    def new(self) -> ResponseReturnValue:
        """A new draft of this name, opened in the builder."""
        actor = self._actor("create")
        name = request.form.get("name", "").strip()[:200] or _("New survey")
        values = {"name": name, **dates(self.registry.clock.today())}
        id = self.registry.store.create(actor, "survey", values, Source("form"))
        return redirect(f"{self._root}{id}/build/", 303)

    def one(self, survey: int) -> ResponseReturnValue:
        """How a survey stands, and what can be done with it."""
        actor = self._actor()
        record = self.registry.scope.get(actor, "survey", survey)
        sees = self.registry.access.may(actor, "survey_invitation", "read")
        buildings = by(self.registry, actor, survey, "unit.building") if sees and record["given"] else []
        channels = by(self.registry, actor, survey, "channel") if buildings else []
        steps = {step.name: step.label for step in self.registry.store.steps(actor, "survey", survey)}
        return render_template(
            "desks/questionnaires/one.html", survey=record, state=self._state(record["state"]), steps=steps,
            questions=questions_of(self.registry, actor, survey), buildings=buildings, channels=channels,
            total=all_together(buildings), percent=_percent, today=self.registry.clock.today(), draft=DRAFT,
            list=lambda **asked: with_query(f"{request.script_root}/survey_invitation/", _asked(survey, asked)),
            every=lambda **asked: with_query("", _asked(survey, asked)).removeprefix("?"), **self._may(actor),
        )  # fmt: skip

    def links(self, survey: int) -> ResponseReturnValue:
        """The private links that are still out, to be sent one by one; ``?file=csv`` or xlsx has them all."""
        actor = self._actor()
        self.registry.scope.require(actor, "survey_invitation", "change_channel")
        record = self.registry.scope.get(actor, "survey", survey)
        format = request.args.get("file", "")
        if format in ("csv", "xlsx"):
            return self._links_file(actor, record, format)
        table = links_table(self.registry, actor, survey, SHOWN_LINKS + 1)
        return render_template(
            "desks/questionnaires/links.html", survey=record, columns=table.columns, rows=table.rows[:SHOWN_LINKS],
            more=len(table.rows) > SHOWN_LINKS,
        )  # fmt: skip

    # -- returns -------------------------------------------------------------------------------------

    def enter(self) -> ResponseReturnValue:
        """Type a code, get the sheet; ``?code=`` leads straight to it."""
        actor = self._actor(RETURN, "survey_invitation")
        typed, said = request.args.get("code", "").strip()[:300], None
        if typed:
            try:
                return redirect(f"{self._root}invitations/{find_code(self.registry, actor, typed)}/")
            except Refused as refused:
                said = refused.text
        page = render_template(
            "desks/questionnaires/enter.html", typed=typed, said=said, at=self._moment,
            lately=entered_lately(self.registry, actor), outcome=self._outcome, percent=_percent,
        )  # fmt: skip
        return page, 422 if said else 200

    def fill(self, invitation: int) -> ResponseReturnValue:
        """The sheet of an invitation, to be filled in from paper or while talking."""
        actor = self._actor(RETURN, "survey_invitation")
        return self._sheet(actor, self.registry.scope.get(actor, "survey_invitation", invitation))

    def keep(self, invitation: int) -> ResponseReturnValue:
        """Keep what was filled in, or that it came back empty or was refused; then the next code."""
        actor = self._actor(RETURN, "survey_invitation")
        record = self.registry.scope.get(actor, "survey_invitation", invitation)
        form, now, deed = request.form, self.registry.clock.now(), request.form.get("do", "save")
        questions = questions_of(self.registry, actor, record["survey"])
        given = given_in(form, questions)
        try:
            if deed in UNANSWERED:
                record_outcome(self.registry, actor, invitation, deed, now)
            else:
                answers, problems = read_answers(questions, given)
                if problems:
                    return self._sheet(actor, record, given, problems), 422
                how = PHONE if form.get("how") == PHONE else PAPER
                scans = [(file.filename or "", file.stream) for file in request.files.getlist("scans") if file.filename]
                enter_answers(self.registry, actor, invitation, answers, how, now, scans)
        except (NotFound, AnsweredBefore) as refused:
            flash(refused.text.to(actor.locale), "warning")
        except Refused as refused:
            return self._sheet(actor, record, given, refused=refused.text), 422
        else:
            flash(_("%(unit)s is entered.", unit=record.titles.get("unit", "")), "success")
        # Who talks on the phone came from the call and goes back there; who has a pile of paper wants the next code.
        onward = f"/questionnaires/invitations/{invitation}/" if form.get("how") == PHONE else "/questionnaires/enter/"
        return redirect(request.script_root + local_path(form.get("back"), onward), 303)

    # -- parts ---------------------------------------------------------------------------------------

    @property
    def _root(self) -> str:
        return f"{request.script_root}/questionnaires/"

    def _actor(self, action: str = "read", entity: str = "survey") -> Actor:
        """Who is asking. Raises NotAllowed without the grant."""
        actor = current_actor()
        self.registry.scope.require(actor, entity, action)
        return actor

    def _may(self, actor: Actor) -> dict[str, bool]:
        may = self.registry.access.may
        reports = self.registry.schema.reports.get("survey_results")
        return {
            "may_write": may(actor, "survey", "create"), "may_draw": may(actor, "survey", "draw_sample"),
            "may_copy": may(actor, "survey", "copy_survey"), "may_enter": may(actor, "survey_invitation", RETURN),
            "may_print": may(actor, "survey_invitation", "questionnaire"),
            "may_send": may(actor, "survey_invitation", "change_channel"),
            "sees_results": reports is not None and bool(reports.by & actor.roles or actor.system),
            "calls": "callback" in self.registry.schema.entities and may(actor, "callback", "read"),
        }  # fmt: skip

    def _sheet(
        self, actor: Actor, record: Record, given: Mapping[int, Sequence[str]] | None = None,
        problems: Mapping[int, Text] | None = None, refused: Text | None = None,
    ) -> str:  # fmt: skip
        survey = self.registry.scope.get(actor, "survey", record["survey"])
        return render_template(
            "desks/questionnaires/fill.html", invitation=record, survey=survey, given=given or {},
            problems=problems or {}, questions=questions_of(self.registry, actor, survey.id), refused=refused,
            is_open=survey["state"] == "open",
            is_given=record["state"] == GIVEN, outcome=self._outcome(record["state"]), at=self._moment,
            how=PHONE if record["channel"] == PHONE else PAPER,
            back=local_path(request.values.get("back"), ""),
        )  # fmt: skip

    def _links_file(self, actor: Actor, survey: Record, format: str) -> Response:
        self.registry.scope.require(actor, "survey_invitation", "export")
        table, name = links_table(self.registry, actor, survey.id), _("Private links")
        data = b"".join(report_blocks(table, format, self.registry.scope.context(actor), name))
        kind = {"csv": "text/csv; charset=utf-8"}.get(
            format, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
        answer = Response(data, content_type=kind)
        answer.headers["Content-Disposition"] = f'attachment; filename="survey-links-{survey.id}.{format}"'
        return answer

    def _state(self, code: str) -> tuple[str, str]:
        return self._choice("survey_state", code)

    def _outcome(self, code: str) -> tuple[str, str]:
        return self._choice("invitation_state", code)

    def _choice(self, choices: str, code: str) -> tuple[str, str]:
        """Words and colour of a choice."""
        choice = self.registry.schema.choices[choices][code]
        return choice.label.to(current_actor().locale), choice.color

    def _moment(self, at: Any) -> str:
        return f"{at.astimezone(self.registry.clock.zone):%m-%d %H:%M}" if at else ""


def _percent(value: Decimal | None) -> str:
    """A share as the desk shows it; a dash for none."""
    return "–" if value is None else f"{value:f}%"


def _asked(survey: int, narrowed: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The parameters of a list of the survey's invitations."""
    names = {"building": "unit.building"}
    return [("survey", survey), *((names.get(name, name), value) for name, value in narrowed.items())]
