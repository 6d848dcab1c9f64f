"""Who is away says so in many tongues; who writes of being away has something to say."""

import pytest

from app.domain.absence_notes import absence_note, opening

AWAY = "Jeg er på ferie til den 4. januar og læser ikke mails."


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Automatisk svar: SV: Græsset i parken", AWAY),
        ("Autosvar: Hul i vejen", "Tak for din mail."),
        ("Automatic reply: Græsset", "I am on annual leave until Monday."),
        ("Auto-Reply: [2026-000123]", "Thanks."),
        ("Automatische Antwort: AW: Baustelle", "Ich bin bis zum 4. Januar nicht im Büro."),
        ("Abwesenheitsnotiz: Baustelle", ""),
        ("Autosvar: SV: Gatan", "Jag har semester till den 4 januari."),
        ("Automatiskt svar: Gatan", "Jag är tillbaka måndag."),
        ("Automatisk svar: Veien", "Jeg har ferie."),
        ("Automaattinen vastaus: Puisto", ""),
        ("[EKSTERN] Automatisk svar: Hul i vejen", ""),
        ("Automatisk svar", AWAY),
        ("Out of Office: SV: Hul i vejen", "I will be back on 4 January. For urgent matters please contact Bo."),
        ("Ikke til stede: Hul i vejen", "Jeg er tilbage på kontoret mandag."),
        ("Fraværende", "Hej\n\nJeg er ikke på kontoret i uge 7. Kontakt Bo på 12345678, hvis det haster.\n\nMvh\nMia"),
        (
            "Frånvarande: Gatan",
            "Hej!\nJag är på semester och åter på kontoret den 4 januari.\nVid brådskande ärenden, kontakta växeln.",
        ),
        (
            "Abwesend",
            "Guten Tag,\nich bin bis zum 4. Januar im Urlaub. In dringenden Fällen wenden Sie sich an Frau Schmidt.",
        ),
        ("Vacation", "I am out of the office until 4 January. In my absence please contact Bo."),
    ],
)
def test_absence_notes_are_known_by_their_subject(subject: str, text: str) -> None:
    assert absence_note(subject, text, answers=False)


@pytest.mark.parametrize(
    "text",
    [
        "Hej\n\nJeg holder ferie og er tilbage på kontoret mandag den 4. januar.\nHvis det haster, så kontakt Bo.\n\nMvh\nMia",
        "Tak for din mail. Jeg er på barsel. Kontakt i stedet bo@firma.example.org.\n\nFra: Park\nSendt: i går\nHvad siger du?",
        "Thank you for your mail.\nI am out of the office until 4 January with limited access to e-mail.",
        "Vielen Dank für Ihre Nachricht.\nIch bin ab dem 4. Januar wieder im Büro. Ich bin bis dahin im Urlaub.",
        "Hej! Jag är på semester. Jag läser inte min e-post under min semester.",
        "Hei, jeg har ferie til 4. januar. Ta kontakt med sentralbordet hvis det haster.",
    ],
)
@pytest.mark.parametrize("subject", ["SV: Græsset i parken", "Re: Græsset", "AW: Baustelle", ""])
def test_absence_notes_are_known_by_their_words_in_a_thread(subject: str, text: str) -> None:
    assert absence_note(subject, text, answers=True)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Automatisk svar på min klage er ikke godt nok",
            "Jeg har kun fået et automatisk svar. Jeg vil have et rigtigt.",
        ),
        ("Out of office hours noise", "The bar below us plays music out of office hours."),
        ("Fravær i skolen", "Min søn er fraværende i morgen, fordi han skal til tandlæge."),
        ("Ferie", "Kan man holde ferie i kolonihaven hele året?"),
        ("På ferie uden affaldshentning", "Vi er på ferie til den 4. Kan I vente med at hente storskrald?"),
        ("Vacation rental next door", "The flat next door is on vacation rental every weekend and it is loud."),
        ("SV: Automatisk svar: Hul i vejen", "Hullet er der stadig, selv om I holder ferie."),
        ("SV: Græsset i parken", "Jeg er på ferie til den 4. januar. Send svaret til min mand."),
        ("SV: Græsset i parken", "Jeg er på ferie til den 4. januar, hvornår slår I græsset?"),
        ("SV: Græsset i parken", "Tak for svaret."),
        ("SV: Gatan", "Vi har semester nu men hålet är kvar."),
        ("Urlaub auf dem Campingplatz", "Wir möchten einen Platz buchen."),
        ("Feriebolig", AWAY),
        ("Barsel", "Jeg er på barsel og vil gerne søge om plads i vuggestuen."),
    ],
)
def test_what_a_person_writes_of_being_away_is_read(subject: str, text: str) -> None:
    assert not absence_note(subject, text, answers=True)


def test_the_opening_ends_where_the_greeting_or_the_answered_mail_begins() -> None:
    assert opening("Hej\nNej.\nMvh\nBo") == "Hej\nNej."
    assert opening("Nej.\n\nDen 4. maj 2026 kl. 10 skrev Bo:\n> Ja?") == "Nej.\n"
    assert opening("> Ja?\nNej.") == ""
