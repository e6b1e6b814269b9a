"""The screens of one entity: flask-admin's addresses, with nothing behind them but the scope and the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, flash, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import Admin, BaseView, expose
from flask_babel import gettext as _
from markupsafe import Markup

from admin_views import attachments, board_page, bulk, flashes, form_page, personal_views, trash_page
from admin_views.export_door import export_answer
from admin_views.field_blocks import field_block, link_box
from admin_views.filter_panel import filter_panel
from admin_views.forms import Forms
from admin_views.handouts import Handouts
from admin_views.history_page import history_page
from admin_views.ids import id_of
from admin_views.list_page import list_page
from admin_views.lookup import lookup
from admin_views.once import at_most_once, keep_page
from admin_views.place_page import place_page
from admin_views.record_page import record_page
from admin_views.row_blocks import RowBlocks
from admin_views.screen import Screen, with_query
from admin_views.script_answers import for_script
from admin_views.shell import current_actor
from models import printing
from models.actor import Source
from models.errors import Invalid, NotFound, Refused
from models.operations import Outcome
from models.people.reveal import reveal
from models.record import Record
from schema.spec import Entity

if TYPE_CHECKING:
    from models.registry import Registry


def register_entities(app: Flask, admin: Admin, registry: Registry) -> None:
    """Give every entity of the schema its screens."""
    blocks, forms = RowBlocks(), Forms()
    for entity in registry.schema.entities.values():
        admin.add_view(EntityView(registry, entity, blocks, forms))


class EntityView(BaseView):
    """Lists, shows and changes the records of one entity.

    It is flask-admin's BaseView and not its ModelView, so that there is no inherited door to forget: every address
    is a method below, and each begins at the scope with the actor of the request.
    """

    def __init__(self, registry: Registry, entity: Entity, blocks: RowBlocks, forms: Forms) -> None:
        super().__init__(name=entity.plural.en, endpoint=entity.name, url=f"/{entity.name}")
        self.registry, self.entity, self.blocks, self.forms = registry, entity, blocks, forms

    def is_accessible(self) -> bool:
        """Only for those who may read something here; flask-admin would let everyone in."""
        return self.registry.access.may(current_actor(), self.entity.name, "read")

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call the view once; flask-admin would call it again after a TypeError and hide the cause."""
        answer = fn(self, *args, **kwargs)
        return for_script(answer) if "X-Part" in request.headers else answer

    @property
    def screen(self) -> Screen:
        """The entity before the actor of this request."""
        return Screen(self.registry, self.entity, current_actor(), request.script_root)

    def show(self, template: str, context: Mapping[str, Any], status: int = 200) -> ResponseReturnValue:
        """A page, or only its matter where a script asks for that (``X-Part``)."""
        base = "entity/part.html" if request.headers.get("X-Part") else "admin/base.html"
        page = self.render(f"entity/{template}.html", base=base, **self.pens(), **context)
        return page, status, {"Vary": "X-Part", **({"X-Part": "1"} if "X-Part" in request.headers else {})}

    def pens(self) -> dict[str, Any]:
        """What the templates write fields, moments and sizes with."""
        zone = self.registry.clock.zone
        return {
            "field_block": field_block,
            "link_box": link_box,
            "aria_label": lambda text: Markup(' aria-label="%s"') % text,
            "moment": lambda at: f"{at.astimezone(zone):%Y-%m-%d %H:%M}",
            "file_size": file_size,
        }

    def record(self, action: str = "read") -> Record:
        """The record of ``?id=``; raises NotFound alike for what is no number, no record, or out of scope."""
        return self.registry.scope.get(current_actor(), self.entity.name, self.id(), action)

    def id(self) -> int:
        id = id_of(request.values.get("id"))
        if id is None:
            raise NotFound(self.entity.label)
        return id

    def require(self, action: str) -> Screen:
        """The screen, once the actor is known to hold ``action`` on some records. Raises NotAllowed."""
        screen = self.screen
        self.registry.scope.require(screen.actor, self.entity.name, action)
        return screen

    # -- reading -----------------------------------------------------------------------------------

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """The list."""
        screen = self.screen
        chosen = self.registry.preferences.of(screen.actor.id, self.entity.name)
        return self.show("list", list_page(screen, request.args, self.blocks, chosen))

    @expose("/board/", methods=("GET", "POST"))
    def board_view(self) -> ResponseReturnValue:
        """The records as cards in lanes; a card that is moved takes the step or action that leads there."""
        screen = board_page.with_board(self.screen)
        if request.method == "GET":
            chosen = self.registry.preferences.of(screen.actor.id, self.entity.name)
            return self.show("board", board_page.board_page(screen, request.args, chosen))
        move = board_page.read_move(screen, request.form)
        if move is None:
            return redirect(self.back() or screen.url("board"))
        deed = bulk.read_deed(screen, move)
        if not board_page.is_plain(deed):
            question = bulk.ask(screen, self.forms, deed, bulk.read_selection(screen, move, deed), move)
            return self.show("question", {"question": question, **self.form_args()})
        return self.done(screen, deed, bulk.read_selection(screen, move, deed), move)

    @expose("/details/")
    def details_view(self) -> ResponseReturnValue:
        """One record."""
        return self.show("record", record_page(self.screen, self.record(), request.args, self.blocks))

    @expose("/history/")
    def history_view(self) -> ResponseReturnValue:
        """What happened to a record."""
        return self.show("history", history_page(self.screen, self.record(), request.args))

    @expose("/happened/")
    def happened_view(self) -> ResponseReturnValue:
        """What happened at a record that is a place; what is no place has no such page."""
        if self.entity.place is None:
            raise NotFound(self.entity.label)
        return self.show("happened", place_page(self.screen, self.record(), request.args))

    @expose("/filters/")
    def filters_view(self) -> ResponseReturnValue:
        """The panel that narrows the list."""
        return self.show("filters", filter_panel(self.screen, request.args))

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> ResponseReturnValue:
        """Records a link field offers."""
        return jsonify(lookup(self.screen, request.args))

    @expose("/export/<format>/")
    def export(self, format: str) -> ResponseReturnValue:
        """The list as a file."""
        return export_answer(self.require("export"), request.args, format)

    # -- writing -----------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """A new record."""
        screen = self.require("create")
        if request.method == "GET":
            if self.entity.offline is not None:
                keep_page()
            draft = form_page.new_draft(screen, self.forms, request.args)
            return self.show("form", {"draft": draft, **self.form_args()})
        return at_most_once(self.registry, lambda: self.created(screen))

    def created(self, screen: Screen) -> ResponseReturnValue:
        """Write the new record that was posted, or show what is wrong with it."""
        outcome = form_page.create(screen, self.forms, request.form, request.files)
        if isinstance(outcome, form_page.Draft):
            return self.show("form", {"draft": outcome, **self.form_args()}, 422)
        flashes.created(screen, outcome.id)
        if "again" in request.form:
            return redirect(screen.url("new", back=self.back()))
        return redirect(self.back() or screen.url("details", id=outcome.id))

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        """The form of a record, saved against the version it was opened at."""
        screen, record = self.require("update"), self.record("update")
        if request.method == "GET":
            draft = form_page.edit_draft(screen, self.forms, record)
            return self.show("form", {"draft": draft, **self.form_args()})
        outcome = form_page.update(screen, self.forms, record, request.form, request.files)
        if isinstance(outcome, form_page.Conflict):
            return self.show("conflict", {"conflict": outcome, **self.form_args()}, 409)
        if isinstance(outcome, form_page.Draft):
            return self.show("form", {"draft": outcome, **self.form_args()}, 422)
        flashes.updated(screen, outcome.id, changed=outcome.changed)
        if "again" in request.form and screen.may("create"):
            return redirect(screen.url("new"))
        return redirect(screen.url("details", id=outcome.id))

    def form_args(self) -> dict[str, Any]:
        return {"screen": self.screen, "entity": self.entity, "back": self.back(), "most_sheets": printing.MOST}

    def back(self) -> str:
        """Where to go afterwards: a path of this site, or ''."""
        return local_path(request.values.get("back", ""))

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> ResponseReturnValue:
        """Put a record into the trash; the confirmation was asked in the browser."""
        screen = self.require("delete")
        record = self.record()
        try:
            entry = self.registry.store.delete(screen.actor, self.entity.name, record.id, Source("form"))
        except Refused as refused:
            flash(screen.say(refused.text), "error")
            return redirect(screen.url("details", id=record.id))
        flashes.deleted(screen, record, entry)
        return redirect(screen.url())

    @expose("/action/", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        """Something done to a selection: asked first, then done record by record."""
        screen = self.screen
        deed = bulk.read_deed(screen, request.form)
        try:
            ids = bulk.read_selection(screen, request.form, deed)
        except Invalid as wrong:
            flash(screen.say(wrong.text), "warning")
            return redirect(self.back() or screen.url())
        if "confirmed" not in request.form and (deed.asks or not bulk.is_one_paper(deed, ids)):
            question = bulk.ask(screen, self.forms, deed, ids, request.form)
            return self.show("question", {"question": question, **self.form_args()})
        return self.done(screen, deed, ids)

    def done(self, screen: Screen, deed: bulk.Deed, ids: list[int], posted: Any = None) -> ResponseReturnValue:
        """Do the deed with what was ``posted`` (the form of this request) and say what came of it."""
        titles = self.registry.scope.titles(screen.actor, self.entity.name, ids)
        try:
            outcome = bulk.perform(screen, self.forms, deed, ids, posted or request.form, request.files)
        except Refused as refused:
            flash(screen.say(refused.text), "error")
            return redirect(self.back() or self.after(screen, ids))
        if isinstance(outcome, bulk.Question):
            failed = bool(outcome.problems) or bool(outcome.form and outcome.form.errors)
            return self.show("question", {"question": outcome, **self.form_args()}, 422 if failed else 200)
        handouts = Handouts(self.registry).keep(screen.actor, outcome.files)
        if handouts and not outcome.skipped and bulk.is_one_paper(deed, ids) and "X-Part" not in request.headers:
            return redirect(handouts[0].url)
        if len(ids) > 1 or handouts:
            said = bulk.results(screen, outcome, titles)
            return self.show("results", {"deed": deed, "handouts": handouts, **said, **self.form_args()})
        self.say_one(screen, deed, ids[0], outcome, titles.get(ids[0], ""))
        return redirect(screen.url() if deed.kind == "delete" else self.back() or screen.url("details", id=ids[0]))

    def say_one(self, screen: Screen, deed: bulk.Deed, id: int, outcome: Outcome, title: str) -> None:
        """Flash what came of a deed on one record."""
        for _id, text in outcome.skipped:
            flash(screen.say(text), "error")
        for _id, text in outcome.done:
            flash(_("%(title)s: %(words)s", title=title, words=screen.say(text)), "success")

    def after(self, screen: Screen, ids: list[int]) -> str:
        return screen.url("details", id=ids[0]) if len(ids) == 1 else screen.url()

    @expose("/undo/", methods=("POST",))
    def undo_view(self) -> ResponseReturnValue:
        """Take one change of a record back."""
        screen, record = self.screen, self.record()
        asked = id_of(request.form.get("change"))
        change = self.registry.history.raw(asked) if asked is not None else None
        if change is None or (change["entity"], change["record_id"]) != (record.entity, record.id):
            raise NotFound(self.entity.label)
        try:
            self.registry.store.undo(screen.actor, change["id"], Source("undo"))
        except Refused as refused:
            flash(screen.say(refused.text), "error")
        else:
            flash(_("The change was undone."), "success")
        return redirect(screen.url("details", id=record.id))

    @expose("/reveal/", methods=("POST",))
    def reveal_view(self) -> ResponseReturnValue:
        """A masked value in full, to those who may ask; recorded."""
        screen, record = self.require("reveal"), self.record("reveal")
        name = request.form.get("field", "")
        value = reveal(self.registry, screen.actor, self.entity.name, record.id, name, Source("form"))
        if request.headers.get("X-Part"):
            return jsonify({"value": value})
        flash(f"{screen.say(self.entity.fields[name].label)}: {value}", "info")
        return redirect(screen.url("details", id=record.id))

    @expose("/trash/", methods=("GET", "POST"))
    def trash_view(self) -> ResponseReturnValue:
        """What was deleted, and the way back."""
        screen = self.require("restore")
        if request.method == "GET":
            return self.show("trash", trash_page.trash_page(screen))
        try:
            id = trash_page.restore(screen, request.form.get("entry", ""))
        except Invalid as refused:
            flash(screen.say(refused.text), "error")
            return redirect(screen.url("trash"))
        flash(_("Restored."), "success")
        return redirect(screen.url("details", id=id))

    # -- files and comments ------------------------------------------------------------------------

    @expose("/files/", methods=("GET", "POST"))
    def files_view(self) -> ResponseReturnValue:
        """A file of a record, or one more for it."""
        screen, id = self.screen, self.id()
        if request.method == "GET":
            key = request.args.get("key", "")
            return attachments.download(screen, id, key, in_place="show" in request.args)
        if "remove" in request.form:
            file = attachments.detach(screen, id, request.form["remove"])
            flash(_("“%(name)s” was removed.", name=file.name), "success")
            return self.to_record(id, "files")
        try:
            count = attachments.attach(screen, id, request.files)
        except Invalid as wrong:
            flash(screen.say(wrong.text), "error")
        else:
            flash(_("%(count)s files attached.", count=count), "success")
        return self.to_record(id, "files")

    @expose("/comments/", methods=("POST",))
    def comments_view(self) -> ResponseReturnValue:
        """A comment on a record, or one taken back."""
        screen, id = self.screen, self.id()
        comments, removed = self.registry.comments, id_of(request.form.get("remove"))
        if removed is not None:
            comments.remove(screen.actor, self.entity.name, id, removed)
            return self.to_record(id, "comments")
        try:
            comments.add(screen.actor, self.entity.name, id, request.form.get("text", ""))
        except Invalid as wrong:
            flash(screen.say(wrong.text), "error")
        return self.to_record(id, "comments")

    def to_record(self, id: int, place: str) -> Response | ResponseReturnValue:
        return redirect(f"{self.screen.url('details', id=id)}#{place}")

    # -- a person's own view -----------------------------------------------------------------------

    @expose("/columns/", methods=("GET", "POST"))
    def columns_view(self) -> ResponseReturnValue:
        """Which columns the list has for this person."""
        screen = self.screen
        if request.method == "POST":
            names = [] if "reset" in request.form else request.form.getlist("column")
            personal_views.keep_columns(screen, names)
            return redirect(self.back() or screen.url())
        chosen = self.registry.preferences.of(screen.actor.id, self.entity.name)
        back = with_query(screen.base, request.args.items(multi=True))
        return self.show("columns", {**personal_views.column_choice(screen, chosen), "back": back})

    @expose("/views/", methods=("GET", "POST"))
    def views_view(self) -> ResponseReturnValue:
        """The person's own saved filters: one more, or one less."""
        screen = self.screen
        if request.method == "GET":
            query = request.query_string.decode("utf-8", "replace")
            return self.show("views", {"views": personal_views.views_of(screen), "query": query, **self.form_args()})
        if "remove" in request.form:
            personal_views.forget_view(screen, request.form["remove"])
            return redirect(screen.url())
        query = request.form.get("query", "")
        try:
            personal_views.keep_view(screen, request.form.get("name", ""), query)
        except Invalid as wrong:
            flash(screen.say(wrong.text), "warning")
        return redirect(f"{screen.base}?{query}")


def file_size(size: int) -> str:
    """Bytes in words."""
    return f"{size / 1048576:.1f} MB" if size >= 1048576 else f"{max(1, round(size / 1024))} KB"


def local_path(text: str) -> str:
    """``text`` if it is a path on this site, else ''."""
    parts = urlsplit(text)
    is_path = text.startswith("/") and not text.startswith(("//", "/\\")) and "\\" not in text
    return text if is_path and not parts.netloc and not parts.scheme and text.isprintable() else ""
