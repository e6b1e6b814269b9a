"""Made-up people: names out of syllables, numbers that belong to nobody."""

from __future__ import annotations

from datetime import date, timedelta

from office.demo.draft import Draft, Ref
from schema.types.codes import check_digit

SURNAMES = tuple("云山禾竹松溪岚沐晴雪枫桐星月川青")
GIVEN = tuple("小大一可乐知安明远舟禾朵果灯帆砚笙苗朗言茶鹿鸢麦点皮圆方")
TRADES = ("面馆", "书屋", "花店", "文具店", "果蔬店", "药房", "理发店", "洗衣店", "水站", "便利店", "茶铺", "修理铺")
EMPLOYERS = ("样板仪器厂", "云朵软件社", "远山小学", "竹溪医院", "星灯设计所", "麦田食品厂")
OCCUPATIONS = ("教师", "工程师", "医生", "厨师", "店员", "会计", "司机", "设计师", "学生", "退休")
HOBBIES = ("书法", "太极", "摄影", "棋牌", "广场舞", "养花", "钓鱼", "乒乓球", "合唱", "阅读")
STRENGTHS = ("外语", "木工", "电工", "急救", "财务", "烘焙", "绘画", "乐器")
NO_COUNTY = "119999"
"""An area code that was never given out."""
NO_SUBSCRIBER = "1900000"
"""A block of mobile numbers without subscribers."""


def person(draft: Draft, *, surname: str = "", ages: tuple[int, int] = (22, 75)) -> Ref:
    """One more resident with a file more or less filled in."""
    rng = draft.random
    n = len(draft.records["resident"])
    sex = rng.choice(("male", "female"))
    born = draft.ago(ages[0] * 365, ages[1] * 365)
    age = (draft.today - born).days // 365
    return draft.add(
        "resident",
        name=made_up_name(draft, surname),
        sex=sex,
        phone=f"{NO_SUBSCRIBER}{n % 10_000:04}" if age >= 12 and draft.chance(0.96) else None,
        id_type="resident_id",
        id_number=id_number(born, n, sex) if draft.chance(0.9) else None,
        birthday=born,
        employer=rng.choice(EMPLOYERS) if 22 < age < 60 and draft.chance(0.4) else None,
        occupation=rng.choice(OCCUPATIONS) if age > 18 and draft.chance(0.5) else None,
        hobbies=rng.choice(HOBBIES) if draft.chance(0.4) else None,
        strengths=rng.choice(STRENGTHS) if draft.chance(0.15) else None,
        care=_care(draft, age),
        **_consent(draft, n),
    )


def company(draft: Draft) -> Ref:
    """One more shopkeeper, as a company."""
    n = len(draft.records["resident"])
    name = f"{draft.random.choice(SURNAMES)}{draft.random.choice(GIVEN)}{draft.random.choice(TRADES)}（演示）"
    phone = f"{NO_SUBSCRIBER}{n % 10_000:04}"
    return draft.add("resident", kind="company", name=name, phone=phone, **_consent(draft, n))


def made_up_name(draft: Draft, surname: str = "") -> str:
    """A name like 云小舟."""
    given = draft.random.sample(GIVEN, 2 if draft.chance(0.8) else 1)
    return (surname or draft.random.choice(SURNAMES)) + "".join(given)


def id_number(born: date, n: int, sex: str) -> str:
    """A resident ID with a right check digit and an area that does not exist; odd orders are male."""
    order = (n * 2 + (1 if sex == "male" else 0)) % 1000
    first = f"{NO_COUNTY}{born:%Y%m%d}{order:03}"
    return first + check_digit(first)


def _care(draft: Draft, age: int) -> tuple[str, ...] | None:
    if age >= 68 and draft.chance(0.25):
        return ("elderly_alone", "ill") if draft.chance(0.2) else ("elderly_alone",)
    return (draft.random.choice(("disabled", "ill")),) if draft.chance(0.015) else None


def _consent(draft: Draft, n: int) -> dict[str, object]:
    if draft.chance(0.15):
        return {
            "consents": ("data", "id_number", "bank"), "consented_on": draft.ago(30, 900),
            "bank": "样板银行", "account": f"900000{n:010}",
        }  # fmt: skip
    return {"consents": ("data",), "consented_on": draft.ago(30, 900)} if draft.chance(0.6) else {}


def months_before(day: date, months: int) -> date:
    """About that many months earlier."""
    return day - timedelta(days=round(months * 30.44))
