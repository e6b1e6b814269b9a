"""When two names may be one person's: spelt alike, sounding alike, or one character apart; by keys, never by pairs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from pypinyin import lazy_pinyin

SHORTEST = 3
"""Characters a name must have to be like one from which a single character differs."""
LONGEST = 40
_FIRST_HAN, _LAST_HAN = "\u3400", "\u9fff"


@lru_cache(maxsize=20_000)
def _sign(sign: str) -> str:
    return lazy_pinyin(sign)[0] if sign >= _FIRST_HAN else sign


def folded(name: str) -> str:
    """The letters, characters and digits of a name, wide ones narrow, small; nothing between them."""
    if name and min(name) >= _FIRST_HAN and max(name) <= _LAST_HAN:
        return name
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


@lru_cache(maxsize=20_000)
def sounding(name: str) -> str:
    """How a folded name sounds, without tones: 张伟, 張偉 and 章卫 alike."""
    return " ".join(map(_sign, name))


def nearly(name: str) -> Iterator[str]:
    """Keys that a folded name shares with those from which one character differs, is missing, or is in another place.

    The first character and every digit have to be the same: who has another family name, or another number, is
    somebody else.
    """
    if SHORTEST <= len(name) <= LONGEST:
        yield name
        for at in range(1, len(name)):
            if not name[at].isdigit():
                yield name[:at] + name[at + 1 :]
