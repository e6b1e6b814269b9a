"""Screens made for one job; each is there only in an office whose schema has the entities that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from flask import Blueprint

from admin_views.desks import (
    attendance,
    bill_run,
    calls,
    certificate_check,
    dispatch,
    dunning,
    duty_roster,
    gate,
    intake,
    meter_sheet,
    my_orders,
    notice_calls,
    questionnaires,
    renovation,
    rounds,
    rounds_calendar,
    signs,
    till,
)
from admin_views.navigation import Extra

if TYPE_CHECKING:
    from models.registry import Registry

Desk = tuple[tuple[str, ...], Callable[["Registry"], Blueprint], Callable[["Registry"], Extra]]
"""The entities it needs, its pages, its place in the sidebar."""

DESKS: tuple[Desk, ...] = (
    (intake.NEEDS, intake.intake_desk, intake.intake_link),
    (bill_run.NEEDS, bill_run.bill_run_desk, bill_run.bill_run_link),
    (meter_sheet.NEEDS, meter_sheet.meter_sheet_desk, meter_sheet.meter_sheet_link),
    (till.NEEDS, till.till_desk, till.till_link),
    (questionnaires.NEEDS, questionnaires.questionnaires_desk, questionnaires.questionnaires_link),
    (dunning.NEEDS, dunning.dunning_desk, dunning.dunning_link),
    (calls.NEEDS, calls.calls_desk, calls.calls_link),
    (gate.NEEDS, gate.gate_desk, gate.gate_link),
    (notice_calls.NEEDS, notice_calls.notice_calls_desk, notice_calls.notice_calls_link),
    (certificate_check.NEEDS, certificate_check.certificate_check_desk, certificate_check.certificate_check_link),
    (attendance.NEEDS, attendance.attendance_desk, attendance.attendance_link),
    (dispatch.NEEDS, dispatch.dispatch_desk, dispatch.dispatch_link),
    (duty_roster.NEEDS, duty_roster.duty_roster_desk, duty_roster.duty_roster_link),
    (my_orders.NEEDS, my_orders.my_orders_desk, my_orders.my_orders_link),
    (renovation.NEEDS, renovation.renovation_desk, renovation.renovation_link),
    (rounds.NEEDS, rounds.rounds_desk, rounds.rounds_link),
    (rounds_calendar.NEEDS, rounds_calendar.rounds_calendar_desk, rounds_calendar.rounds_calendar_link),
    (signs.NEEDS, signs.signs_desk, signs.signs_link),
)  # fmt: skip


def desks(registry: Registry) -> Iterator[tuple[Blueprint, Extra]]:
    """The pages of each desk that this office can have, and their links."""
    for needs, pages, link in DESKS:
        if all(name in registry.schema.entities for name in needs):
            yield pages(registry), link(registry)
