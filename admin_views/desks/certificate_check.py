"""`/verify/`: whether a certificate is one of ours and still holds, by the code or the number on it (S13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from admin_views.navigation import Extra, Link
from admin_views.shell import current_actor
from models.query import Condition, Query
from models.record import Record
from office.notices.certificates import KIND, code_of, verdict
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

NEEDS = ("certificate", "certificate_template")
"""The entities without which there is no such page."""
LINK = Link("verify", Text("证明核验", "Verify a certificate"), "check-circle-o", "/verify/")
LONGEST = 400


def certificate_check_desk(registry: Registry) -> Blueprint:
    """The field for a number, and what a code leads to."""
    pages, views = Blueprint("certificate-check-desk", __name__, url_prefix="/verify"), CertificateCheck(registry)
    pages.add_url_rule("/", "ask", views.ask)
    pages.add_url_rule("/<token>/", "show", views.show)
    return pages


def certificate_check_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who may read certificates."""
    return Extra("notices", LINK, lambda actor: registry.access.may(actor, KIND, "read"))


class CertificateCheck:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def ask(self) -> ResponseReturnValue:
        """The field for a number; ``?q=`` with a number, a code or its whole address leads to what it is of."""
        actor = current_actor()
        self.registry.scope.require(actor, KIND, "read")
        typed = request.args.get("q", "").strip()[:LONGEST]
        if not typed:
            return render_template("desks/notices/verify.html", found=None, typed="", said=None)
        token = typed.rstrip("/").rpartition("/")[2]
        if self.registry.codes.read(KIND, token) is None:
            numbered = Query(conditions=(Condition("number", "equals", typed.upper()),))
            found = self.registry.scope.ids(actor, KIND, numbered, 1)
            if not found:
                return self._strange(typed)
            token = code_of(self.registry, found[0])
        return redirect(f"{request.script_root}/verify/{token}/")

    def show(self, token: str) -> ResponseReturnValue:
        """What stands behind a code; one answer for whatever is none of ours or out of sight."""
        actor = current_actor()
        self.registry.scope.require(actor, KIND, "read")
        id = self.registry.codes.read(KIND, token)
        records = self.registry.scope.records(actor, KIND, [id]) if id is not None else []
        if not records:
            return self._strange("")
        return self._page(records[0])

    # -- parts -----------------------------------------------------------------------------------------

    def _page(self, found: Record) -> ResponseReturnValue:
        colour, said = verdict(found["state"], found["valid_until"], found["void_reason"], self.registry.clock.today())
        at = found["issued_at"]
        return render_template(
            "desks/notices/verify.html", found=found, typed="", said=said, colour=colour,
            fields=self.registry.schema.entities[KIND].fields,
            issued_on=at.astimezone(self.registry.clock.zone).date() if at else None,
        )  # fmt: skip

    def _strange(self, typed: str) -> ResponseReturnValue:
        return render_template("desks/notices/verify.html", found=None, typed=typed, said=STRANGE, colour="bad"), 404


STRANGE = Text(
    "这不是本中心开具的证明，或不在您的范围内；请核对编号，或联系前台。",
    "This is none of our certificates, or not one for you to see. Check the number, or ask the front desk.",
)
