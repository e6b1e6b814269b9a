"""The papers of renovation through the print door: who gets which, what it says, who is left out (D1, D2)."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.addresses import ASKED_AT
from models.errors import Invalid, NotAllowed
from models.operations import Selection
from office.renovation import passes
from office.renovation.cards import pass_cards
from office.renovation.papers import door_code
from tests.office.money import DAY, MoneyOffice
from tests.office.renovation import Renovation, renovation_of
from tests.printing.conftest import pages_of
from tests.site.conftest import PASSWORD
from transfer.printing import print_document

FORM = Source("form")
PERMIT, PASS = "renovation_permit", "worker_pass"
PAPERS = {"renovation_notice": PERMIT, "permit_sheet": PERMIT, "permit_passes": PERMIT, "pass_cards": PASS}


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    return renovation_of(money)


def printing(works: Renovation, who: str, name: str, *ids: int) -> Any:
    asked_at = ASKED_AT.set("https://office.example.org")
    try:
        return print_document(works.money.registry, works.money.people[who], name, ids, {})
    finally:
        ASKED_AT.reset(asked_at)


def paper(works: Renovation, who: str, name: str, *ids: int) -> str:
    return "".join(pages_of(printing(works, who, name, *ids).files[0][1]))


def skipped(outcome: Any) -> list[tuple[int, str]]:
    return [(id, text.to("en")) for id, text in outcome.skipped]


def worker(works: Renovation, permit: int, name: str = "Li", **values: Any) -> int:
    ends_on = works.money.get(PERMIT, permit)["ends_on"]
    return works.money.make(PASS, **{"permit": permit, "name": name, "ends_on": ends_on, **values})


def png() -> bytes:
    """A picture of one grey dot."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\x80")),
        (b"IEND", b""),
    )
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def picture(works: Renovation, entity: str) -> tuple[str]:
    return (str(works.money.registry.files.put(SYSTEM, entity, None, "p.png", io.BytesIO(png()))),)


# -- the notice ------------------------------------------------------------------------------------


def test_the_notice_tells_what_is_prohibited_by_the_list_and_has_room_to_sign(works: Renovation) -> None:
    works.money.set("renovation_work", works.wall, why="Decree 110")
    works.money.make("renovation_work", name="Move the gas pipe", group="gas", is_prohibited=True, why="Decree 110")
    id = works.draft(foreman="Foreman Zhao")
    text = paper(works, "frontdesk", "renovation_notice", id)
    assert text.count("By:Decree110") == 1
    for said in ("Openaload-bearingwall", "Movethegaspipe", "1-1-101", "SampleDecorationCo.", "ForemanZhao",
                 "MondaytoFriday", "Waste", "extinguishers", "Deposit"):  # fmt: skip
        assert said in text, said
    assert "Painting" not in text, "what is allowed is no rule"
    assert "5October2026" not in text


def test_a_signed_notice_bears_both_signatures_and_the_day(works: Renovation) -> None:
    id = works.draft()
    plain = len(printing(works, "steward1", "renovation_notice", id).files[0][1])
    works.money.act("steward1", PERMIT, "tell_rules", id, owner_signature=picture(works, PERMIT),
                    contractor_signature=picture(works, PERMIT))  # fmt: skip
    made = printing(works, "steward1", "renovation_notice", id).files[0][1]
    assert "".join(pages_of(made)).count("5October2026") == 2
    assert b"/Image" in made and len(made) > plain


# -- the permit for the door -----------------------------------------------------------------------


def test_the_permit_for_the_door_is_of_works_that_may_go_on(works: Renovation) -> None:
    draft, going = works.draft(), works.running(foreman="Foreman Zhao")
    outcome = printing(works, "engineer", "permit_sheet", draft, going)
    assert [id for id, _text in skipped(outcome)] == [draft] and "Draft" in skipped(outcome)[0][1]
    text = "".join(pages_of(outcome.files[0][1]))
    for said in ("Renovationpermit", "1-1-101", "Painting", "5October2026", "15October2026", "ForemanZhao",
                 "000-00000000", "(stamp)"):  # fmt: skip
        assert said in text, said
    works.violation(going)
    assert printing(works, "engineer", "permit_sheet", going).files == []


@pytest.mark.parametrize(
    ("who", "status", "leads"),
    [("steward1", 303, "/renovation/{}/"), ("security", 303, "/renovation_permit/details/?id={}"),
     ("steward2", 404, None), ("sales", 403, None)],
)  # fmt: skip
def test_the_code_on_the_door_leads_to_the_permit(
    works: Renovation, site_of: Callable[..., Any], visit: Callable[..., Any], who: str, status: int, leads: str | None
) -> None:
    id, visitor = works.running(), visit(site_of(works.money.registry))
    works.money.registry.accounts.set_password(works.money.people[who].id, PASSWORD)
    visitor.sign_in(who, PASSWORD)
    code = door_code(works.money.registry, id)
    answer = visitor.get(f"/renovation/d/{code}/")
    assert answer.status_code == status
    if leads is not None:
        assert answer.headers["Location"].endswith(leads.format(id))
        forged = visitor.get(f"/renovation/d/{passes.code_of(works.money.registry, id)}/")
        assert forged.status_code == 404 and "Not a permit of this office" in forged.get_data(as_text=True)


