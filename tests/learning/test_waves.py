"""Which mails tell of the same event."""

import pytest

from learning import waves

STORM = ("Træ væltet", "Efter stormen i nat ligger et stort træ væltet hen over cykelstien på Prøvevej.")
REPEATED = ("Stormskade på Prøvevej", "Stormen har væltet et træ. Det ligger over cykelstien på Prøvevej.")
PARKING = ("Beboerlicens", "Hvor søger man beboerlicens til den nye parkeringszone ved havnen?")


def test_a_storm_is_told_in_everybodys_own_words() -> None:
    one, again, other = (waves.marks(*mail) for mail in (STORM, REPEATED, PARKING))
    assert waves.likeness(one, again) >= waves.ALIKE
    assert waves.likeness(one, other) < waves.ALIKE / 3
    assert set(waves.bands(one)) & set(waves.bands(again))


@pytest.mark.parametrize(
    "text", ["Tak", "Hej kommune, venlig hilsen og tak", "CPR 010190-0000, tlf. 12 34 56 78, 17 18 19 20", ""]
)
def test_of_a_mail_that_says_little_nothing_follows(text: str) -> None:
    assert waves.marks("", text) == ()


def test_who_wrote_is_no_mark() -> None:
    text = f"Kære kommune. {STORM[1]}\n\nMed venlig hilsen\n"
    assert waves.marks(STORM[0], text + "Prøve Eksempelsen") == waves.marks(STORM[0], text + "Navn Navnesen")


def test_the_same_mail_stands_at_the_same_places_in_every_process() -> None:
    marks = waves.marks(*STORM)
    assert marks == tuple(sorted(marks))
    assert waves.bands(marks) == waves.bands(marks)
    assert all(0 <= band < 2**63 for band in waves.bands(marks))


ASKED = "Efter stormen i nat ligger et stort træ væltet hen over cykelstien på Prøvevej, og ingen kan komme forbi."
ANSWERS = {
    "Outlook": "{own}\n\nFra: Prøve\nSendt: 3. november 2026 10:12\nTil: Kommunen\nEmne: Træ\n\n{asked}",
    "marked": "{own}\n\nDen 3. nov. 2026 kl. 10.12 skrev Prøve <p@example.org>:\n> {asked}",
    "marked, answered below": "Den 3. nov. 2026 kl. 10.12 skrev Prøve <p@example.org>:\n> {asked}\n\n{own}",
    "original": "{own}\n\n-----Oprindelig meddelelse-----\n{asked}",
    "a web client's page": "{own}\n\nDen 3. nov. 2026 kl. 10.12 skrev Prøve <p@example.org>:\n\n{asked}",
}


@pytest.mark.parametrize("shape", ANSWERS)
def test_what_an_answer_quotes_is_no_mark(shape: str) -> None:
    quoted = [ANSWERS[shape].format(own=own, asked=ASKED) for own in ("Hvad sker der?", "Jeg er glad for svaret.")]
    assert [waves.marks("SV: Træ på cykelstien ved Prøvevej efter stormen", text) for text in quoted] == [(), ()]


@pytest.mark.parametrize("subject", ["VS: Træ", "Fwd: Træ"])
def test_what_is_passed_on_is_the_matter(subject: str) -> None:
    text = ANSWERS["Outlook"].format(own="Se her.", asked=ASKED)
    assert waves.likeness(waves.marks(subject, text), waves.marks("Træ", ASKED)) >= waves.ALIKE
