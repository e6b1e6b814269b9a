"""The screens: an office's records in a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme

from admin_views.account import account_pages
from admin_views.assets import serve_assets
from admin_views.desks import desks
from admin_views.entity_view import register_entities
from admin_views.export_views import export_link, export_pages
from admin_views.find import find_pages
from admin_views.handouts import handout_pages
from admin_views.health import HEALTH, health_pages
from admin_views.home import HomeView
from admin_views.ids import IdConverter
from admin_views.import_progress import import_history_pages, set_up_worker
from admin_views.import_views import import_link, import_pages
from admin_views.inbox_pages import inbox_pages
from admin_views.job_pages import job_link, job_pages, set_up_scheduler
from admin_views.kept_export_page import kept_export_pages
from admin_views.locale import set_up_locale
from admin_views.navigation import Navigation
from admin_views.once import mark_kept_pages
from admin_views.outbox import outbox_pages
from admin_views.qr import show_codes
from admin_views.refusals import show_refusals
from admin_views.report_views import report_links, report_pages
from admin_views.security import secure
from admin_views.shell import show_shell
from admin_views.sign_in import guard_sign_in
from admin_views.why import why_link, why_pages

if TYPE_CHECKING:
    from models.registry import Registry


def create_site(registry: Registry, *, config: Mapping[str, Any]) -> Flask:
    """The office of ``registry`` as a WSGI application.

    ``config`` goes into Flask's. It must hold SECRET_KEY; it may hold HTTPS (cookies for https only),
    PROXIES (how many proxies in front are to be believed), MAX_CONTENT_LENGTH (bytes) and CACHE_FOLDER
    (where compressed static files are kept).
    """
    app = Flask(__name__, static_folder=None)
    app.url_map.converters["int"] = IdConverter
    app.config.update(config)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["registry"] = registry
    navigation = Navigation(registry)
    _connect(app, registry)
    secure(app, https=bool(config.get("HTTPS")), proxies=int(config.get("PROXIES") or 0))
    set_up_locale(app)
    cache = config.get("CACHE_FOLDER")
    serve_assets(app, Path(cache) if cache else registry.var / "cache" / "static")
    guard_sign_in(app, registry)
    show_refusals(app)
    show_codes(app)
    show_shell(app, registry, navigation)
    mark_kept_pages(app)
    set_up_worker(app, registry)
    set_up_scheduler(app, registry)
    # Their names have a hyphen, so that no entity's can be the same.
    for pages in (account_pages, export_pages, find_pages, handout_pages, health_pages, import_history_pages,
                  import_pages, inbox_pages, job_pages, kept_export_pages, outbox_pages, report_pages,
                  why_pages):  # fmt: skip
        app.register_blueprint(pages(registry))
    for pages_of_desk, link in desks(registry):
        app.register_blueprint(pages_of_desk)
        navigation.add(replace(link, is_desk=True))
    for link in report_links(registry):
        navigation.add(link)
    navigation.add(why_link(registry))
    navigation.add(job_link(registry))
    navigation.add(import_link(registry))
    navigation.add(export_link(registry))
    admin = Admin(
        app, name=registry.schema.office.name.en, index_view=HomeView(registry, navigation),
        theme=Bootstrap4Theme(base_template="admin/base.html"),
    )  # fmt: skip
    register_entities(app, admin, registry)
    return app


def _connect(app: Flask, registry: Registry) -> None:
    """One database connection a request, given back at its end."""

    @app.before_request
    def open_connection() -> None:
        if request.endpoint != HEALTH:
            registry.db.connect(reuse_if_open=True)

    @app.teardown_request
    def give_back(_: BaseException | None) -> None:
        if not registry.db.is_closed():
            registry.db.close()
