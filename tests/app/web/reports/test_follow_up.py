"""The quarterly follow-up: the same on the page, in the PDF and in the spreadsheet, and safe whoever writes what into it."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.deadlines import local_day
from app.errors import RefusedError
from app.models.enquiry_facts import EnquiryFactsRow
from app.models.unit import ServiceArea, Unit
from app.web.reports import document, document_excel, document_pdf
from app.web.reports.charts import Series, Table, Words, columns
from app.web.reports.document import Amount, Document, Grid, Line, Section
from tests.app.queries.reports.test_punctuality import filled
from tests.app.web.conftest import SignIn
from tests.town import PARK, ROAD, Town

ADDRESS = "/tal/opfoelgning"
AUTUMN = "?periode=2026-09-01..2026-11-23"
THIS_YEAR = local_day(datetime.now(UTC)).year
HOSTILE = (
    '=HYPERLINK("https://x.example.org","Park")<script>&{{7*7}}#read("/etc/passwd")[$x$] \\ `raw` @ref <lbl> // /* "'
)
MADE = datetime(2026, 11, 30, 20, tzinfo=UTC)


def book(content: bytes) -> Workbook:
    return load_workbook(BytesIO(content))


def text_of(pdf: bytes) -> str:
    """Return a PDF's text, as anybody's reader finds it."""
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def tags(pdf: bytes) -> list[str]:
    """Return the types of a PDF's structure elements, in reading order."""
    found: list[str] = []

    def walk(element: Any) -> None:
        if isinstance(element, pikepdf.Array):
            for each in element:
                walk(each)
        elif isinstance(element, pikepdf.Dictionary):
            if "/S" in element and "/P" in element:
                found.append(str(element.S) + (" with words" if "/Alt" in element else ""))
            if "/K" in element:
                walk(element.K)

    with pikepdf.open(BytesIO(pdf)) as opened:
        walk(opened.Root.StructTreeRoot.K)
    return found


def a_document(text: str) -> Document:
    """Return a document in which each text is the given one, and each kind of cell occurs."""
    rows = [[text, Amount(3, of=4), Amount(1), date(2026, 11, 30), None]]
    grid = Grid("g", text, [text] * 5, rows)
    chart = columns(Words(text, text, text, text, Table((), ()), [text]), [Series(text, "auto", [1])], str)
    line = Line(
        text, text, text, text, Amount(3, of=100, share=0.03, low=0.01, high=0.07), [None, Amount(0.5)], True, True
    )
    section = Section(text, text, [text], [line], [document.picture(chart, grid)], [grid])
    return Document(text, text, text, text, text, MADE, "da", [(text, text)], [text], (text,) * 3, [section], [text])


def hostile_town(town: Town) -> None:
    with database.write(town.container.engine) as session:
        session.get_one(Unit, town.units[PARK]).name = HOSTILE
        session.get_one(Unit, town.units[ROAD]).name = "=1+1"
        for area in session.query(ServiceArea):
            area.name = f"@SUM(A1) {area.id}"


def test_page_pdf_and_spreadsheet_say_the_same(town: Town, sign_in: SignIn) -> None:
    filled(town)
    client = sign_in(Role.MANAGER)
    page = client.get(f"{ADDRESS}/{AUTUMN}")
    pdf, excel = client.get(f"{ADDRESS}/pdf{AUTUMN}"), client.get(f"{ADDRESS}/excel{AUTUMN}")
    assert [each.status_code for each in (page, pdf, excel)] == [200] * 3
    assert pdf.mimetype == "application/pdf"
    assert excel.headers["Content-Disposition"] == "attachment; filename=sluse-2026-09-01..2026-11-23.xlsx"
    shown, printed = plain(page.text), "".join(text_of(pdf.data).split()).replace("\u00ad", "").replace("-", "")
    head, *rows = book(excel.data)["Tal"].iter_rows(values_only=True)
    assert len(rows) > 40
    for row in rows:
        assert row[2] in shown
        assert "".join(str(row[2]).split()) in printed
        value, of, share = row[5:8]
        if of:
            assert f"{value} af {of}" in shown
            assert f"{value}af{of}" in printed
        assert (share is None) == (not of or of < 59)
    assert str(head[5]).endswith(": værdi")


