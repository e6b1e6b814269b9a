"""`/questionnaires/<id>/build/`: a survey written on one page, with the preview a resident will see beside it (S8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.questionnaire_form import FIELDS, changed, has_options, preview, read_rows, survey_values
from admin_views.ids import id_of
from admin_views.shell import current_actor
from models.errors import Invalid, NotFound, Refused, Stale
from office.surveys.publishing import DRAFT, PUBLISHED
from office.surveys.questions import KINDS
from office.surveys.writing import Written, WrongQuestions, read_written, save_survey
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

SAVE = "save"


class Builder:
    """The page of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def show(self, survey: int) -> ResponseReturnValue:
        """The survey as it is kept."""
        actor, record = self._open(survey)
        rows, mark = read_written(self.registry, actor, survey)
        context = self.registry.scope.context(actor)
        fields = self.registry.schema.entities["survey"].fields
        given = {n: fields[n].type.display(record[n], context) if record[n] is not None else "" for n in FIELDS}
        given["target"] = given["target"].rstrip("%")
        given |= {"mark": mark, "version": str(record.version)}
        return self._page(record, given, rows)

    def work(self, survey: int) -> ResponseReturnValue:
        """What a button of the form does: a question added, moved, taken away, looked at; or all of it is saved.

        A script asks for the questions and the preview alone.
        """
        actor, record = self._open(survey)
        given, rows, deed = request.form.to_dict(), read_rows(request.form), request.form.get("do", SAVE)
        if deed == SAVE:
            return self._save(actor, record, given, rows)
        rows, at = changed(rows, deed)
        if "X-Part" in request.headers:
            part = render_template("desks/questionnaires/built.html", **self._context(record, given, rows, at))
            return part, 200, {"X-Part": "1", "Vary": "X-Part"}
        return self._page(record, given, rows, at)

    # -- parts -----------------------------------------------------------------------------------------

    def _open(self, survey: int) -> tuple[Actor, Record]:
        """Who writes, and the draft. Raises NotFound, NotAllowed, Refused for a published one."""
        actor = current_actor()
        self.registry.scope.require(actor, "survey", "update")
        record = self.registry.scope.get(actor, "survey", survey, "update")
        if record["state"] != DRAFT:
            raise Refused(PUBLISHED.with_(survey=record.title))
        return actor, record

    def _save(self, actor: Actor, record: Record, given: dict[str, str], rows: list[Written]) -> ResponseReturnValue:
        version = id_of(given.get("version"))
        try:
            values = survey_values(self.registry, given, self.registry.scope.context(actor))
            save_survey(
                self.registry, actor, record.id, values, record.version if version is None else version,
                rows, given.get("mark", ""),
            )  # fmt: skip
        except WrongQuestions as wrong:
            return self._page(record, given, rows, min(wrong.problems), by_row=wrong.problems), 422
        except Invalid as wrong:
            return self._page(record, given, rows, problems=wrong.problems), 422
        except NotFound:
            raise
        except Refused as refused:
            status = 409 if isinstance(refused, Stale) else 422
            return self._page(record, given, rows, refused=refused.text), status
        flash(_("Saved."), "success")
        onward = "" if "close" in request.form else "build/"
        return redirect(f"{request.script_root}/questionnaires/{record.id}/{onward}", 303)

    def _page(
        self, record: Record, given: Mapping[str, str], rows: Sequence[Written], at: int = -1, **more: Any
    ) -> str:
        return render_template("desks/questionnaires/build.html", **self._context(record, given, rows, at), **more)

    def _context(self, record: Record, given: Mapping[str, str], rows: Sequence[Written], at: int) -> dict[str, Any]:
        choices = self.registry.schema.choices["question_kind"]
        kinds: list[tuple[str, Text]] = [(code, choices[code].label) for code in KINDS]
        return {
            "survey": record, "given": given, "rows": rows, "at": at, "kinds": kinds, "has_options": has_options,
            "questions": preview(list(rows)),
        }  # fmt: skip
