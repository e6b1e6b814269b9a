"""The pages about imports that run or ran: how far one is, what came of it, taking it back, the list of all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Flask, current_app, flash, jsonify, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views import import_preview as preview
from admin_views.ids import id_of
from admin_views.import_choices import kept_choices
from admin_views.import_files import Uploads
from admin_views.shell import current_actor
from models.actor import Actor
from models.errors import NotFound, Refused
from transfer.imports import Preparation
from transfer.jobs import Worker
from transfer.progress import Job
from transfer.records import LABEL, WRITTEN, ImportEntry, said
from transfer.sight import find_import, is_own, may_open_file, open_targets
from transfer.undo import may_undo

if TYPE_CHECKING:
    from models.registry import Registry

PAGE = 50
MOST_LEFT = 200
UNDER_WAY = ("running", "undoing")


def set_up_worker(app: Flask, registry: Registry) -> None:
    """Give the site the worker that writes its imports; the server starts it once its processes are forked."""

    def prepare(actor: Actor, entry: ImportEntry) -> Preparation:
        return Uploads(registry).prepared(actor, entry, kept_choices(entry.options))

    app.extensions["import_worker"] = Worker(registry, prepare)


def import_worker() -> Worker:
    """The worker of this site."""
    return cast(Worker, current_app.extensions["import_worker"])


def import_history_pages(registry: Registry) -> Blueprint:
    """`/import-history/` and, below it, a page for each import."""
    pages = Blueprint("import-history", __name__, url_prefix="/import-history")
    views = HistoryViews(registry)
    pages.add_url_rule("/", "all", views.all)
    pages.add_url_rule("/<int:id>/", "one", views.one)
    pages.add_url_rule("/<int:id>/progress.json", "progress", views.progress)
    pages.add_url_rule("/<int:id>/cancel/", "cancel", views.cancel, methods=("POST",))
    pages.add_url_rule("/<int:id>/undo/", "undo", views.undo, methods=("GET", "POST"))
    pages.add_url_rule("/<int:id>/file/", "file", views.file)
    return pages


def page_of(entry: ImportEntry) -> str:
    """The address of an import's page."""
    return f"{request.script_root}/import-history/{entry.id}/"


