"""What the people of the demo estate park and walk: spaces, vehicles, passes, dogs (domain A6, A7)."""

from __future__ import annotations

from datetime import timedelta

from office.demo.draft import Draft, Ref

BRANDS = ("云雀", "山鹰", "麦浪", "晨星", "竹马", "远帆")
COLORS = tuple("白黑灰蓝红银")
BREEDS = ("柴犬", "金毛", "泰迪", "柯基", "拉布拉多", "田园犬", "比熊")
DOGS = ("豆包", "年糕", "旺财", "可乐", "芝麻", "布丁", "米粒", "汤圆")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def add_belongings(draft: Draft) -> None:
    """Parking for about a third of the homes, some dogs, and a few temporary parkers."""
    homes = _homes(draft)
    for n, (unit, resident) in enumerate(draft.random.sample(homes, len(homes) * 2 // 5)):
        _add_vehicle(draft, n, unit, resident)
    for unit, resident in draft.random.sample(homes, len(homes) // 9):
        _add_dog(draft, unit, resident)
    for n in range(len(homes) // 10):
        draft.add("parking_space", lot="B1", number=f"L{n + 1:03}", kind="temporary", area="12.50")
        _add_parking_fee(draft, n)


def _homes(draft: Draft) -> list[tuple[Ref, Ref]]:
    """(unit, resident) of those who live in their unit now: the owner at home, or the tenant."""
    found = []
    for _, row in draft.all("occupancy"):
        state = draft[row["unit"]]["state"]
        lives = row["role"] == "tenant" or (row["role"] == "owner" and state == "occupied")
        if "ended_on" not in row and lives and draft[row["resident"]].get("kind") != "company":
            found.append((row["unit"], row["resident"]))
    return found


def _add_vehicle(draft: Draft, n: int, unit: Ref, owner: Ref) -> None:
    rng = draft.random
    plate = f"云I{rng.choice(LETTERS)}{n:04}" if n < 10_000 else f"云I{n:05}"
    space = _add_space(draft, n, unit, owner) if draft.chance(0.85) else None
    vehicle = draft.add("vehicle", plate=plate, kind="car", brand=rng.choice(BRANDS), color=rng.choice(COLORS),
                        owner=owner, unit=unit, space=space)  # fmt: skip
    if draft.chance(0.93):
        valid_to = draft.ahead(0, 30) if draft.chance(0.12) else draft.ahead(-10, 360)
        draft.add("vehicle_pass", vehicle=vehicle, space=space, valid_from=valid_to - timedelta(days=365),
                  valid_to=valid_to, state="active" if draft.chance(0.96) else "lost")  # fmt: skip


def _add_space(draft: Draft, n: int, unit: Ref, holder: Ref) -> Ref:
    owned = draft.chance(0.4)
    ends = None if owned else draft.ahead(3, 360)
    starts = ends - timedelta(days=365) if ends else draft.ago(200, 1500)
    return draft.add(
        "parking_space", lot="B1" if n % 2 else "B2", number=f"{n + 1:03}", kind="owned" if owned else "rented",
        area="12.72", holder=holder, unit=unit, starts_on=starts, ends_on=ends,
    )  # fmt: skip


def _add_parking_fee(draft: Draft, n: int) -> None:
    day = draft.ago(0, 40)
    entered = draft.at(day, draft.random.randint(8, 17))
    hours = draft.random.randint(1, 5)
    draft.add(
        "parking_fee",
        plate=f"云I{n:04}{draft.random.choice(LETTERS)}",
        entered_at=entered,
        left_at=entered + timedelta(hours=hours),
        amount=hours * 3,
        method=draft.random.choice(("cash", "wechat", "alipay")),
        taken_by=draft.user("security", "cashier"),
        taken_on=day,
        state="reversed" if draft.chance(0.04) else "collected",
    )


def _add_dog(draft: Draft, unit: Ref, owner: Ref) -> None:
    rng = draft.random
    n = len(draft.records["pet"]) + 1
    expires = draft.ahead(0, 30) if draft.chance(0.2) else draft.ahead(-40, 350)
    licensed = draft.chance(0.8)
    draft.add(
        "pet",
        name=rng.choice(DOGS),
        owner=owner,
        unit=unit,
        breed=rng.choice(BREEDS),
        sex=rng.choice(("male", "female")),
        color=rng.choice(("黄", "白", "黑", "棕")),
        licence_number=f"样犬{expires:%Y}{n:04}" if licensed else None,
        licence_expires_on=expires if licensed else None,
        vaccinated_on=draft.ago(5, 500),
    )
