"""Words for people, in Chinese and English, chosen by the reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Locale = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """A label or sentence in both languages, with the values that fill its ``{gaps}``.

    A value may itself be a Text; it is then said in the same language.
    """

    zh: str
    en: str
    values: tuple[tuple[str, Any], ...] = field(default=())

    def with_(self, **values: Any) -> Text:
        """The same sentence with these gaps filled."""
        return Text(self.zh, self.en, (*self.values, *values.items()))

    def to(self, locale: str) -> str:
        """The sentence in ``locale`` ('zh' or anything else for English)."""
        words = self.zh if locale.startswith("zh") else self.en
        if not self.values:
            return words
        gaps = {k: v.to(locale) if isinstance(v, Text) else v for k, v in self.values}
        return words.format(**gaps)

    def __str__(self) -> str:
        return self.to("en")


def same(words: str) -> Text:
    """A Text that reads alike in both languages."""
    return Text(words, words)


class BadValue(ValueError):
    """A value that a field cannot take; ``text`` says what is wrong and what would be right."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.to("en"))
        self.text = text
