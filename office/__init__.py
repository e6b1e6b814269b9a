"""The property rules, and the operations that the schema's actions name; importing it makes them known."""

from office import (
    bill_run,
    bills,
    closing,
    deposits,
    dunning_cases,
    dunning_holds,
    dunning_legal,
    dunning_letters,
    dunning_policy,
    dunning_work,
    meters,
    meters_actions,
    occupancy,
    reversal,
    till,
    till_days,
)

__all__ = [
    "closing",
    "deposits",
    "bill_run",
    "bills",
    "dunning_cases",
    "dunning_holds",
    "dunning_legal",
    "dunning_letters",
    "dunning_policy",
    "dunning_work",
    "meters",
    "meters_actions",
    "occupancy",
    "reversal",
    "till",
    "till_days",
]
