"""Danish first, English complete: nothing untranslated on any page."""

import io
import re
import subprocess
import sys
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.app.web.catalogues import ENGLISH, ROOT, catalogue

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
SPOKEN = re.compile(r'(?:aria-label|title|placeholder|alt)="([^"]*)"')
NO_TEXT = {"Sluse", *"nsuxjkdbmgfrtlc", "Enter", "Esc", "lt", "gt"}


def test_every_danish_text_has_an_english_one(tmp_path: Path) -> None:
    pot = tmp_path / "messages.pot"
    command = [str(Path(sys.executable).parent / "pybabel"), "-q", "extract", "-F", "babel.cfg", "-k", "_l", "-k", "_"]
    subprocess.run([*command, "-o", str(pot), "app", "templates"], cwd=ROOT, check=True)
    with pot.open("rb") as file:
        wanted = {message.id for message in read_po(file) if message.id}
    english = {message.id: message.string for message in catalogue() if message.id}
    assert wanted == set(english), "run: make translations"
    assert [message.id for message in catalogue() if message.fuzzy and message.id] == []
    empty = [key for key, text in english.items() if not text or (isinstance(text, tuple) and not all(text))]
    assert empty == []


def test_placeholders_survive_translation() -> None:
    for message in catalogue():
        if message.id:
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            danish_texts = message.id if isinstance(message.id, tuple) else (message.id,)
            for text, danish in zip(texts, danish_texts, strict=True):
                assert set(re.findall(r"%\(\w+\)s", text)) == set(re.findall(r"%\(\w+\)s", danish)), danish


def test_the_compiled_catalogue_is_fresh() -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue())
    compiled.seek(0)
    with (ENGLISH / "messages.mo").open("rb") as file:
        assert texts(GNUTranslations(file)) == texts(GNUTranslations(compiled)), "run: make translations"


def texts(translations: GNUTranslations) -> dict[object, str]:
    """All texts but the header, which holds a date."""
    found: dict[object, str] = translations._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in found.items() if key}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_text_stands_outside_the_catalogue(template: Path) -> None:
    source = JINJA.sub(" ", template.read_text(encoding="utf-8"))
    spoken = SPOKEN.findall(source) + re.findall(r">([^<]*)<", re.sub(r"<head>.*?</head>", "", source, flags=re.DOTALL))
    words = {word for text in spoken for word in re.findall(r"[A-Za-zÆØÅæøå]+", text)}
    assert words <= NO_TEXT
