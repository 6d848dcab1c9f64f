"""A colleague's forward holds the citizen: the writer of the mail inside, in every mail program's words."""

import pytest

from app.domain.forwarded import passed_on, writers

OUTLOOK = """Hej

Den her er vist jeres.

Hilsen Bo

Fra: {writer}
Sendt: 16. november 2026 09:12
Til: Bo <bo@town.example.org>
Emne: Pumpen

Pumpen står stille."""


@pytest.mark.parametrize(
    "text",
    [
        OUTLOOK.format(writer="Signe Opfindsen <signe@borger.example.org>"),
        OUTLOOK.format(writer="Signe Opfindsen [mailto:signe@borger.example.org]"),
        OUTLOOK.format(writer="Signe Opfindsen <mailto:signe@borger.example.org>"),
        OUTLOOK.format(writer="signe@borger.example.org"),
        "--- Forwarded message ---\nFrom: *Signe* <signe@borger.example.org>\nDate: Mon, 16 Nov 2026\nSubject: Pump\nTo: <bo@x>\n",
        "Von: Signe <signe@borger.example.org>\nGesendet: Montag\nAn: Bo\nBetreff: Pumpe\n",
        "*Från:* Signe <signe@borger.example.org>\n*Skickat:* den 16 november\n*Till:* Bo\n*Ämne:* Pumpen\n",
        "> Fra: Signe <signe@borger.example.org>\n> Dato: 16. nov. 2026\n> Til: bo@town.example.org\n> Emne: Pumpen\n",
    ],
)
def test_the_writer_of_the_mail_inside_is_found(text: str) -> None:
    assert [each.address for each in writers(text)] == ["signe@borger.example.org"]
    assert passed_on("VS: Pumpen", text)
    assert not passed_on("SV: Pumpen", text)


@pytest.mark.parametrize(
    "text",
    [
        "Fra: mig\nTil: dig\nHej",
        "Jeg kommer fra: signe@borger.example.org",
        OUTLOOK.format(writer="Signe Opfindsen"),
        "Fra: signe@borger.example.org\n\nMange ord senere\n\n\n\n\n\nTil: x\nEmne: y\n",
        "",
    ],
)
def test_a_word_with_a_colon_is_no_mail(text: str) -> None:
    assert writers(text) == ()


def test_of_several_the_outermost_is_first() -> None:
    text = (
        OUTLOOK.format(writer="Bo <bo@town.example.org>")
        + "\n"
        + OUTLOOK.format(writer="Signe <signe@borger.example.org>")
    )
    assert [each.address for each in writers(text)] == ["bo@town.example.org", "signe@borger.example.org"]
