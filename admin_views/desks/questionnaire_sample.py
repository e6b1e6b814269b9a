"""`/questionnaires/<id>/sample/`: who is asked, with the number it comes to before anybody is (S8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from admin_views.ids import id_of
from admin_views.shell import current_actor
from models.actor import Actor, Source
from models.errors import Invalid, Refused
from models.query import Query
from office.surveys.sampling import ask_of, draw_for
from schema.text import BadValue, Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

SPLIT = str.maketrans({",": "\n", "，": "\n", ";": "\n", "；": "\n", "、": "\n", " ": "\n", "\t": "\n"})
UNKNOWN = Text("找不到房屋：{names}", "There is no unit {names}")
MOST_NAMED = 5
PLAIN = ("by", "whom", "channel", "number", "percent")


class SamplePage:
    """The page of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def show(self, survey: int) -> ResponseReturnValue:
        """The form as the address fills it in, and what it comes to; a script asks for that alone."""
        actor, record = self._open(survey)
        given = request.args or self._first()
        if "X-Part" in request.headers:
            part = render_template("desks/questionnaires/drawn.html", **self._drawn(actor, survey, given))
            return part, 200, {"X-Part": "1", "Vary": "X-Part"}
        return self._page(actor, record, given)

    def draw(self, survey: int) -> ResponseReturnValue:
        """Give the survey out to those who are drawn."""
        actor, record = self._open(survey)
        try:
            answers = self._answers(actor, request.form)
            outcome = self.registry.act(actor, "survey", "draw_sample", (survey,), answers, Source("action"))
        except (Invalid, BadValue):
            return self._page(actor, record, request.form), 422
        for _id, text in outcome.done:
            flash(text.to(actor.locale), "success")
        for _id, text in outcome.skipped:
            flash(text.to(actor.locale), "error")
        return redirect(f"{request.script_root}/questionnaires/{survey}/", 303)

    # -- parts -----------------------------------------------------------------------------------------

    def _open(self, survey: int) -> tuple[Actor, Record]:
        actor = current_actor()
        self.registry.scope.require(actor, "survey", "draw_sample")
        return actor, self.registry.scope.get(actor, "survey", survey)

    def _page(self, actor: Actor, record: Record, given: MultiDict[str, str]) -> str:
        buildings = self.registry.scope.stream(actor, "building", Query(columns=("name",), sort="title"))
        choices = self.registry.schema.choices
        return render_template(
            "desks/questionnaires/sample.html", survey=record, given=given, buildings=list(buildings),
            ways=choices["draw_by"], whom=choices["survey_whom"], channels=choices["survey_channel"],
            **self._drawn(actor, record.id, given),
        )  # fmt: skip

    def _drawn(self, actor: Actor, survey: int, given: MultiDict[str, str]) -> dict[str, Any]:
        """What the draw comes to, or what is wrong with it."""
        try:
            return {"drawn": draw_for(self.registry, actor, survey, ask_of(self._answers(actor, given)))}
        except Refused as wrong:
            return {"drawn": None, "wrong": wrong.problems if isinstance(wrong, Invalid) else {"": [wrong.text]}}

    def _answers(self, actor: Actor, given: MultiDict[str, str]) -> dict[str, Any]:
        """What the form says, as the action asks for it. Raises Invalid, naming what cannot be read."""
        asked = self.registry.schema.entities["survey"].actions["draw_sample"].ask
        context, answers, problems = self.registry.scope.context(actor), {}, {}
        for name in PLAIN:
            try:
                text = given.get(name, "").strip()
                answers[name] = asked[name].type.parse(text, context) if text else None
                if answers[name] is not None:
                    answers[name] = asked[name].type.check(answers[name], context)
            except BadValue as wrong:
                problems[name] = [wrong.text]
        answers["buildings"] = tuple(sorted({id for id in map(id_of, given.getlist("building")) if id is not None}))
        answers["units"], unknown = self._units(actor, given.get("units", ""))
        if unknown and answers.get("by") == "units":
            problems["units"] = [unknown]
        missing = [name for name in ("by", "whom", "channel") if not answers.get(name)]
        if problems or missing:
            raise Invalid(problems or {missing[0]: [Text("请选择。", "Please choose.")]})
        return answers

    def _units(self, actor: Actor, written: str) -> tuple[tuple[int, ...], Text | None]:
        """The units that were written down, one a line, and which are none."""
        names = list(dict.fromkeys(name for name in written.translate(SPLIT).split("\n") if name.strip()))
        found = self.registry.scope.find_many(actor, "unit", names) if names else {}
        lost = [name for name in names if name not in found]
        said = UNKNOWN.with_(names="、".join(lost[:MOST_NAMED]) + ("…" if len(lost) > MOST_NAMED else ""))
        return tuple(sorted(set(found.values()))), said if lost else None

    def _first(self) -> MultiDict[str, str]:
        start: Mapping[str, str] = {"by": "number", "whom": "residents", "channel": "paper", "number": "100"}
        return MultiDict(start)
