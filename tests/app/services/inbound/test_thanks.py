"""A mail that says thanks and nothing else."""

import pytest

from app.services.inbound.thanks import only_thanks

QUOTED = """

Den 3. nov. 2026 kl. 10.12 skrev Kommunen <tmf@town.example.org>:
> Hullet i asfalten på Prøvegade er lappet i går.
"""


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Tak", "Tak"),
        ("", "Mange tak!"),
        ("Tak", ""),
        (
            "Tak for hjælpen",
            "Hej\n\nTusind tak for den hurtige hjælp. Hav en rigtig god dag!\n\nVenlig hilsen\nPrøve Eksempelsen",
        ),
        ("SV: Hul i vejen på Prøvegade", "Tak for svaret." + QUOTED),
        ("SV: Kvittering", "Hej Karla\nTak for jeres tilbagemelding, og god weekend\nPrøve"),
        ("Thanks", "Thank you very much for your help!\nBest regards\nProve"),
        ("Re: Your mail", "Many thanks"),
    ],
)
def test_it_is(subject: str, text: str) -> None:
    assert only_thanks(subject, text)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Hul i vejen", "Tak"),
        ("Tak", "Ja tak"),
        ("Tak", "Nej tak."),
        ("Hjælp", "Hjælp, tak"),
        ("Tak", "Tak for svaret, men hullet er der stadig."),
        ("Tak for hjælpen", "Kan I også se på lygten?"),
        ("SV: Bænken", "Tak på forhånd." + QUOTED),
        ("Aktindsigt", "Jeg vil gerne have aktindsigt. På forhånd tak."),
        ("Hej", "Hav en god dag"),
        ("Tak", "Taktisk set er krydset farligt."),
    ],
)
def test_it_is_not(subject: str, text: str) -> None:
    assert not only_thanks(subject, text)


def test_a_long_mail_is_looked_at_no_further() -> None:
    assert not only_thanks("Tak", "tak og " * 50_000)
