"""The ways a read or a write is refused, each with a sentence for the person who asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from schema.text import Text, same

if TYPE_CHECKING:
    from models.record import Record

Problems = Mapping[str, list[Text]]
"""What is wrong, by field name; '' is the record as a whole."""


class Refused(Exception):
    """Something was not done; ``text`` says what, where and what would be right."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.to("en"))
        self.text = text


class NotFound(Refused):
    """There is no such record for this actor: it does not exist, or is out of scope. Both read alike."""

    def __init__(self, label: Text) -> None:
        words = Text("没有这条{label}，或者您无权查看。", "There is no such {label}, or you may not see it.")
        super().__init__(words.with_(label=label))


class NotAllowed(Refused):
    """The actor lacks a grant, or the record would lie outside the actor's scope."""


class Invalid(Refused):
    """Values that cannot be saved; ``problems`` has the sentences by field."""

    def __init__(self, problems: Problems, labels: Mapping[str, Text] | None = None) -> None:
        self.problems = dict(problems)
        super().__init__(_joined(self.problems, labels or {}))


class Unconfirmed(Invalid):
    """Values that can be saved once the fields among ``problems`` are filled in with a reason."""


class Duplicate(Invalid):
    """Another record already has this key; ``other`` is its id where the actor may see it."""

    def __init__(self, problems: Problems, labels: Mapping[str, Text] | None = None, other: int | None = None) -> None:
        super().__init__(problems, labels)
        self.other = other


class Stale(Refused):
    """Someone else saved the record meanwhile; nothing was written.

    ``theirs`` is the record as it now is, ``mine`` what the actor meant to write,
    ``fields`` the names on which the two differ.
    """

    def __init__(self, theirs: Record, mine: Mapping[str, Any], fields: Iterable[str]) -> None:
        super().__init__(
            Text(
                "“{title}”在您打开之后已被别人修改，您的修改尚未保存。",
                "“{title}” was changed by someone else after you opened it; your changes are not saved yet.",
            ).with_(title=theirs.title)
        )
        self.theirs, self.mine, self.fields = theirs, dict(mine), tuple(fields)


class StillReferred(Refused):
    """A record cannot be deleted because others point at it; the sentence names them."""


def _joined(problems: Problems, labels: Mapping[str, Text]) -> Text:
    """One sentence of all the problems, each behind its field's label."""
    said = [(labels.get(name, same(name)), text) for name, texts in problems.items() for text in texts]
    zh = " ".join(f"{label.to('zh')}：{text.to('zh')}" if label.zh else text.to("zh") for label, text in said)
    en = " ".join(f"{label.to('en')}: {text.to('en')}" if label.en else text.to("en") for label, text in said)
    return Text(zh, en)
