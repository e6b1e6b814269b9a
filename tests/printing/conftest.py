"""The lending library with papers to print, its functions that gather them, and what a PDF says."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from models.operations import Selection
from models.printing import Printing, Sheet, document, pictures
from schema import load
from schema.text import Text
from tests.site.conftest import published, site_of, visit
from tests.site.entity_desk import Desk, furnish
from transfer.qr import code_picture

__all__ = ["published", "site_of", "visit"]

HERE = Path(__file__).parent
RETURNED = Text("已归还", "Has been returned")


@document("loan_slip", HERE)
def loan_slip(registry: Any, actor: Any, selection: Selection, now: Any, answers: Any) -> Printing:
    """A slip for each loan that is not back, in the order of the selection."""
    made = Printing()
    loans = {loan.id: loan for loan in registry.scope.records(actor, "loan", selection.ids)}
    readers = [loan["member"] for loan in loans.values()]
    members = {one.id: one for one in registry.scope.records(actor, "member", readers)}
    for id in selection.ids:
        loan = loans[id]
        if loan["state"] == "returned":
            made.skipped.append((id, RETURNED))
            continue
        phone = members[loan["member"]].get("phone")
        data = {
            "member": members[loan["member"]]["name"], "phone": getattr(phone, "text", phone),
            "book": loan.titles["book_copy"], "due_on": loan["due_on"], "fee": Decimal("1234.5"),
            "greeting": answers.get("greeting"),
        }  # fmt: skip
        made.sheets.append(Sheet(id, data, keeps=(loan["member"],)))
    return made


@document("reader_card", HERE)
def reader_card(registry: Any, actor: Any, selection: Selection, now: Any, answers: Any) -> Printing:
    """A card for each reader; it stops at one who must not have it."""
    members = registry.scope.records(actor, "member", selection.ids)
    return Printing([Sheet(one.id, {"member": one["name"]}) for one in members])


@document("book_label", HERE)
def book_label(registry: Any, actor: Any, selection: Selection, now: Any, answers: Any) -> Printing:
    """A label for each book, with its photos and the code that opens it."""
    books = registry.scope.records(actor, "book", selection.ids)
    return Printing([
        Sheet(book.id, {
            "name": book["name"], "photos": pictures(registry, book, "cover"),
            "code": code_picture(registry, f"/b/{registry.codes.sign('book', book.id)}/"),
        })
        for book in books
    ])  # fmt: skip


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page of a PDF, without the spaces and line ends that the typesetter places as it likes."""
    assert pdf.startswith(b"%PDF-")
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.fixture(scope="session")
def slips_schema() -> Any:
    return load(HERE / "slips.yaml")


@pytest.fixture
def slips(opened: Callable[..., Any], slips_schema: Any) -> Any:
    """The registry of an empty lending library with papers."""
    return opened(slips_schema)


@pytest.fixture
def desk(slips: Any, site_of: Any, visit: Any) -> Desk:
    """The library with a loan of a copy in lea's branch and one in luc's, both of the reader Mo."""
    desk = furnish(slips, site_of(slips), visit)
    for known, copy in (("north_loan", "tides1"), ("south_loan", "verse1")):
        desk.add("loan", known, book_copy=desk.ids[copy], member=desk.ids["mo"], due_on="2026-04-01")
    return desk
