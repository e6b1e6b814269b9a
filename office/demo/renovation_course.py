"""What happened at the works of the demo estate: inspections, violations, acceptances and their results (D3–D5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from models.actor import SYSTEM
from models.query import Condition
from office.demo.books import DEMO, Books
from office.demo.strokes import signature

DAY = timedelta(days=1)
OPENED = "卫生间隔墙承重部位开洞约 0.6 m²"
LEAK = "主卫地漏处闭水试验渗漏"
SCRATCH = "电梯轿厢内壁刮花"
DEDUCTION = Decimal("300.00")


@dataclass(frozen=True, slots=True)
class Site:
    """The works of a permit: its unit, a prohibited work that may be found there, its first and last day."""

    permit: int
    unit: int
    work: int
    first: date
    last: date


def add_course(books: Books, site: Site, name: str) -> None:
    """What happened at these works, by its name among ``COURSES``."""
    COURSES[name](books, site)


# -- inspections and violations --------------------------------------------------------------------


def _seen(books: Books, site: Site, at: datetime, wrong: str, words: str) -> int:
    """An inspection that found something; those with nothing wrong come with the plans of rounds."""
    return books.add("renovation_inspection", permit=site.permit, done_at=at, by=_steward(books, site), all_fine=False,
                     wrong=(wrong,), words=words)  # fmt: skip


def _inspected(books: Books, site: Site) -> None:
    """Something that was only noted."""
    _seen(books, site, _past(books, books.today - 7 * DAY, 14, 20), "waste", "垃圾未装袋，已请现场负责人清理")


def _minor(books: Books, site: Site) -> None:
    """Something that was put right on the spot, and something that was not yet."""
    given = {"permit": site.permit, "weight": "minor", "found_by": _steward(books, site)}
    books.add(
        "violation", what="周末使用电锤", on_the_spot=True, found_at=_past(books, books.today - 6 * DAY, 10), **given
    )
    books.add("violation", what="楼道堆放水泥沙子", deadline=books.today + 2 * DAY,
              found_at=_past(books, books.today - DAY, 15), **given)  # fmt: skip


def _serious(books: Books, site: Site, days: int, deadline: int, **more: Any) -> int:
    """A serious violation found so many days ago, whose notice was signed for; the works stopped that day."""
    found_on = books.today - days * DAY
    seen = _seen(books, site, _past(books, found_on, 10, 30), "structure", OPENED)
    id = books.add(
        "violation", inspection=seen, permit=site.permit, work=site.work, weight="serious", what=OPENED,
        deadline=books.today + deadline * DAY, found_at=_past(books, found_on, 10, 40), found_by=_steward(books, site),
    )  # fmt: skip
    for stop, _violation in books.rows("permit_suspension", ("violation",), Condition("violation", "equals", id)):
        books.registry.store.update(SYSTEM, "permit_suspension", stop, {"starts_on": found_on}, DEMO)
    signed = {"noticed_at": _past(books, found_on, 11), "signature": _signed(books, "violation", f"foreman {id}")}
    books.registry.store.update(SYSTEM, "violation", id, {**signed, **more}, DEMO)
    return id


def _stopped(books: Books, site: Site) -> None:
    _serious(books, site, 6, -1)


def _put_right(books: Books, site: Site) -> None:
    _serious(books, site, 9, -2, state="settled", settled_on=books.today - DAY, checked_by=_steward(books, site),
             outcome="已按原样恢复并经设计确认")  # fmt: skip


def _reported(books: Books, site: Site) -> None:
    _serious(books, site, 20, -12, state="reported", reported_on=books.today - 8 * DAY)


# -- acceptance ------------------------------------------------------------------------------------


def _accept(books: Books, site: Site, at: datetime, by: tuple[str, ...], wrong: str = "", **result: Any) -> None:
    """An acceptance that those of ``by`` ticked and signed; the second item is ``wrong`` in these words."""
    id = books.add("acceptance", permit=site.permit, done_at=at)
    who = {"engineer": books.users.get("engineer"), "steward": _steward(books, site)}
    items = [row[0] for row in books.rows("acceptance_item", ("item",), Condition("acceptance", "equals", id))]
    for n, item in enumerate(items):
        bad = bool(wrong) and n == 1
        ticks: dict[str, Any] = {f"{part}_fine": not (bad and part == "engineer") for part in by}
        books.registry.store.update(SYSTEM, "acceptance_item", item, {**ticks, "words": wrong if bad else None}, DEMO)
    values: dict[str, Any] = {}
    for part in by:
        drawn = _signed(books, "acceptance", f"{part} {id}")
        values |= {part: who[part], f"{part}_at": at, f"{part}_signature": drawn}
    if result.get("result") == "passed":
        values |= {
            f"{name}_signature": _signed(books, "acceptance", f"{name} {id}") for name in ("owner", "contractor")
        }
    books.registry.store.update(SYSTEM, "acceptance", id, {**values, **result}, DEMO)


def _failed(books: Books, site: Site) -> None:
    _accept(books, site, _past(books, books.today - 3 * DAY, 15), ("engineer", "steward"), LEAK, result="failed",
            words=f"{LEAK}，重做防水后复验")  # fmt: skip


def _half(books: Books, site: Site) -> None:
    _accept(books, site, _past(books, books.today, 8, 10), ("steward",))


def _passed(books: Books, site: Site, state: str, **more: Any) -> None:
    on = site.last + 2 * DAY
    _accept(books, site, _past(books, on, 15), ("engineer", "steward"), result="passed", **more)
    closed = {"closed_on": on + 3 * DAY} if state == "closed" else {}
    for value in dict.fromkeys(("accepted", state)):
        books.registry.store.update(SYSTEM, "renovation_permit", site.permit, {"state": value, "accepted_on": on}, DEMO)
    if closed:
        books.registry.store.update(SYSTEM, "renovation_permit", site.permit, closed, DEMO)


def _deducted(books: Books, site: Site) -> None:
    _passed(books, site, "accepted", deduction=DEDUCTION, deduction_why=SCRATCH)


def _accepted(books: Books, site: Site) -> None:
    _passed(books, site, "closed")


# -- parts -----------------------------------------------------------------------------------------


def _past(books: Books, day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of office time that has been."""
    return min(books.at(day, hour, minute), books.registry.clock.now() - timedelta(minutes=25))


def _steward(books: Books, site: Site) -> int | None:
    """Whose building it is."""
    if not books.stewards:
        of = dict(books.rows("building", ("steward",)))
        books.stewards = {unit: of[building] for unit, building in books.rows("unit", ("building",))}
    return books.stewards.get(site.unit)


def _signed(books: Books, entity: str, who: str) -> tuple[str, ...]:
    return (books.registry.files.put(SYSTEM, entity, None, "signature.png", signature(who)),)


COURSES: dict[str, Callable[[Books, Site], None]] = {
    "inspected": _inspected, "minor": _minor, "stopped": _stopped, "put_right": _put_right,
    "reported": _reported, "failed": _failed, "half": _half, "deducted": _deducted, "accepted": _accepted,
}  # fmt: skip
