"""Certificates: drafts written from a template, conditions, frozen text, numbers without gaps, void kept (S13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.actor import Source
from models.addresses import ASKED_AT
from models.errors import Invalid, NotAllowed
from office.notices.certificates import KIND
from tests.office.money import MoneyOffice
from tests.printing.conftest import pages_of
from transfer.printing import print_document

FORM = Source("form")
LIVES = "{name} has lived in {unit} ({area}) as {role} since {since}. For {purpose}."


def said(outcome: Any) -> list[str]:
    return [text.to("en") for _, text in (*outcome.done, *outcome.skipped)]


def template(money: MoneyOffice, body: str = LIVES, **values: Any) -> int:
    given = {"name": f"T{len(money.rows('certificate_template'))}", "heading": "Certificate", "language": "en"}
    return money.make("certificate_template", **{**given, "body": body, **values})


def certificate(money: MoneyOffice, of: int, unit: int | None, who: str = "frontdesk", **values: Any) -> int:
    given = {"template": of, "resident": money.owners[unit or 1], "unit": unit, "purpose": "school", **values}
    return int(money.registry.store.create(money.people[who], "certificate", given, FORM))


def issue(money: MoneyOffice, id: int, who: str = "frontdesk") -> list[str]:
    return said(money.act(who, "certificate", "issue_certificate", id))


def printing(money: MoneyOffice, who: str, *ids: int) -> Any:
    asked_at = ASKED_AT.set("https://office.example.org")
    try:
        return print_document(money.registry, money.people[who], "certificate_paper", ids, {})
    finally:
        ASKED_AT.reset(asked_at)


def paper(money: MoneyOffice, who: str, id: int) -> str:
    return "".join(pages_of(printing(money, who, id).files[0][1]))


@pytest.fixture
def home(money: MoneyOffice) -> int:
    return money.unit("101", owner="Li Qin", handed_over_on="2021-05-04")


def test_a_template_with_an_unknown_placeholder_is_refused_at_its_text(money: MoneyOffice) -> None:
    with pytest.raises(Invalid) as wrong:
        template(money, "{naem} lives here")
    assert "{naem} is not known here" in wrong.value.problems["body"][0].to("en")


def test_a_draft_writes_itself_and_again_when_it_changes(money: MoneyOffice, home: int) -> None:
    id = certificate(money, template(money, kind="residence"), home, purpose=None)
    found = money.get("certificate", id)
    assert found["text"] == "Li Qin has lived in 1-1-101 (100.00 m²) as Owner since 4 May 2021. For 〔purpose〕."
    assert (found["kind"], found["heading"], found["state"]) == ("residence", "Certificate", "draft")
    assert issue(money, id) == ["Still missing: purpose. Fill it in, then issue it."]
    money.registry.store.update(money.people["frontdesk"], "certificate", id, {"purpose": "a visa"}, FORM)
    assert money.get("certificate", id)["text"].endswith("For a visa.")
    with pytest.raises(NotAllowed):
        money.registry.store.update(money.people["frontdesk"], "certificate", id, {"text": "Anything"}, FORM)


@pytest.mark.both_engines
def test_what_is_issued_stays_whatever_changes_behind_it(money: MoneyOffice, home: int) -> None:
    of = template(money, valid_days=30)
    id = certificate(money, of, home)
    assert issue(money, id) == ["ZM20260001 is issued."]
    found = money.get("certificate", id)
    assert (found["issued_by"], found["issued_at"]) == (money.people["frontdesk"].id, money.clock.now())
    assert found["valid_until"] == money.today + timedelta(days=29)
    money.set("certificate_template", of, body="{name}", heading="Other")
    money.set("resident", money.owners[home], name="Somebody else")
    for who in ("frontdesk", "supervisor", "director"):
        with pytest.raises(NotAllowed):
            money.registry.store.update(money.people[who], "certificate", id, {"purpose": "other"}, FORM)
    assert money.get("certificate", id)["text"] == found["text"]
    assert money.get("certificate", id)["heading"] == "Certificate"
    assert issue(money, id) and money.get("certificate", id).version == found.version


def test_a_number_is_never_left_out_and_a_void_one_keeps_it(money: MoneyOffice, home: int) -> None:
    of = template(money)
    first, second = certificate(money, of, home), certificate(money, of, home)
    issue(money, first)
    with pytest.raises(NotAllowed):
        money.step("frontdesk", "certificate", "void", first, void_reason="typo")
    with pytest.raises(Invalid):
        money.step("supervisor", "certificate", "void", first)
    money.step("supervisor", "certificate", "void", first, void_reason="typo")
    money.step("frontdesk", "certificate", "discard", second, void_reason="not needed")
    assert [row["number"] for row in money.rows("certificate", "number")] == ["ZM20260001", "ZM20260002"]
    for who in ("frontdesk", "supervisor", "director"):
        with pytest.raises(NotAllowed):
            money.registry.store.delete(money.people[who], "certificate", first, FORM)
    money.on("2027-01-04")
    assert money.get("certificate", certificate(money, of, home))["number"] == "ZM20270001"


def test_residence_takes_that_they_live_there_now(money: MoneyOffice, home: int) -> None:
    of, other = template(money, "{name}", must_live=True), money.unit("102", owner="Wang")
    stranger = certificate(money, of, home, resident=money.owners[other])
    assert "Wang does not live in 1-1-101" in issue(money, stranger)[0]
    assert "choose it first" in issue(money, certificate(money, of, None, resident=money.owners[home]))[0]
    assert "is issued" in issue(money, certificate(money, of, home))[0]


def test_paid_up_takes_that_nothing_is_due_and_says_no_amount(money: MoneyOffice, home: int) -> None:
    of = template(money, "{name} of {unit} owes nothing as of {issued_on}.", must_be_paid=True)
    bill = money.bill(home, amount="540.00", due_on=money.today - timedelta(days=1))
    id = certificate(money, of, home)
    refused = issue(money, id)[0]
    assert "still owes something that is due" in refused and "540" not in refused
    money.pay(bill, "540.00")
    assert "is issued" in issue(money, id)[0]
    assert money.get("certificate", id)["text"] == "Li Qin of 1-1-101 owes nothing as of 5 October 2026."


def test_a_template_out_of_use_issues_nothing(money: MoneyOffice, home: int) -> None:
    id = certificate(money, of := template(money, "{name}"), home)
    money.set("certificate_template", of, in_use=False)
    assert "is not in use any more" in issue(money, id)[0]


def test_who_issues_and_whose_a_steward_sees(money: MoneyOffice, home: int) -> None:
    other = money.unit("201", building="2", owner="Zhao")
    of = template(money, "{name}")
    mine, theirs = certificate(money, of, home, "steward1"), certificate(money, of, other)
    assert money.registry.scope.visible_ids(money.people["steward1"], "certificate", [mine, theirs]) == {mine}
    for who in ("steward1", "auditor", "assistant", "cashier", "security"):
        with pytest.raises(NotAllowed):
            issue(money, mine, who)


def test_a_certificate_prints_its_text_number_and_code_but_no_draft_and_no_void_one(
    money: MoneyOffice, home: int
) -> None:
    of = template(money)
    id, draft, void = (certificate(money, of, home) for _ in range(3))
    issue(money, id), issue(money, void)
    money.step("supervisor", "certificate", "void", void, void_reason="typo")
    outcome = printing(money, "frontdesk", id, draft, void)
    (page,) = pages_of(outcome.files[0][1])
    assert "ZM20260001" in page and "LiQinhaslivedin1-1-101" in page and "Issuedby" in page
    assert [(one, text.to("en")) for one, text in outcome.skipped] == [
        (draft, "It is not issued."), (void, "It is void and not printed."),
    ]  # fmt: skip
    assert money.registry.codes.read(KIND, money.registry.codes.sign(KIND, id)) == id


def test_an_id_number_is_printed_where_wanted_and_as_the_reader_may_see_it(money: MoneyOffice, home: int) -> None:
    money.set("resident", money.owners[home], id_type="passport", id_number="E12345678")
    plain, with_id = template(money, "{name}"), template(money, "{name}", shows_id=True)
    first, second = certificate(money, plain, home), certificate(money, with_id, home)
    issue(money, first), issue(money, second)
    printed = {who: [paper(money, who, id) for id in (first, second)] for who in ("supervisor", "frontdesk")}
    assert "E12345678" in printed["supervisor"][1] and "E12345678" not in printed["supervisor"][0]
    assert "E12345678" not in "".join(printed["frontdesk"]) and "Passport" in printed["frontdesk"][1]
    assert "E12345678" not in str(money.get("certificate", second).values)
