"""Text cut into the ASCII tokens that the search index keeps, and a person's words cut the same way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from models.storage.natural_order import sound

PINYIN_LIMIT = 12
"""Runs of Chinese up to this long are also found by their sound (names, not stories)."""
SUFFIX_FROM = 4
"""A number is also found by its last four digits and more."""
_GAP = " zzgap "
_SHORT = 40
_PIECE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[a-z0-9]+")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")


def pieces(text: str) -> list[str]:
    """Runs of Chinese characters and runs of letters and digits, folded to one form."""
    return _PIECE.findall(unicodedata.normalize("NFKC", text).casefold())


def index_tokens(text: str) -> list[list[str]]:
    """Runs of tokens of a value; tokens of one run stand next to each other, runs apart.

    Chinese gives its character pairs, single characters, full sound and initials
    (张伟 → pair, 张, 伟, zhangwei, zw); a long number also its endings. What is only looked for by itself shares a run.
    """
    runs: list[list[str]] = []
    words: list[str] = []
    alone: list[str] = []
    for part in text.split(" "):
        its_words, its_runs, its_alone = _cut(part)
        words += its_words
        runs += its_runs
        alone += its_alone
    return [run for run in (words, *runs, alone) if run]


@lru_cache(maxsize=5000)
def _cut(part: str) -> tuple[list[str], list[list[str]], list[str]]:
    """The words, the runs of pairs and what is looked for alone of what stands between two spaces."""
    if part.isascii():
        plain = _PIECE.findall(part.lower())
        return plain, [], [ending for word in plain if len(word) > SUFFIX_FROM for ending in _endings(word)]
    runs: list[list[str]] = []
    words: list[str] = []
    alone: list[str] = []
    for piece in pieces(part):
        if _HAN.match(piece):
            if len(piece) > 1:
                runs.append(_pairs(piece))
            alone += _han_alone(piece)
        else:
            words.append(piece)
            alone += _endings(piece)
    return words, runs, alone


def index_text(text: str) -> str:
    """The runs of a value as one text, with a word between them that nobody looks for."""
    if text.isascii() and text.isalnum():
        return _plain_text(text)
    return _short_text(text) if len(text) <= _SHORT else _mixed_text(text)


def _plain_text(word: str) -> str:
    """``index_text`` of one word of letters and digits, such as a telephone number."""
    if len(word) > 8 and word.isdigit():
        return f"{word}{_GAP}{word[-4:]} {word[-5:]} {word[-6:]} {word[-7:]} {word[-8:]}"
    endings = _endings(word)
    return f"{word.lower()}{_GAP}{' '.join(endings)}" if endings else word.lower()


def _mixed_text(text: str) -> str:
    words, runs, alone = zip(*map(_cut_text, text.split(" ")), strict=True)
    return _GAP.join(filter(None, (_spaced(words), *filter(None, runs), _spaced(alone))))


@lru_cache(maxsize=5000)
def _cut_text(part: str) -> tuple[str, str, str]:
    """``_cut`` with each kind written out."""
    words, runs, alone = _cut(part)
    return " ".join(words), _GAP.join(map(" ".join, runs)), " ".join(alone)


def _spaced(texts: Iterable[str]) -> str:
    return " ".join(filter(None, texts))


_short_text = lru_cache(maxsize=5000)(_mixed_text)
"""Names come again and again where many records are made."""


def query_phrases(text: str) -> list[tuple[list[str], bool]]:
    """What must be found: phrases of adjacent tokens, and whether the last token may go on."""
    phrases: list[tuple[list[str], bool]] = []
    for part in text.split():
        words: list[str] = []
        for piece in pieces(part):
            if _HAN.match(piece):
                phrases.append((_pairs(piece) if len(piece) > 1 else [_han_token(piece)], False))
            else:
                words.append(piece)
        if words:
            phrases.append((words, True))
    return phrases


def contained_tokens(text: str) -> list[str]:
    """Tokens of every value that contains ``text``: its Chinese pairs (a part of a word could stand anywhere)."""
    found: list[str] = []
    for piece in pieces(text):
        if _HAN.match(piece):
            found += _pairs(piece) if len(piece) > 1 else [_han_token(piece)]
    return found


@lru_cache(maxsize=20_000)
def _han_alone(run: str) -> tuple[str, ...]:
    """The single characters of a run, and how it sounds."""
    found = [_han_token(c) for c in dict.fromkeys(run)]
    if len(run) <= PINYIN_LIMIT:
        syllables = sound(run)
        found.append("".join(syllables))
        if len(run) > 1:
            found.append("".join(s[0] for s in syllables if s))
    return tuple(found)


def _pairs(run: str) -> list[str]:
    return [_han_token(run[i : i + 2]) for i in range(len(run) - 1)]


def _han_token(characters: str) -> str:
    return "".join(f"u{ord(c):x}" for c in characters)


def _endings(word: str) -> list[str]:
    if not word.isdigit() or len(word) <= SUFFIX_FROM:
        return []
    return [word[-n:] for n in range(SUFFIX_FROM, min(len(word), 9))]
