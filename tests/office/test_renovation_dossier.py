"""The dossier: all papers of a permit as one file, the same until something changes (D5, F13)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models import jobs
from models.actor import Source
from models.errors import NotAllowed
from office.renovation.dossier_parts import Belongings
from tests.office.money import DAY, MoneyOffice
from tests.office.renovation import Renovation, renovation_of
from tests.office.test_renovation_papers import picture, printing, skipped
from tests.printing.conftest import pages_of

FORM = Source("form")
PERMIT, DOSSIER = "renovation_permit", "renovation_dossier"


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    return renovation_of(money)


def accepted(works: Renovation) -> int:
    """Works with an extension, a finding, a violation that was settled, and an acceptance that passed."""
    money = works.money
    id = works.submitted(deposit_due=Decimal(2000))
    works.paid(id)
    money.step("engineer", PERMIT, "approve", id)
    money.step("steward1", PERMIT, "begin", id)
    money.act("engineer", PERMIT, "extend_permit", id, ends_on=money.today + 20 * DAY, reason="Rain")
    inspection = {"permit": id, "all_fine": False, "wrong": ("waste",), "words": "Sacks in the hall"}
    money.registry.store.create(money.people["steward1"], "renovation_inspection", inspection, FORM)
    found = works.violation(id, work=works.wall, photos=picture(works, "violation"))
    money.step("steward1", "violation", "settle", found, outcome="Wall rebuilt")
    money.on(money.today + DAY)
    money.act("engineer", PERMIT, "resume_permit", id)
    money.step("steward1", PERMIT, "complete", id)
    check = money.make("acceptance", permit=id)
    for row in money.rows("acceptance_item", acceptance=check):
        money.set("acceptance_item", row.id, engineer_fine=True, steward_fine=True)
    signed = {name: picture(works, "acceptance") for name in ("owner_signature", "contractor_signature")}
    money.set("acceptance", check, result="passed", deduction=Decimal(300), deduction_why="Lift scratched", **signed)
    money.set(PERMIT, id, state="accepted", accepted_on=money.today)
    return id


def text(works: Renovation, id: int, who: str = "supervisor") -> str:
    return "".join(pages_of(printing(works, who, DOSSIER, id).files[0][1]))


def papers(works: Renovation, id: int) -> int:
    return len(works.money.get(PERMIT, id)["papers"] or ())


def keep(works: Renovation) -> int:
    schedule = works.money.registry.schema.schedules["archive_dossiers"]
    return int(jobs.perform(works.money.registry, schedule, works.money.clock.now()).done)


def refund(works: Renovation, id: int) -> None:
    [deposit] = works.money.rows("deposit", permit=id)
    works.money.act("billing", "deposit", "deduct_deposit", deposit.id, amount=Decimal(300), reason="Lift")
    works.money.act("cashier", "deposit", "refund_deposit", deposit.id, method="cash", reason="Works accepted")


def test_everything_about_a_permit_stands_in_one_file(works: Renovation) -> None:
    id = accepted(works)
    refund(works, id)
    for who in ("supervisor", "steward1", "engineer"):
        said = text(works, id, who)
        for words in ("Renovationdossier", "1-1-101", "Accepted", "Noticeoftherules", "Openaload-bearingwall", "Rain",
                      "Notfine:Wasteremoval.Sacksinthehall", "Wallopened", "Wallrebuilt", "Liftscratched",
                      "燃气管线未改动", "Owner'ssignature",
                      "¥2,000.00", "300.00", "1,700.00", "Worksaccepted"):  # fmt: skip
            assert words in said, (who, words)
    pages = pages_of(printing(works, "supervisor", DOSSIER, id).files[0][1])
    order = [next(n for n, page in enumerate(pages) if title in page and n) for title in
             ("Noticeoftherules", "Findings", "Whatwasfound", "Checkno.1", "YJ26")]  # fmt: skip
    assert order == sorted(order)


def test_it_is_the_same_file_until_something_changes(works: Renovation) -> None:
    id = accepted(works)
    first = printing(works, "steward1", DOSSIER, id).files[0][1]
    works.money.on(works.money.today + 3 * DAY)
    assert printing(works, "supervisor", DOSSIER, id).files[0][1] == first
    other = works.submitted()
    assert len(printing(works, "supervisor", DOSSIER, id, other).files) == 1
    assert (papers(works, id), papers(works, other)) == (1, 1), "printed among others it is the same paper"
    refund(works, id)
    assert printing(works, "supervisor", DOSSIER, id).files[0][1] != first
    assert papers(works, id) == 2


@pytest.mark.both_engines
def test_dossiers_of_accepted_works_are_kept_by_night_once_and_again_when_something_was_written(
    works: Renovation,
) -> None:
    running, id = works.running(), accepted(works)
    assert (keep(works), papers(works, id), papers(works, running)) == (1, 1, 0)
    for _ in range(3):
        works.money.on(works.money.today + DAY)
        keep(works)
    assert papers(works, id) == 1 and keep(works) == 0
    refund(works, id)
    works.money.on(works.money.today + 9 * DAY)
    assert (keep(works), papers(works, id)) == (1, 2)
    works.money.step("engineer", PERMIT, "close", id)
    for _ in range(3):
        works.money.on(works.money.today + DAY)
        keep(works)
    assert papers(works, id) == 3


def test_amounts_are_for_those_who_see_what_is_held(works: Renovation) -> None:
    id = accepted(works)
    registry = works.money.registry
    for who, sees in (("supervisor", True), ("steward1", True), ("frontdesk", False), ("security", False)):
        person = works.money.people[who]
        [permit] = registry.scope.records(person, PERMIT, [id])
        [deposit] = Belongings(registry, person, [permit]).deposits(id)
        assert (deposit["amount"], deposit["held"]) == ((2000, 2000) if sees else (None, None)), who
        assert deposit["receipt"]


def test_who_prints_a_dossier_and_who_opens_the_kept_ones(works: Renovation) -> None:
    id, draft = accepted(works), works.draft()
    keep(works)
    for who in ("frontdesk", "security", "cashier", "billing", "auditor", "sales"):
        with pytest.raises(NotAllowed):
            printing(works, who, DOSSIER, id)
    assert not printing(works, "steward2", DOSSIER, id).files
    assert "draft" in skipped(printing(works, "supervisor", DOSSIER, draft))[0][1]
    opens = {"auditor": True, "steward1": True, "frontdesk": False, "security": False, "cashier": False}
    for who, sees in opens.items():
        held = works.money.registry.scope.get(works.money.people[who], PERMIT, id).get("papers")
        assert bool(held) == sees, who
