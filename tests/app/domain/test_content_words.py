"""Which words of a mail tell what it is about, and what a sentence shows of people."""

import pytest

from app.domain.content_words import Case, sentences, words_of


def kept(subject: str, body: str, *people: str) -> set[str]:
    return {each.form for each in words_of(subject, body, people).values() if each.case is not Case.NAME}


def test_greetings_numbers_identities_and_everyday_words_are_no_words() -> None:
    assert kept("Skrald", "Hej kommune. Jeg har ringet til _phone_ 3 gange i uge 47 om skraldet. Tak!") == {
        "ringet",
        "skraldet",
    }


def test_parts_of_links_are_no_words() -> None:
    assert kept("", "Skraldet, se https://foto.example.org/skur?x=1 eller byen.example.dk og www.larm.dk nu") == {
        "skraldet"
    }


def test_forms_of_a_word_are_one_and_count_once() -> None:
    found = words_of("", "Vi venter på rottebekæmpelsen. Hvornår kommer rottebekæmpelse? Den rottebekæmpelse!")
    assert [each.form for each in found.values() if "rotte" in each.form] == ["rottebekæmpelsen"]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("Jeg talte med Gunhildur om det i går.", "gunhildur"),
        ("Vi bor ved siden af Kvasimodsen og hans hund.", "kvasimodsen"),
        ("jeg talte med mette om det i går", "mette"),
        ("I går ringede jeres Hr. Prøvemand igen.", "prøvemand"),
    ],
)
def test_names_inside_sentences_are_left_out(body: str, name: str) -> None:
    assert name not in kept("", body)


def test_the_senders_own_name_is_left_out_however_it_is_written() -> None:
    assert "bager" not in kept("", "hilsen bager", "Bodil Bager", "b.bager@example.org")
    assert "bager" in kept("", "min bager har lukket", "Bodil Eksempel")


def test_abbreviations_and_names_of_services_are_words() -> None:
    assert {"mitid", "bbr"} <= kept("", "Jeg kan ikke logge på med MitID, og i BBR står det forkert.")


def shown_of(body: str, word: str, *people: str, common: frozenset[str] = frozenset()) -> list[str]:
    return [text for _, text in sentences(body, {word}, people, common)]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            "Naboen Kvasi Fiktionsen lader hunden gø hele natten.",
            "… lader hunden gø hele natten.",
        ),
        (
            "Der er en hund løs ved Prøvevej 12, og nummerpladen er AB 12 345.",
            "Der er en hund løs ved …, og nummerpladen er …",
        ),
        ("Hunden bed mig, se https://example.org/a?b=1 for billeder.", "Hunden bed mig, se … for billeder."),
        ("Min hund hedder Trofast, og den er væk siden i går.", None),
        ("min hund løb fra mette hansen i parken i går", None),
        ("HUNDEN FRA NUMMER TO GØR HELE NATTEN IGEN", None),
    ],
)
def test_sentences_hide_persons_numbers_and_links(body: str, shown: str | None) -> None:
    key = "hund"
    assert shown_of(body, key, common=frozenset({"hunden"})) == ([] if shown is None else [shown])


def test_the_clearest_sentence_comes_first_and_the_sender_is_hidden() -> None:
    body = (
        "Vi har set rotter hos Kvasi og Bodil. Der er rotter i gården hver aften. Og bager siger, at rotter er farlige."
    )
    found = shown_of(body, "rott", "Bodil Bager")
    assert found[0] == "Der er rotter i gården hver aften."
    assert not any(name in each for each in found for name in ("Kvasi", "Bodil", "bager"))
