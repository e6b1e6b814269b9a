"""Which language a page speaks, and the catalogues it takes its words from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import cast

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel

from schema.text import Locale, Text

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"
BABEL_NAMES = {"zh": "zh_Hans_CN", "en": "en"}
"""Plain ``zh`` falls back to English in flask-admin's catalogue."""
HTML_NAMES = {"zh": "zh-CN", "en": "en"}


def current_locale() -> Locale:
    """The account's language; before sign-in the one chosen in this browser, else the browser's own, else Chinese."""
    if not has_request_context():
        return "zh"
    if "locale" not in g:
        g.locale = _find_locale()
    return cast(Locale, g.locale)


def _find_locale() -> Locale:
    actor = g.get("actor")
    if actor is not None:
        return cast(Locale, actor.locale)
    chosen = session.get("locale")
    if chosen in BABEL_NAMES:
        return cast(Locale, chosen)
    return "en" if request.accept_languages.best_match(["zh", "en"], "zh") == "en" else "zh"


def say(text: Text | str | None) -> str:
    """``text`` in the language of the page; '' for none, and a plain string as it is."""
    if text is None:
        return ""
    return text.to(current_locale()) if isinstance(text, Text) else text


def set_up_locale(app: Flask, translations: Path = TRANSLATIONS) -> None:
    """Give ``app`` its catalogues, ``_()`` in templates, and ``|say`` for a Text."""
    compile_catalogues(translations)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    Babel(app, default_locale="zh_Hans_CN", locale_selector=lambda: BABEL_NAMES[current_locale()])
    _use_catalogues(app, translations)
    app.jinja_env.filters["say"] = say
    app.jinja_env.globals["say"] = say


def _use_catalogues(app: Flask, translations: Path) -> None:
    """Let ``_()`` in templates go straight to its catalogue: a page says it dozens of times."""
    known = {locale: Translations.load(translations, [name]) for locale, name in BABEL_NAMES.items()}
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda words: known[current_locale()].gettext(words),
        ngettext=lambda one, many, n: known[current_locale()].ngettext(one, many, n),
        newstyle=True,
    )


def compile_catalogues(translations: Path) -> list[Path]:
    """The .mo files written anew because a .po file is newer.

    All ``<locale>/*.po`` of a language make one catalogue, so that each part of the screens keeps a file of its own.
    """
    written = []
    for folder in sorted(path for path in translations.iterdir() if path.is_dir()):
        sources = sorted(folder.glob("*.po"))
        compiled = folder / "LC_MESSAGES" / "messages.mo"
        if sources and _is_older(compiled, sources):
            _compile(sources, compiled, folder.name)
            written.append(compiled)
    return written


def _is_older(compiled: Path, sources: Iterable[Path]) -> bool:
    return not compiled.exists() or compiled.stat().st_mtime < max(source.stat().st_mtime for source in sources)


def _compile(sources: Iterable[Path], compiled: Path, locale: str) -> None:
    whole = Catalog(locale=locale)
    for source in sources:
        with source.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id and message.string:
                    whole[message.id] = message
    compiled.parent.mkdir(exist_ok=True)
    fresh = compiled.with_suffix(".new")
    with fresh.open("wb") as file:
        write_mo(file, whole)
    fresh.replace(compiled)
