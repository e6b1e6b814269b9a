"""Who lives in the demo estate, since when, and who lived there before (domain A3, A4, A5, A8)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from office.demo.draft import Draft, Ref
from office.demo.people import company, months_before, person

DAY = timedelta(days=1)


def add_households(draft: Draft) -> None:
    """Owners, families and tenants for every unit, with their leases and some history."""
    owners: list[Ref] = []
    for unit, values in draft.all("unit"):
        if values["state"] == "vacant" and draft.chance(0.45):
            continue
        owner = draft.random.choice(owners) if owners and draft.chance(0.05) else _owner(draft, values)
        owners.append(owner)
        _own(draft, unit, values, owner)
        if values["state"] == "occupied":
            _family(draft, unit, owner, values["handed_over_on"])
        elif values["state"] == "let" or (values["state"] == "shop" and draft.chance(0.5)):
            _let(draft, unit, values, owner)


def _owner(draft: Draft, unit: dict[str, Any]) -> Ref:
    return company(draft) if unit["kind"] == "shop" and draft.chance(0.4) else person(draft)


def _own(draft: Draft, unit: Ref, values: dict[str, Any], owner: Ref) -> None:
    """The owner's occupancy, after that of an earlier owner in one unit of ten."""
    began: date = values["handed_over_on"]
    entry = "handover"
    if draft.chance(0.1) and (draft.today - began).days > 400:
        changed = draft.ago(1, (draft.today - began).days - 200)
        draft.add("occupancy", unit=unit, resident=person(draft), role="owner", share=100, is_head=True,
                  started_on=began, ended_on=changed - DAY, entry="handover")  # fmt: skip
        began, entry = changed, "change_owner"
    joint = values["state"] == "occupied" and draft.chance(0.16)
    draft.add("occupancy", unit=unit, resident=owner, role="owner", share=50 if joint else 100, is_head=True,
              started_on=began, entry=entry)  # fmt: skip
    if joint:
        spouse = person(draft, ages=(25, 70))
        draft.add("occupancy", unit=unit, resident=spouse, role="joint_owner", share=50, started_on=began, entry=entry)


def _family(draft: Draft, unit: Ref, owner: Ref, since: date) -> None:
    if draft.chance(0.72):
        return
    surname = str(draft[owner]["name"])[0]
    relation, ages = draft.random.choice((("child", (3, 24)), ("parent", (58, 88)), ("spouse", (25, 70))))
    member = person(draft, surname=surname if relation == "child" else "", ages=ages)
    joined = max(since, draft.ago(20, 600))
    draft.add("occupancy", unit=unit, resident=member, role="family", relation=relation, started_on=joined,
              entry="joined")  # fmt: skip


def _let(draft: Draft, unit: Ref, values: dict[str, Any], owner: Ref) -> None:
    """A present tenant with a lease, and in some units an earlier one whose lease has ended."""
    rng = draft.random
    ends = draft.ahead(0, 30) if draft.chance(0.1) else draft.ahead(-15, 350)
    starts = months_before(ends, rng.choice((12, 12, 24)))
    rent = rng.randrange(18, 62) * 100
    tenant = company(draft) if values["kind"] == "shop" else person(draft, ages=(20, 55))
    terms: dict[str, Any] = {"unit": unit, "landlord": owner, "rent": rent, "deposit": rent, "cycle": "monthly"}
    draft.add("lease", tenant=tenant, starts_on=starts, ends_on=ends, state="active",
              contract_number=f"YB-{starts:%y%m%d}-{len(draft.records['lease']) + 1:03}", **terms)  # fmt: skip
    draft.add("occupancy", unit=unit, resident=tenant, role="tenant", started_on=starts, entry="rented")
    if values["kind"] == "residence" and draft.chance(0.2):
        _temporary_residence(draft, unit, tenant, owner, starts, ends)
    if draft.chance(0.25) and values["handed_over_on"] < months_before(starts, 13):
        left = starts - draft.random.randint(2, 40) * DAY
        began = months_before(left, 12)
        before = person(draft, ages=(20, 55))
        draft.add("lease", tenant=before, starts_on=began, ends_on=left, ended_on=left, state="ended", **terms)
        draft.add("occupancy", unit=unit, resident=before, role="tenant", started_on=began, ended_on=left,
                  entry="rented")  # fmt: skip


def _temporary_residence(draft: Draft, unit: Ref, tenant: Ref, owner: Ref, starts: date, ends: date) -> None:
    n = len(draft.records["temporary_residence"]) + 1
    foreign = draft.chance(0.1)
    if foreign:
        draft[tenant].update(id_type="passport", id_number=f"E{n:08}", nationality="样板国")
    registered = draft.chance(0.85)
    draft.add(
        "temporary_residence",
        person=tenant,
        unit=unit,
        landlord=owner,
        starts_on=starts,
        ends_on=ends,
        registration_number=f"ZZ{starts:%Y}{n:05}" if registered else None,
        registered_on=starts + DAY if registered else None,
        is_foreign=foreign,
        visa_expires_on=draft.ahead(5, 400) if foreign else None,
        reason="务工" if not foreign else "学习",
    )
