"""What goes out of a whole estate comes back and changes nothing, as a person and as the system."""

from __future__ import annotations

import io

import openpyxl
import pytest

from models.actor import SYSTEM
from office import demo
from transfer import imports
from transfer.export import Way, export
from transfer.layout import entity_layout, targets

SMALL, LARGE = 60, 400
"""Units of the estate; in the larger one residents share names, so that only a file made for editing tells which."""


@pytest.fixture
def units(request):
    return getattr(request, "param", LARGE)


@pytest.fixture
def estate(office, units):
    """The office with a made-up estate in it."""
    with office.connection():
        demo.fill(office, units)
        yield office


def importable(registry, actor, entity):
    """The columns that an import of the entity would take from this person."""
    level = registry.access.field
    layout = entity_layout(registry.schema.entities[entity])
    return tuple(
        target.field.name for target in targets(registry.schema, layout)
        if actor.system or level(actor, entity, target.field.name) == "open"
    )  # fmt: skip


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("editing", "units"), [(False, SMALL), (True, LARGE)], ids=["plain", "for editing"], indirect=["units"]
)
def test_every_register_comes_back_unchanged(estate, format, editing):
    """Every register of the estate that a file can be taken into, and whose rows say which record they are."""
    tried = []
    for name, spec in estate.schema.entities.items():
        columns = importable(estate, SYSTEM, name)
        rows = estate.scope.count(SYSTEM, name)
        if not rows or not columns or spec.builtin or not (editing or spec.key):
            continue
        data = b"".join(export(estate, SYSTEM, name, format, columns=columns, way=Way(for_editing=editing)))
        ready = imports.prepare(estate, SYSTEM, name, data, f"x.{format}")
        result = imports.run(estate, SYSTEM, ready, dry_run=True)
        told = [(r.line, r.column.to("zh"), r.value, r.reason.to("zh")) for r in result.rejected[:3]]
        assert told == [] and (result.created, result.updated, result.unchanged) == (0, 0, rows), name
        tried.append(name)
    assert {"unit", "building"} <= set(tried)
    assert not editing or {"unit", "resident", "occupancy", "lease"} <= set(tried)


@pytest.mark.parametrize("name", ["unit", "resident", "lease"])
def test_a_supervisors_file_comes_back_unchanged(estate, person, name):
    supervisor = person(estate, "supervisor", locale="zh")
    columns = importable(estate, supervisor, name)
    data = b"".join(export(estate, supervisor, name, "xlsx", columns=columns, way=Way(for_editing=True)))
    result = imports.run(estate, supervisor, imports.prepare(estate, supervisor, name, data, "x.xlsx"), dry_run=True)
    assert (result.created, result.updated, result.rejected) == (0, 0, []) and result.unchanged


def test_days_are_days_and_money_is_numbers(estate):
    data = b"".join(export(estate, SYSTEM, "lease", "xlsx", columns=("starts_on", "rent", "title")))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    kinds = {tuple(cell.data_type for cell in row) for row in sheet.iter_rows(min_row=2)}
    assert kinds == {("d", "n", "s")}
    assert sheet["B2"].number_format == "#,##0.00" and sheet["A2"].number_format == "yyyy-mm-dd"
