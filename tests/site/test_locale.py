"""The catalogues: complete, and compiled when they change."""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from babel.support import Translations

from admin_views.locale import TRANSLATIONS, compile_catalogues

ROOT = Path(__file__).resolve().parent.parent.parent
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"newstyle": "true", "trimmed": "true"}}
ENTRY = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Hello"\nmsgstr "{}"\n'


def said() -> dict[str, str]:
    """Every sentence the screens say through gettext, and a place where."""
    found = extract_from_dir(
        ROOT / "admin_views", METHODS, OPTIONS, keywords={"_": None, "gettext": None, "ngettext": (1, 2)}
    )
    return {m if isinstance(m, str) else m[0]: f"{file}:{line}" for file, line, m, _, _ in found}


def test_every_sentence_has_its_chinese_words_with_the_same_gaps() -> None:
    known = {}
    for path in sorted((TRANSLATIONS / "zh_Hans_CN").glob("*.po")):
        with path.open("rb") as file:
            known.update({m.id if isinstance(m.id, str) else m.id[0]: m for m in read_po(file) if m.id})
    assert {words: place for words, place in said().items() if words not in known or not known[words].string} == {}
    assert [m.id for m in known.values() if list(m.check())] == []


def test_a_catalogue_is_compiled_when_it_is_new_or_changed_and_only_then(tmp_path: Path) -> None:
    folder = tmp_path / "zh_Hans_CN"
    folder.mkdir()
    (folder / "one.po").write_text(ENTRY.format("你好"))
    compiled = folder / "LC_MESSAGES" / "messages.mo"
    assert compile_catalogues(tmp_path) == [compiled]
    assert compile_catalogues(tmp_path) == []
    (folder / "one.po").write_text(ENTRY.format("您好"))
    os.utime(folder / "one.po", (compiled.stat().st_mtime + 5,) * 2)
    assert compile_catalogues(tmp_path) == [compiled]
    assert Translations.load(tmp_path, ["zh_Hans_CN"]).gettext("Hello") == "您好"
