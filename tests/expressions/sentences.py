"""Makes random expressions about the tables from a small grammar."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.expressions.tables import STATES, TAGS, WORDS

LEAVES = {
    "number": """area; price; rooms; house.floors; house.steward.points; actor.points; keeper.points; rent; dues;
        0; 1; 2.5; 0.05; -3; 99.99; 0.0001; (until - since); year(since); month(until); length(label);
        count(bill, via='unit'); sum(bill.amount, via='payer'); latest(bill.share, via='unit');
        sum(bill.amount, paid and due <= today, via='unit'); count(bill, amount > parent.area, via='unit');
        sum(bill.unit.area, via='payer'); sum(bill.amount, parent.house.old, via='unit')""",
    "factor": "area; rooms; price; -0.5; 1.01; 3",
    "divisor": "area; rooms; 3; -7; 0.05; house.floors; 0",
    "text": """label; note; house.label; house.steward.name; actor.name; (state + ''); month_text(since);
        latest(bill.title, via='unit')""",
    "date": """since; until; today; since + 30; until - 1; 7 + since; since + rooms; until - days(rooms);
        latest(bill.due, via='payer'); latest(bill.due, not paid, via='unit')""",
    "moment": "seen; now; seen + 1; now - days(2); seen - rooms",
    "ref": "keeper; actor; house.steward",
    "op": "==; !=; <; <=; >; >=",
    "condition": """sold; house.old; true; false; has_role('steward'); has_role('admin'); actor != null;
        house.steward == actor; house.steward != actor; keeper == house.steward; house.steward != null;
        house.steward == null; house == null; opens < '12:00'; opens >= '09:30'; since > '2026-03-01'; tags == null;
        friends == null; friends != null; actor in friends; keeper in friends; keeper not in friends;
        house.steward in friends; 'new' in actor.roles; house.steward.points == actor.points;
        house.label == actor.name; keeper in [actor, house.steward]; actor in [house.steward];
        state in ['let', 'own']; state not in ['let'];
        house.label in ['a', 'B', '']; house.floors in [0, 5.0, 10]; rooms not in [1, 2.50]; label in tags;
        exists(bill, via='unit'); exists(bill, due < parent.since and not paid, via='unit');
        exists(bill, payer.house.steward == actor, via='unit'); exists(bill, unit == parent.id, via='payer');
        exists(bill, length(parent.label) > 1, via='unit');
        exists(bill, 'new' in parent.tags and actor in unit.friends, via='payer');
        count(bill, unit.house.old, via='unit') > 0; exists(bill, payer.rent > parent.rent, via='unit');
        exists(bill, 'big' in unit.tags, via='payer');
        exists(bill, 'big' not in unit.tags, via='payer');
        exists(bill, actor not in unit.friends, via='payer'); exists(bill, unit.state == null, via='payer');
        exists(bill, unit.friends == null, via='payer')""",
}
COMPOUNDS = {
    "number": """({number} + {number}); ({number} - {number}); (-{number}); ({number} * {factor});
        ({number} / {divisor}); round({number}, 0); round({number}, 1); round({number}, 3);
        coalesce({number}, {number}); min({number}, {number}); max({number}, {number});
        if_({condition}, {number}, {number})""",
    "text": """({text} + {text}); lower({text}); coalesce({text}, {text}); min({text}, {text}); max({text}, {text});
        if_({condition}, {text}, {text})""",
    "date": "coalesce({date}, {date}); max({date}, {date}); if_({condition}, {date}, null)",
    "condition": """({number} {op} {number}); ({text} {op} {text}); ({date} {op} {date}); ({moment} {op} {moment});
        ({ref} == {ref}); ({condition} == {condition}); ({condition} and {condition}); ({condition} or {condition});
        (not {condition}); ({number} == null); ({text} != null); contains({text}, {text}); starts({text}, {text});
        ({number} < {number} <= {number})""",
}
_GAP = re.compile(r"\{(\w+)\}")


def _split(words: str) -> list[str]:
    return [" ".join(part.split()) for part in words.split(";")]


def _literal(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


LEAF = {kind: _split(words) for kind, words in LEAVES.items()}
LEAF["text"] += [_literal(word) for word in WORDS]
LEAF["condition"] += [f"'{tag}' {how} tags" for tag in TAGS for how in ("in", "not in")]
LEAF["condition"] += [f"state == '{state}'" for state in STATES]
LEAF["condition"] = [f"({words})" for words in LEAF["condition"]]
COMPOUND = {kind: _split(words) for kind, words in COMPOUNDS.items()}


@st.composite
def sentence(draw: Callable[..., Any], kind: str, depth: int) -> str:
    """An expression of ``kind``, at most ``depth`` levels deep."""

    def grown(kind: str, depth: int) -> str:
        choices = LEAF[kind] + (COMPOUND.get(kind, []) * 3 if depth else [])
        template = draw(st.sampled_from(choices))
        return _GAP.sub(lambda gap: grown(gap[1], depth - 1), template)

    return grown(kind, depth)