# -- cards -----------------------------------------------------------------------------------------


def test_a_permit_prints_the_cards_of_all_passes_that_hold(works: Renovation) -> None:
    id = works.running()
    worker(works, id, "Li", work="Plumber")
    worker(works, id, "Wu", starts_on=works.money.today + DAY)
    worker(works, id, "Lost", state="lost")
    worker(works, id, "Gone", state="returned")
    text = paper(works, "frontdesk", "permit_passes", id)
    assert "Li" in text and "Wu" in text and "Plumber" in text and text.count("Workerpass") == 3, "two, and the foot"
    assert "Lost" not in text and "Gone" not in text
    assert text.count("nophoto") == 2 and text.count("2026-10-15") == 2
    draft = works.draft()
    worker(works, draft, "Early")
    assert "not approved yet" in skipped(printing(works, "frontdesk", "permit_passes", draft))[0][1]


def test_cards_are_eight_a_page_and_each_pass_remembers_that_it_was_printed(works: Renovation) -> None:
    id = works.running()
    made = [worker(works, id, f"Worker {n}") for n in range(9)]
    late = worker(works, id, "Late", ends_on=works.money.today)
    works.money.on(works.money.today + DAY)
    outcome = printing(works, "supervisor", "pass_cards", *made, late)
    first, second = pages_of(outcome.files[0][1])
    assert (first.count("SG26"), second.count("SG26")) == (8, 1)
    assert sorted(id for id, _text in outcome.done) == made
    assert [(id, "expired" in text) for id, text in skipped(outcome)] == [(late, True)]
    for one in (made[0], made[-1]):
        assert any(change.verb == "print:pass_cards" for change in works.money.registry.history.of(SYSTEM, PASS, one))


def test_a_card_shows_the_photo_and_its_code_opens_the_check_at_the_gate(works: Renovation) -> None:
    id = works.running()
    one = worker(works, id, photo=picture(works, PASS))
    selection, asked_at = Selection(PASS, (one,)), ASKED_AT.set("https://office.example.org")
    try:
        made = pass_cards(works.money.registry, works.money.people["steward1"], selection, works.money.clock.now(), {})
    finally:
        ASKED_AT.reset(asked_at)
    [card] = made.sheets[0].data["cards"]
    assert card["photo"].ending == "png" and card["code"].ending == "svg"
    assert "nophoto" not in paper(works, "steward1", "pass_cards", one)
    works.money.set(PERMIT, id, ends_on=works.money.today + timedelta(days=3))
    assert "2026-10-08" in paper(works, "steward1", "pass_cards", one)


# -- the rectification notice ----------------------------------------------------------------------


def test_a_notice_that_was_signed_for_bears_the_signature_instead_of_room_for_it(works: Renovation) -> None:
    id = works.violation(works.running())
    assert "Signedfor" not in paper(works, "steward1", "rectification_notice", id)
    works.money.act("steward1", "violation", "give_notice", id, signature=picture(works, "violation"))
    text = paper(works, "steward1", "rectification_notice", id)
    assert "Signedfor" in text and "5October2026" in text


# -- air conditioners ------------------------------------------------------------------------------


def test_what_was_allowed_of_an_air_conditioner_stays_and_its_slip_is_printed(works: Renovation) -> None:
    money = works.money
    given = {"unit": works.unit, "position": "South ledge", "drain": "Condensate pipe", "install_on": money.today}
    desk, engineer = money.people["frontdesk"], money.people["engineer"]
    id = int(money.registry.store.create(desk, "ac_installation", given, FORM))
    assert "Asked for" in skipped(printing(works, "frontdesk", "ac_permit", id))[0][1]
    money.registry.store.update(desk, "ac_installation", id, {"position": "East ledge"}, FORM)
    money.step("engineer", "ac_installation", "allow", id)
    for change in ({"position": "Façade"}, {"drain": "Drips"}, {"unit": money.unit("102")}):
        with pytest.raises(Invalid, match="as they were allowed"):
            money.registry.store.update(engineer, "ac_installation", id, change, FORM)
    money.registry.store.update(desk, "ac_installation", id, {"installer": "Sample Cooling"}, FORM)
    text = paper(works, "frontdesk", "ac_permit", id)
    for said in ("Eastledge", "Condensatepipe", "1-1-101", "SampleCooling", "Engineer", "5October2026"):
        assert said in text, said
    money.step("steward1", "ac_installation", "fault", id, "Drips onto the walk")
    assert money.get("ac_installation", id)["state"] == "wrong"
    money.step("steward1", "ac_installation", "check", id, "Pipe laid")
    assert "2026-10-05" in paper(works, "steward1", "ac_permit", id)


# -- who -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAPERS)
def test_papers_are_for_the_desk_and_stewards_of_the_area(works: Renovation, name: str) -> None:
    id = works.running()
    of = {PASS: worker(works, id), PERMIT: id}[PAPERS[name]]
    for who in ("supervisor", "steward1", "engineer", "frontdesk"):
        assert printing(works, who, name, of).files, who
    assert not printing(works, "steward2", name, of).files
    for who in ("security", "cashier", "auditor", "sales"):
        with pytest.raises(NotAllowed):
            printing(works, who, name, of)
