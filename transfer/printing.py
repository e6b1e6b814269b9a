"""Printing a document: gathered through the scope, set as one PDF, kept in the archive, told in the history."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models import printing
from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome
from models.printing import Printing
from models.storage.files import safe_name
from schema.settings import claim, setting
from schema.spec import DocumentSpec
from schema.text import Locale, Text
from schema.written import Part, Words
from transfer.typesetting import HOUSE, plain, typeset, typeset_each

if TYPE_CHECKING:
    from models import Registry

PDF = "application/pdf"
PRINTED = Text("已打印", "Printed")
NOT_KEPT = Text("已打印，但未能存档：{why}", "Printed, but not kept in the archive: {why}")
AT_ONCE = 25
"""Sheets noted in one transaction, so that others who write need not wait for a whole bundle."""
NAMED = 120
"""Characters of a title that go into the name of a file."""


@setting("letterhead")
class Letterhead(Part):
    """What stands at the head of every paper beside the name of the office."""

    address: Words | None = None
    telephone: str = ""
    hours: Words | None = None
    email: str = ""


def print_document(
    registry: Registry, actor: Actor, name: str, ids: Iterable[int], answers: Mapping[str, Any]
) -> Outcome:
    """Print document ``name`` for the records among ``ids`` that the actor may print it for.

    ``files`` of the outcome holds the one PDF of all sheets; ``skipped`` the records without a sheet, and those whose
    sheet the archive did not take. Raises NotFound, NotAllowed, Invalid, Refused.
    """
    spec = printing.find(registry.schema, name)
    gathered = printing.gather(registry, actor, spec, ids, answers)
    outcome = Outcome(skipped=list(gathered.skipped))
    if not gathered.sheets:
        return outcome
    locale = gathered.locale or actor.locale
    named = [id for sheet in gathered.sheets for id in (sheet.id, *sheet.others)]
    titles = registry.scope.titles(actor, spec.entity, named)
    data = paper_data(registry, spec, locale, [sheet.data for sheet in gathered.sheets])
    if len(gathered.sheets) == 1:
        data["printed_on"] = gathered.sheets[0].dated or data["printed_on"]
    folder = printing.folder_of(spec) or HOUSE
    whole = typeset(spec.template, data, locale, folder)
    singles: Sequence[bytes] = ()
    if spec.archive is not None:
        singles = [whole] if len(gathered.sheets) == 1 else _singles(spec, gathered, data, locale, folder)
    _record(registry, actor, spec, gathered, singles, titles, outcome)
    outcome.files.append((_file_name(spec, gathered, titles, actor.locale, registry.clock.today()), whole, PDF))
    return outcome


def _singles(
    spec: DocumentSpec, gathered: Printing, data: Mapping[str, Any], locale: Locale, folder: Path
) -> list[bytes]:
    """A PDF for each sheet: those with a day of their own one by one, as they are when they are printed alone."""
    if not any(sheet.dated for sheet in gathered.sheets):
        return typeset_each(spec.template, data, locale, folder)
    alone = (
        {**data, "sheets": [one], "printed_on": sheet.dated or data["printed_on"]}
        for one, sheet in zip(data["sheets"], gathered.sheets, strict=True)
    )
    return [typeset(spec.template, one, locale, folder) for one in alone]


def paper_data(
    registry: Registry, spec: DocumentSpec, locale: Locale, sheets: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What ``typeset`` is given: the sheets under the head of the office, moments as its clocks show them."""
    schema, clock = registry.schema, registry.clock
    head = claim(schema, "letterhead", Letterhead)
    words = {name: Text(said.zh, said.en) for name in ("address", "hours") if (said := getattr(head, name))}
    office = {"name": schema.office.name, "telephone": head.telephone, "email": head.email, **words}
    # The day and not the moment, so that the same paper printed again is the same file.
    return {
        "title": spec.label, "office": office, "printed_on": clock.today(), "sheets": plain(sheets, locale, clock.zone)
    }  # fmt: skip


def _record(
    registry: Registry, actor: Actor, spec: DocumentSpec, gathered: Printing, singles: Sequence[bytes],
    titles: Mapping[int, str], outcome: Outcome,
) -> None:  # fmt: skip
    """Keep the single PDFs where an archive is named, and note in the history of each record that it was printed, once
    however many sheets are about it."""
    source, now = Source("print", spec.name), registry.clock.now()
    noted: set[int] = set()
    pairs = list(zip_longest(gathered.sheets, singles))
    for start in range(0, len(pairs), AT_ONCE):
        with registry.store.transaction():
            for sheet, single in pairs[start : start + AT_ONCE]:
                title = titles.get(sheet.id, "")
                for id in dict.fromkeys((sheet.id, *sheet.others)):
                    if id not in noted:
                        verb = f"print:{spec.name}"
                        registry.history.write(actor, spec.entity, id, titles.get(id, ""), verb, {}, source, now)
                    noted.add(id)
                try:
                    if single is not None:
                        keeps, is_dated = sheet.keeps or (sheet.id,), sheet.dated is not None
                        _keep(registry, actor, spec, keeps, title, single, source, is_dated)
                except Refused as refused:
                    outcome.skipped.append((sheet.id, NOT_KEPT.with_(why=refused.text)))
                else:
                    outcome.done += [(id, PRINTED) for id in (sheet.id, *sheet.others)]


def _keep(
    registry: Registry, actor: Actor, spec: DocumentSpec, ids: Iterable[int], title: str, pdf: bytes, source: Source,
    dated: bool,
) -> None:  # fmt: skip
    """Add the PDF to the archive field of these records; the same paper printed again on the same day is there already.

    Raises Refused where the field is full or a record is out of the actor's sight.
    """
    assert spec.archive is not None
    entity, field = spec.archive
    deputy = replace(actor, writes=frozenset({spec.archive}))
    digest, new = sha256(pdf).hexdigest(), ""
    with registry.store.transaction():
        for id in ids:
            held: tuple[str, ...] = (registry.rows.one(entity, id) or {}).get(field) or ()
            # A dated paper tells what is so; one that was printed anew tells what was handed out last.
            before = registry.files.named(entity, held if dated else held[-1:])
            if any(file.digest == digest for file in before):
                continue
            name = safe_name(f"{spec.label.to(actor.locale)} {title[:NAMED]} {registry.clock.today():%Y%m%d}.pdf")
            new = new or registry.files.put(actor, entity, None, name, io.BytesIO(pdf))
            registry.store.update(deputy, entity, id, {field: (*held, new)}, source)


def _file_name(spec: DocumentSpec, gathered: Printing, titles: Mapping[int, str], locale: Locale, today: date) -> str:
    """The name of the PDF: the document, and the one record or how many."""
    label, sheets = spec.label.to(locale), gathered.sheets
    what = titles.get(sheets[0].id, "")[:NAMED] if len(sheets) == 1 else f"×{len(sheets)}"
    return safe_name(f"{label} {what} {today:%Y%m%d}.pdf")