class HistoryViews:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def all(self) -> ResponseReturnValue:
        """The imports there were, newest first: one's own, and those that one may see."""
        actor, worker = current_actor(), import_worker()
        before = id_of(request.args.get("before")) or 0
        targets = open_targets(self.registry, actor)
        found = worker.log.seen(actor, targets, before, PAGE + 1)
        return render_template(
            "import_job/all.html", entries=[self._row(actor, entry) for entry in found[:PAGE]], moment=self._moment,
            older=found[PAGE - 1].id if len(found) > PAGE else 0, newest=bool(before), state=state_words,
        )  # fmt: skip

    def one(self, id: int) -> ResponseReturnValue:
        """How far an import is, or what came of it."""
        entry, actor, worker = self._entry(id), current_actor(), import_worker()
        job = worker.jobs.get(id) if entry.state in UNDER_WAY else None
        if job is not None:
            return render_template(
                "import_job/progress.html", entry=entry, job=job, said=progress_words(job), label=self._label(entry),
                may_cancel=job.phase in ("checking", "writing") and self._may_cancel(actor, entry),
            )  # fmt: skip
        return self._report(actor, worker.log.entry(id))

    def progress(self, id: int) -> ResponseReturnValue:
        """The same for a script: a few sentences and the share that is done."""
        entry = self._entry(id)
        job = import_worker().jobs.get(entry.id) if entry.state in UNDER_WAY else None
        answer = jsonify({"over": True} if job is None else {"over": False, **progress_words(job)})
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def cancel(self, id: int) -> ResponseReturnValue:
        """Stop an import that is being written."""
        entry = self._entry(id)
        if not self._may_cancel(current_actor(), entry):
            raise NotFound(LABEL)
        if import_worker().cancel(entry):
            flash(_("The import stops; what was written is taken back."), "info")
        else:
            flash(_("The import was over already."), "warning")
        return redirect(page_of(entry))

    def undo(self, id: int) -> ResponseReturnValue:
        """Ask whether to take an import back, and do it."""
        entry, actor = self._entry(id), current_actor()
        if not self._can_undo(actor, entry):
            return redirect(page_of(entry))
        if request.method == "GET":
            return render_template(
                "import_job/undo.html", entry=entry, label=self._label(entry), moment=self._moment,
                entities=self._counts(entry),
            )  # fmt: skip
        try:
            import_worker().undo(actor, entry)
        except Refused as refused:
            flash(refused.text.to(actor.locale), "error")
        return redirect(page_of(entry))

    def file(self, id: int) -> ResponseReturnValue:
        """The file as it was uploaded."""
        entry, actor = self._entry(id), current_actor()
        path = self._kept_file(entry)
        if path is None or not may_open_file(self.registry, actor, entry):
            raise NotFound(LABEL)
        answer = send_file(path.resolve(), "application/octet-stream", as_attachment=True, download_name=entry.filename)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _kept_file(self, entry: ImportEntry) -> Path | None:
        return next((self.registry.var / "imports" / entry.token).glob("file*"), None)

    # -- parts -----------------------------------------------------------------------------------------

    def _entry(self, id: int) -> ImportEntry:
        return find_import(self.registry, import_worker().log, current_actor(), id)

    def _report(self, actor: Actor, entry: ImportEntry) -> ResponseReturnValue:
        result, undone = entry.result, entry.result.get("undo", {})
        opens = may_open_file(self.registry, actor, entry)
        rejected = preview.kept_rejections(result)
        left = undone.get("left", [])
        return render_template(
            "import_job/report.html", entry=entry, result=result, undone=undone, label=self._label(entry),
            moment=self._moment, state=state_words(entry), entities=self._counts(entry),
            why=said(result["why"]) if "why" in result else None, resumed=result.get("resumed", 0),
            refused=preview.refused_groups(rejected, actor.locale) if opens else [],
            refused_rows=len({r.line for r in rejected}), left_count=len(left),
            left=self._left(actor, left[:MOST_LEFT]),
            has_file=opens and self._kept_file(entry) is not None, can_undo=self._can_undo(actor, entry),
            own=is_own(actor, entry), upload=self._upload_url(entry),
        ), 200  # fmt: skip

    def _left(self, actor: Actor, left: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The records that were left, as this reader may see them."""
        titles: dict[tuple[str, int], str] = {}
        for entity in {one["entity"] for one in left} & set(self.registry.schema.entities):
            if self.registry.access.may(actor, entity, "read"):
                ids = [one["id"] for one in left if one["entity"] == entity]
                titles |= {(entity, id): t for id, t in self.registry.scope.titles(actor, entity, ids).items()}
        entities = self.registry.schema.entities
        return [
            {
                "label": entities[one["entity"]].label.to(actor.locale) if one["entity"] in entities else one["entity"],
                "title": titles.get((one["entity"], one["id"]), f"#{one['id']}"),
                "url": f"{request.script_root}/{one['entity']}/details/?id={one['id']}"
                if (one["entity"], one["id"]) in titles
                else "",
                "reason": said(one["reason"]).to(actor.locale),
            }
            for one in left
        ]

    def _row(self, actor: Actor, entry: ImportEntry) -> dict[str, Any]:
        refused = len({r["line"] for r in entry.result.get("rejected", ())})
        return {
            "entry": entry, "label": self._label(entry), "url": page_of(entry), "state": state_words(entry),
            "created": entry.result.get("created", 0), "updated": entry.result.get("updated", 0), "refused": refused,
            "can_undo": self._can_undo(actor, entry), "who": entry.actor_name if entry.actor_id else _("The program"),
        }  # fmt: skip

    def _can_undo(self, actor: Actor, entry: ImportEntry) -> bool:
        left = entry.state == "undone" and bool(entry.result.get("undo", {}).get("left"))
        return (entry.state in WRITTEN or left) and may_undo(self.registry, actor, entry)

    def _may_cancel(self, actor: Actor, entry: ImportEntry) -> bool:
        return is_own(actor, entry) or may_undo(self.registry, actor, entry)

    def _label(self, entry: ImportEntry) -> str:
        known = self.registry.schema.imports.get(entry.target) or self.registry.schema.entities.get(entry.target)
        return known.label.to(current_actor().locale) if known else entry.target

    def _counts(self, entry: ImportEntry) -> list[tuple[str, int, int, int]]:
        return preview.entity_counts(self.registry, entry.result.get("by_entity", {}), current_actor().locale)

    def _upload_url(self, entry: ImportEntry) -> str:
        name = entry.target
        is_layout = name in self.registry.schema.imports
        return f"{request.script_root}/imports/{name}/" if is_layout else f"{request.script_root}/{name}/import/"

    def _moment(self, at: Any) -> str:
        return f"{at.astimezone(self.registry.clock.zone):%Y-%m-%d %H:%M}"


def state_words(entry: ImportEntry) -> tuple[str, str]:
    """What state an import is in, and the colour that goes with it."""
    known = {
        "running": (_("running"), "blue"), "done": (_("imported"), "green"),
        "refused": (_("nothing written"), "amber"), "failed": (_("broken off, nothing written"), "red"),
        "partly": (_("broken off, partly written"), "red"), "cancelled": (_("cancelled, nothing written"), "grey"),
        "undoing": (_("being undone"), "blue"), "undone": (_("undone"), "grey"),
    }  # fmt: skip
    if entry.state == "undone" and entry.result.get("undo", {}).get("left"):
        return _("undone but for some"), "amber"
    return known.get(entry.state, (entry.state, "grey"))


def progress_words(job: Job) -> dict[str, Any]:
    """How far a job is, in words: what is being done, rows, rate and the time left."""
    doing = {
        "checking": _("The whole file is being checked; nothing is written yet."),
        "writing": _("The rows are being written."),
        "taking back": _("What was written is being taken back."),
        "undo": _("The import is being undone."),
    }[job.phase]
    if job.unwanted and job.phase in ("checking", "writing"):
        doing = _("It is being stopped.")
    elif job.waits:
        doing = _("It waits for its turn.")
    elif job.resumed and job.phase == "writing":
        doing = _("The rows are being written; it was interrupted and went on from the last row written.")
    numbers = _("%(done)s of %(rows)s", done=f"{job.done:,}", rows=f"{job.rows:,}")
    rate = _("%(rate)s a second", rate=f"{round(job.rate):,}") if job.rate > 0 else "–"
    return {
        "doing": doing, "percent": job.percent, "numbers": numbers, "rate": rate, "left": _time_left(job.seconds_left),
        "can_stop": job.phase in ("checking", "writing") and not job.unwanted, "phase": job.phase,
    }  # fmt: skip


def _time_left(seconds: int | None) -> str:
    if seconds is None:
        return "–"
    words: str = _("%(count)s s", count=seconds) if seconds < 60 else _("%(count)s min", count=round(seconds / 60))
    return words