@pytest.mark.parametrize(
    ("asked", "others", "said"),
    [
        (
            "2026-09-01..2026-11-23",
            ["9. jun. 2026 – 31. aug. 2026"],
            "1. sep. 2025 – 23. nov. 2025, så den sammenligning",
        ),
        ("2026", [], "så der er intet at sammenligne med."),
        ("2026-K2", [], "i 1. kvartal 2026 og 2. kvartal 2025, så der er intet at sammenligne med."),
        (str(THIS_YEAR + 1), [str(THIS_YEAR)], ""),
    ],
)
def test_nothing_is_compared_twice_or_with_a_time_before_the_first_mail(
    town: Town, sign_in: SignIn, asked: str, others: list[str], said: str
) -> None:
    filled(town)
    in_june = datetime(2026, 6, 10, 9, tzinfo=UTC)
    with database.write(town.container.engine) as session:
        first = session.scalars(select(EnquiryFactsRow).order_by(EnquiryFactsRow.enquiry_id).limit(1)).one()
        first.received_on = in_june.date()
    client = sign_in(Role.MANAGER)
    page = client.get(f"{ADDRESS}/?periode={asked}").text
    rows = re.findall(r'<table class="lines"><thead>(.*?)</thead>', page, re.S)
    assert {tuple(re.findall(r'<th scope="col">(.*?)</th>', row)[3:]) for row in rows} == {tuple(others)}
    head = next(book(client.get(f"{ADDRESS}/excel?periode={asked}").data)["Tal"].iter_rows(values_only=True))
    assert [str(name).removesuffix(": værdi") for name in head if str(name).endswith(": værdi")][1:] == others
    assert plain(page).count("Der kom ingen mails i") == bool(said)
    assert said in plain(page)
    assert client.get(f"{ADDRESS}/pdf?periode={asked}").data.startswith(b"%PDF")


def test_the_pdf_is_tagged_in_the_order_of_the_page_and_passes_the_checker(
    town: Town, sign_in: SignIn, tmp_path: Path
) -> None:
    filled(town)
    client = sign_in(Role.MANAGER)
    pdf = client.get(f"{ADDRESS}/pdf{AUTUMN}").data
    file = tmp_path / "follow-up.pdf"
    file.write_bytes(pdf)
    checked = subprocess.run(
        [sys.executable, "-m", "pdfua", "check", str(file)], capture_output=True, text=True, check=False
    )
    assert "result: PASS" in checked.stdout, checked.stdout
    found = tags(pdf)
    assert found.count("/H1") == 1
    assert found.index("/H1") < found.index("/H2") < found.index("/Table")
    page = client.get(f"{ADDRESS}/{AUTUMN}").text
    main = page[page.index("<main") :]
    assert found.count("/H2") == main.count("<h2>")
    assert found.count("/Figure with words") == main.count("<svg") > 3
    with pikepdf.open(file) as opened:
        assert str(opened.Root.Lang) == "da"
        assert bool(opened.Root.MarkInfo.Marked)
        assert bool(opened.Root.ViewerPreferences.DisplayDocTitle)
        assert "pdfuaid:part>1<" in str(opened.Root.Metadata.read_bytes())
        fonts = {str(name) for each in opened.pages for name in each.Resources.Font}
    assert fonts


def test_what_people_wrote_is_text_wherever_it_stands(town: Town, sign_in: SignIn) -> None:
    filled(town)
    hostile_town(town)
    client = sign_in(Role.MANAGER)
    assert "<script>&amp;" not in client.get(f"{ADDRESS}/{AUTUMN}").text
    printed = text_of(client.get(f"{ADDRESS}/pdf{AUTUMN}").data)
    assert "root:" not in printed
    assert '#read("/etc/passwd")' in "".join(printed.split()).replace("\u00ad", "")
    sheet = book(client.get(f"{ADDRESS}/excel{AUTUMN}").data)
    cells = [cell for each in sheet for row in each.iter_rows() for cell in row]
    assert HOSTILE in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not [cell for cell in cells if cell.hyperlink]


TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(max_size=30).map(lambda text: f"={text}"),
    st.sampled_from("=+-@\t\r\n|%").flatmap(lambda sign: st.text(max_size=20).map(lambda text: sign + text)),
    st.sampled_from(
        ["=1+1", "{=1+1}", "https://x.example.org", "internal:A1", "1e5", "0123", "TRUE", "#REF!", "'=1", "_x0041_"]
    ),
)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_no_text_becomes_a_formula_a_link_or_a_number(app_context: None, text: str) -> None:
    content = document_excel.write(a_document(text))
    sheets = book(content)
    found = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in found} <= {"s", "n", "d"}
    assert not [cell for cell in found if cell.hyperlink]
    numbers = sorted(cell.value for cell in found if cell.data_type == "n")
    assert numbers == sorted([3, 100, 0.03, 0.01, 0.07, 0.5, *[3, 4, 1] * 2]), "texts are no numbers"
    with_bad_signs_out = re.sub(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", "", text)
    if with_bad_signs_out == text and text.strip() and "_x" not in text:
        assert text in {cell.value for cell in found}
    assert not re.search(rb"<f>|<hyperlink", b"".join(_parts(content)))


def _parts(content: bytes) -> list[bytes]:
    import zipfile

    with zipfile.ZipFile(BytesIO(content)) as opened:
        return [opened.read(name) for name in opened.namelist() if "/worksheets/" in name]


@pytest.fixture(scope="module")
def app_context() -> Any:
    """A context in which texts are written, without a town behind it."""
    app = Flask(__name__)
    from flask_babel import Babel

    Babel(app, default_locale="da")
    with app.test_request_context():
        yield


def test_numbers_are_numbers_shares_are_percentages_and_days_are_dates(app_context: None) -> None:
    sheets = book(document_excel.write(a_document("Park")))
    figures, own = sheets["Tal"], sheets["Park"]
    assert figures.freeze_panes == "D2"
    row = {cell.column: cell for cell in figures[2]}
    assert (row[6].value, row[7].value, row[8].value, row[8].number_format) == (3, 100, 0.03, "0.0%")
    assert [cell.value for cell in own[2]][:4] == ["Park", 3, 4, None]
    assert own["F2"].value == datetime(2026, 11, 30)  # noqa: DTZ001  a cell knows no zone
    assert own["F2"].is_date
    assert sheets.sheetnames == ["Om", "Tal", "Park", "Park 2", "Definitioner"]
    about = {row[0].value: row[1] for row in sheets["Om"].iter_rows() if row[0].value}
    assert about["Lavet (dansk tid)"].value == datetime(2026, 11, 30, 21)  # noqa: DTZ001  a cell knows no zone


@settings(max_examples=8, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_can_be_set_and_is_read_back(app_context: None, text: str) -> None:
    """What a unit is called cannot keep the document from being made."""
    content = document_pdf.data(a_document(f"Park {text}"))
    assert document_pdf.typeset(content, MADE.isoformat()).startswith(b"%PDF-1.7")


def test_the_template_cannot_read_files_and_asks_for_nothing(app_context: None, tmp_path: Path) -> None:
    source = document_pdf.TEMPLATE.read_text("utf-8")
    assert not re.search(
        r"#?\b(import|include|read|eval|image|plugin|csv|yaml|toml|xml|cbor|bibliography)\b\s*[(\"]", source
    )
    assert source.count("json(") == 1


def test_who_comes_while_another_is_made_is_asked_to_wait(app_context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_pdf, "WAIT_SECONDS", 0.01)
    content = document_pdf.data(replace(a_document("Park"), title="Opfølgning"))
    with document_pdf._one_at_a_time, pytest.raises(RefusedError, match="document_busy"):
        document_pdf.typeset(content, MADE.isoformat())
    assert document_pdf.typeset(content, MADE.isoformat()).startswith(b"%PDF")


def test_the_web_loads_neither_of_the_writers_before_they_are_asked() -> None:
    code = "import sys, app.web.platform.factory; print([m for m in ('typst', 'xlsxwriter') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_register_is_filled_in_from_the_house_as_it_is(town: Town, sign_in: SignIn) -> None:
    filled(town)
    client = sign_in(Role.MANAGER)
    page, text = client.get(f"{ADDRESS}/algoritmeregister"), client.get(f"{ADDRESS}/algoritmeregister.txt")
    assert text.headers["Content-Disposition"] == "attachment; filename=algoritmeregister.txt"
    told = plain(page.text)
    for said in (
        "I brug. Foreslår kun; mennesker fordeler alle mails.", "september 2026", "tmf@town.example.org",
        "Højst 5,0 % af det, robotten selv fordeler, må være forkert.", "Foreslår kun: Affald, Park, Vej.",
        "Det sidste år er 0 stikprøver kendt", "[Skrives af kommunen: om der er lavet en, hvornår, og hvor den kan læses]",
    ):  # fmt: skip
        assert said in told
        assert said in text.text
    with database.write(town.container.engine) as session:
        session.get_one(Unit, town.units[PARK]).mode = "automatic"
        session.get_one(Unit, town.units[PARK]).max_error = 0.02
    changed = client.get(f"{ADDRESS}/algoritmeregister.txt").text
    assert "I brug. Fordeler selv til 1 enhed." in changed
    assert "For Park er det højst 2,0 %." in changed


def test_without_a_period_it_is_of_the_last_quarter_that_is_over(sign_in: SignIn) -> None:
    client = sign_in(Role.MANAGER)
    title = re.search(r"<h1>Opfølgning, (\d)\. kvartal (\d+)</h1>", client.get(f"{ADDRESS}/").text)
    assert title is not None
    today = local_day(datetime.now(UTC))
    ended = date(int(title[2]) + (title[1] == "4"), int(title[1]) * 3 % 12 + 1, 1)
    assert 0 <= (today - ended).days < 93
    assert f'href="{ADDRESS}/"' in client.get("/tal/").text, "the tab does not carry a month that nobody chose"
    assert f'href="{ADDRESS}/?periode=2026-11"' in client.get("/tal/?periode=2026-11").text
