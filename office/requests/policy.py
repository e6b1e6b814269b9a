"""What follows from the kind and the trade of a request: ``settings: requests`` (S1, S4)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from schema.problems import Path
from schema.settings import claim, setting
from schema.text import Text
from schema.written import Names, Part

if TYPE_CHECKING:
    from schema.spec import Schema

Then = Literal["dispatch", "answer", "leave"]
NOT_THERE = Text("没有 {of} “{code}”", "there is no {of} '{code}'")


class KindRule(Part):
    """What follows from the kind of a request."""

    then: Then = "dispatch"
    """What the desk offers first: send it to somebody, answer at once, or leave it open."""
    department: str = ""
    """The department's name; '' is that of the trade."""
    priority: str = ""
    """The code of its priority; '' is the field's own default."""
    told: Names = ()
    """Roles that are told at once."""


class TradeRule(Part):
    """What tells a trade, and whose work it is."""

    department: str = ""
    """The department's name."""
    words: Names = ()
    """Words in the matter of a request that tell it."""


def _misfits(schema: Schema, policy: Any) -> Iterator[tuple[Path, Text]]:
    """Codes and roles that are not there."""
    known: dict[str, Collection[str]] = {
        name: schema.choices.get(name, {}) for name in ("request_kind", "trade", "priority")
    }
    known["role"] = schema.roles
    for kind, rule in policy.kinds.items():
        yield from _unknown(("kinds", kind), "request_kind", kind, known)
        if rule.priority:
            yield from _unknown(("kinds", kind, "priority"), "priority", rule.priority, known)
        for n, role in enumerate(rule.told):
            yield from _unknown(("kinds", kind, "told", n), "role", role, known)
    for trade in policy.trades:
        yield from _unknown(("trades", trade), "trade", trade, known)
    for n, role in enumerate(policy.arrears_for):
        yield from _unknown(("arrears_for", n), "role", role, known)


def _unknown(path: Path, of: str, code: str, known: Mapping[str, Collection[str]]) -> Iterator[tuple[Path, Text]]:
    if code not in known[of]:
        yield path, NOT_THERE.with_(of=of, code=code)


@setting("requests", check=_misfits)
class RequestPolicy(Part):
    """How requests are taken; a kind or trade without a rule of its own has the defaults."""

    kinds: dict[str, KindRule] = Field(default_factory=dict)
    """By the code of the kind."""
    trades: dict[str, TradeRule] = Field(default_factory=dict)
    """By the code of the trade."""
    similar_days: int = Field(90, ge=1, le=3650)
    """How young an open request is that may be the same as a new one."""
    close_after: int = Field(7, ge=1, le=366)
    """Days after which what was solved closes by itself, where nobody is to be called or to sign."""
    arrears_for: Names = ()
    """Roles that see whether a household owes; never how much."""

    def kind(self, code: str | None) -> KindRule:
        """The rule of a kind."""
        return self.kinds.get(code or "", _PLAIN)

    def trade_of(self, matter: str) -> str | None:
        """The trade that the words of a matter tell: that of the longest word in it; None where none does."""
        found = matter.casefold()
        words = ((word, code) for code, rule in self.trades.items() for word in rule.words)
        told = [(len(word), code) for word, code in words if word.casefold() in found]
        return max(told, key=lambda one: one[0])[1] if told else None

    def department_of(self, kind: str | None, trade: str | None) -> str:
        """The name of the department a request goes to: the kind's, else the trade's; '' for none."""
        rule = self.trades.get(trade or "")
        return self.kind(kind).department or (rule.department if rule else "")


_PLAIN = KindRule()


def policy_of(schema: Schema) -> RequestPolicy:
    """The rules of an office; one without any has the defaults."""
    return claim(schema, "requests", RequestPolicy)


def words_by_trade(policy: RequestPolicy) -> Mapping[str, tuple[str, ...]]:
    """The words that tell each trade, as the desk's page wants them."""
    return {code: tuple(rule.words) for code, rule in policy.trades.items() if rule.words}
