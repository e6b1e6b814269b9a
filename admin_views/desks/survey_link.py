"""`/s/<token>/`: a questionnaire by private link, for people without an account; one answer each (S8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from admin_views.security import csrf
from models.people.brake import Brake
from office.surveys.answering import AnsweredBefore, Guest, answer_by_link, find_guest, guest_of
from office.surveys.policy import policy_of
from office.surveys.questions import WHOLE, Question, questions_of, read_answers
from schema.text import Locale, Text

if TYPE_CHECKING:
    from models.registry import Registry

LARGEST = 256 * 1024
"""Bytes of a filled-in form: some twenty long texts."""
HEADERS = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Cache-Control": "private, no-store"}
LANGUAGES: tuple[Locale, ...] = ("zh", "en")


def survey_link_pages(registry: Registry) -> Blueprint:
    """The form, and the thanks once it was sent. They know no session and set no cookie."""
    pages = Blueprint("survey-link", __name__, url_prefix="/s")
    views = SurveyLink(registry)
    pages.add_url_rule("/<token>/", "form", views.show, strict_slashes=False)
    pages.add_url_rule("/<token>/", "answer", csrf.exempt(views.answer), methods=("POST",), strict_slashes=False)
    return pages


class SurveyLink:
    """The pages of one office.

    Who holds the link may answer, so that there is nothing to forge beyond it; forms sent from other sites are
    refused all the same.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def show(self, token: str) -> ResponseReturnValue:
        """The questions; thanks where they are answered; one page for links that are none, over, or not begun."""
        guest = self._enter(token)
        if not isinstance(guest, Guest):
            return guest
        return self._page("thanks") if guest.is_answered else self._form(guest)

    def answer(self, token: str) -> ResponseReturnValue:
        """Keep the answers, or show the form again with what is missing. Sent twice, it is kept once."""
        request.max_content_length = LARGEST
        guest = self._enter(token)
        if not isinstance(guest, Guest):
            return guest
        if _is_from_elsewhere():
            return self._page("gone", 400)
        if not guest.is_answered:
            questions = self._questions(guest)
            given = given_in(request.form, questions)
            answers, problems = read_answers(questions, given)
            if problems:
                return self._form(guest, given, problems, 422)
            try:
                answer_by_link(self.registry, guest, answers, self.registry.clock.now())
            except AnsweredBefore:
                return self._page("thanks")
        return _dressed(redirect(f"{request.script_root}/s/{token}/?lang={g.locale}", 303))

    # -- parts -----------------------------------------------------------------------------------------

    def _enter(self, token: str) -> Guest | ResponseReturnValue:
        """Whose link it is, or the page that says why it leads nowhere: asked too often, or none."""
        g.locale = _language()
        brake, policy, now = self.registry.brake, policy_of(self.registry.schema), self.registry.clock.now()
        here = request.remote_addr or ""
        if not brake.lets_pass(f"survey address {here}", policy.address_visits, now):
            return self._slow(brake)
        guest = find_guest(self.registry, token, self.registry.clock.today())
        if guest is None:
            may_go_on = brake.lets_pass(f"survey wrong {here}", policy.wrong_links, now)
            return self._page("gone", 404) if may_go_on else self._slow(brake)
        if not brake.lets_pass(f"survey link {guest.invitation.id}", policy.page_visits, now):
            return self._slow(brake)
        return guest

    def _slow(self, brake: Brake) -> ResponseReturnValue:
        page = self._page("slow", 429)
        page.headers["Retry-After"] = str(brake.seconds_left(self.registry.clock.now()))
        return page

    def _questions(self, guest: Guest) -> list[Question]:
        return questions_of(self.registry, guest_of(self.registry, g.locale), guest.survey.id)

    def _form(
        self, guest: Guest, given: Mapping[int, Sequence[str]] | None = None,
        problems: Mapping[int, Text] | None = None, status: int = 200,
    ) -> Response:  # fmt: skip
        questions = self._questions(guest)
        return self._page(
            "form", status, survey=guest.survey, questions=questions, given=given or {}, problems=problems or {},
            whole=(problems or {}).get(WHOLE),
        )  # fmt: skip

    def _page(self, matter: str, status: int = 200, **context: Any) -> Response:
        page = render_template(
            "desks/questionnaires/link.html", matter=matter, root=request.script_root, path=request.path,
            office=self.registry.schema.office.name, locale=g.locale, **context,
        )  # fmt: skip
        return _dressed(make_response(page, status))


def given_in(form: Any, questions: Sequence[Question]) -> dict[int, list[str]]:
    """What a form says to each of these questions."""
    return {one.id: form.getlist(f"q{one.id}") for one in questions}


def _dressed(answer: Any) -> Response:
    made: Response = answer
    made.headers.update(HEADERS)
    return made


def _language() -> Locale:
    """The one of the switch, else the browser's, else Chinese."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked  # type: ignore[return-value]
    return "en" if request.accept_languages.best_match(["zh", "en"], "zh") == "en" else "zh"


def _is_from_elsewhere() -> bool:
    """Whether a browser says that the form was sent from another site."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin", "")
    return origin not in ("", "null") and urlsplit(origin).netloc != request.host
