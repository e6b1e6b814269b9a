"""`/renovation/d/<code>/`: the code on the permit at a door leads to the inspection or the record (D1)."""

from __future__ import annotations

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from admin_views.desks.gate_page import GatePage
from office.renovation import papers
from office.renovation.permits import PERMIT

INSPECTED = ("approved", "in_progress", "suspended", "expired")
"""States of a permit in which one who scans the door wants to write an inspection down."""


class PermitDoor(GatePage):
    """One office's codes on doors."""

    def open(self, token: str) -> ResponseReturnValue:
        """The page of the permit behind a code; a forged code and one of another area get the same sentence."""
        actor = self.actor(PERMIT, "read")
        id = self.registry.codes.read(papers.KIND, token)
        found = self.registry.scope.records(actor, PERMIT, [id], ("state",)) if id is not None else []
        if not found:
            return render_template("desks/renovation/strange_permit.html"), 404
        inspects = self.may("renovation_inspection", "create") and found[0]["state"] in INSPECTED
        path = f"/renovation/{id}/" if inspects else f"/{PERMIT}/details/?id={id}"
        return redirect(f"{request.script_root}{path}", 303)
