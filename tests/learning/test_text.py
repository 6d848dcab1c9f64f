"""Cleaning: what a mail's sender wrote for this occasion, without identities."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.text import TEXT_CAP, clean, own_word_count
from tests.cost import PART, assert_linear

OWN = "Der er et stort hul i vejen ud for skolen, og nu er det tredje gang jeg skriver til jer om det."


def body(text, subject=""):
    return clean(subject, text)[1]


@pytest.mark.parametrize(
    ("subject", "cleaned"),
    [
        ("Re: Hul i vejen", "Hul i vejen"),
        ("SV: VS: Fwd: RE: Hul i vejen", "Hul i vejen"),
        ("SV:Hul i vejen", "Hul i vejen"),
        ("Sv[2]: Hul i vejen", "Hul i vejen"),
        ("Hul i vejen [2026-000123]", "Hul i vejen"),
        ("Re: [Sag 2026-000123] Hul i vejen", "Hul i vejen"),
        ("[2026-000123]", ""),
        ("Referat: Hul i vejen", "Referat: Hul i vejen"),
        ("Budget 2026-2027", "Budget 2026-2027"),
        ("Vedr. 010190-1234", "Vedr.  _cpr_"),
        ("", ""),
    ],
)
def test_subject(subject, cleaned):
    assert clean(subject, "x")[0] == cleaned


@pytest.mark.parametrize(
    "tail",
    [
        "\n\nDen 3. maj 2026 kl. 10.12 skrev Mette Hansen <m@x.dk>:\n> gammel sag\n> om varmehjælp\n",
        "\n\nOn Mon, 3 May 2026 at 10:12, Mette Hansen\n<m@x.dk> wrote:\n\n> gammel sag\n>> varmehjælp\n",
        "\n\nFra: Mette Hansen\nSendt: 3. maj 2026\nTil: post\nEmne: gammel sag\n\nvarmehjælp er gammel",
        "\n\n-----Oprindelig meddelelse-----\nFra: Mette Hansen\n\ngammel sag om varmehjælp",
        "\n\n*From:* Mette Hansen\n*Sent:* 3 May\n*To:* x\n*Subject:* gammel\n\nvarmehjælp",
        "\n\nMed venlig hilsen\nMette Hansen\nGammelvej 2\nvarmehjælp",
        "\n\nMvh Mette Hansen varmehjælp gammel",
        "\nVenlig hilsen\n\nMette Hansen\n\nDen 3. maj 2026 skrev X <x@y.dk>:\n> gammel varmehjælp",
        "\n\nKind regards,\nMette Hansen\ngammel varmehjælp",
        "\n-- \nMette Hansen\ngammel varmehjælp",
        "\n\nSendt fra min iPhone",
        "\n\nDenne mail kan indeholde fortrolige oplysninger om gammel varmehjælp, som Mette\nHansen ejer.",
        "\n\nThis e-mail is intended solely for Mette Hansen and gammel varmehjælp.",
    ],
)
def test_what_is_not_the_senders_goes(tail):
    cleaned = body(OWN + tail)
    assert cleaned.startswith(OWN)
    assert not {"mette", "hansen", "gammel", "varmehjælp", "iphone", "sendt", "skrev", "wrote"} & set(
        cleaned.lower().replace(",", " ").split()
    )


HISTORY = "gammel varmehjælp om havnen"
OTHER_LANGUAGES = [
    f"Von: Park <park@town.example.org>\nGesendet: Montag, 2. November 2026 10:12\nAn: E\nBetreff: Müll\n\n{HISTORY}",
    f"Från: Park <park@town.example.org>\nSkickat: den 2 november 2026 10:12\nTill: U\nÄmne: Sop\n\n{HISTORY}",
    f"Fra: Park\nSendt: mandag 2. november 2026 10:12\nTil: U\nKopi: V\nEmne: Søppel\n\n{HISTORY}",
    f"Fra: Park\n\nSendt: 2. november 2026 10:12\n\nTil: U\n\nEmne: Affald\n\n{HISTORY}",
    f"Fra: Park Sendt: 2. november 2026 10:12 Til: U Emne: Affald\n{HISTORY}",
    f"**Von:** Park\n**Gesendet:** Montag\n**An:** E\n**Betreff:** x\n{HISTORY}",
    f"Am 02.11.2026 um 10:12 schrieb Park <park@town.example.org>:\n{HISTORY}",
    f"Am Mo., 2. Nov. 2026 um 10:12 Uhr schrieb Park\n<park@town.example.org>:\n\n> {HISTORY}",
    f"Park <park@town.example.org> schrieb am Mo., 2. Nov. 2026, 10:12:\n{HISTORY}",
    f"Den mån 2 nov. 2026 kl 10:12 skrev Park <park@town.example.org>:\n> {HISTORY}",
    f"man. 2. nov. 2026 kl. 10:12 skrev Park <park@town.example.org>:\n\n{HISTORY}",
    f"Den man. 2. nov. 2026 kl. 10.12 skrev Park via Sluse\n<\npark@town.example.org>:\n\n{HISTORY}",
    f"On Mon, Nov 2, 2026 at 10:12 Park <park@town.example.org>\nwrote:\n\n{HISTORY}",
    f"Le lun. 2 nov. 2026 à 10:12, Park <park@town.example.org> a écrit :\n> {HISTORY}",
    f"-----Ursprüngliche Nachricht-----\nVon: Park\n{HISTORY}",
    f"-----Ursprungligt meddelande-----\nFrån: Park\n{HISTORY}",
    f"-----Opprinnelig melding-----\nFra: Park\n{HISTORY}",
    f"-------- Oprindelig e-mail --------\n{HISTORY}",
    "Mit freundlichen Grüßen\nMette Park\nGammel Strand 2",
    "Med vänlig hälsning\nMette Park",
    "Vennlig hilsen\nMette Park\nGammel Strand 2, 0101 Oslo",
    "Von meinem iPhone gesendet",
    "Skickat från Outlook för Android",
    "Gesendet von Outlook für iOS<https://town.example.org/gammel>",
]


@pytest.mark.parametrize("tail", OTHER_LANGUAGES)
def test_history_and_signatures_of_other_languages_go(tail):
    cleaned = body(f"{OWN}\n\n{tail}").lower()
    assert cleaned.startswith(OWN.lower())
    assert not re.search(r"gammel|varmehjælp|park|mette|iphone|outlook|wrote|skrev|schrieb", cleaned)


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ("Sendt fra min altan kan jeg se hullet.", "altan"),
        ("Sent from my desk, is much easier than my mobile phone.", "desk"),
        ("Sendt fra min mobil kan jeg ikke vedhæfte billeder.", "vedhæfte"),
        ("Hilsen til alle\nLampen er gået igen.\nKan I komme?", "Lampen"),
        ("Mvh Bo\n\nJeg glemte, at lampen er gået.", "lampen"),
        ("På forhånd tak, for I vil vel fjerne træet ved nr. 5", "træet"),
        ("Hilsen fra en beboer, der ikke kan sove for støj", "støj"),
        ("Tak\nTræet er væltet.", "væltet"),
        ("Mange hilsner\nBo\n\nVi mangler også en skraldespand.", "skraldespand"),
        ("Den 3. maj skrev jeg til jer om følgende:\nlampen er gået på hjørnet", "hjørnet"),
        ("Jeg ringede den 3. maj kl. 10, og I skrev:\nvi kommer i morgen", "morgen"),
        ("Fra: Skolevej 2\nTil: Skolevej 9\nEmne: lamper\nlamperne er slukket", "slukket"),
    ],
)
def test_what_only_looks_like_a_courtesy_or_a_head_stays(tail, said):
    assert said in body(f"{OWN}\n\n{tail}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hej\n\nSe vedhæftede fil.\n\nMed venlig hilsen\nBo Hansen\nSkolevej 3",
        "Kære Borgerservice\n\nSe venligst vedhæftet brev.",
        "Please see attached.\n\nKind regards,\nBo",
        "hej mette\n\nVedhæftet fil\n\nMvh Bo",
        "Sendt fra min iPhone",
        "[cid:image001.png@01D2EE6A.85652C70]",
        "Denne mail kan indeholde fortrolige oplysninger, og er den ikke til dig, så slet den.",
    ],
)
def test_courtesies_are_no_words_of_a_mails_own(text):
    assert own_word_count(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "Hul i vejen",
        "Hej\nTræet er væltet\nMvh Bo",
        "Hej. Et stort træ er væltet i parken.",
        "Hej hul i vejen",
        "Hej træet er væltet",
        "> Hvornår hentes skraldet?",
        "Ansøgning om byggetilladelse",
        "Vedhæftet er et billede af hullet i vejen",
        "Hermed klage over støj",
        "Jeg klager, se bilag",
        "Kan I se vedhæftede billede af rotterne?",
    ],
)
def test_words_of_a_mails_own_are_counted(text):
    assert own_word_count(text) > 1


def test_banner_goes():
    banner = "CAUTION: This email originated from outside of the organization. Do not click links."
    assert body(f"{banner}\n\n{OWN}") == OWN
    assert body(f"[EKSTERN] Denne mail er fra en ekstern afsender\n\n{OWN}") == OWN


def test_what_the_sender_quotes_to_answer_stays():
    text = f"On Mon, 3 May 2026, Bob Bobson <b@c.dk> wrote:\n> Hvornår asfalteres Skolevej?\n> Hilsen\n> Bob\n\n{OWN}"
    assert body(text) == f"Hvornår asfalteres Skolevej?\n\n{OWN}"


def test_postscript_and_prose_after_a_closing_stay():
    assert "PS: husk cykelstien" in body(f"{OWN}\n\nMvh\nBo\nPS: husk cykelstien")
    long = "Jeg glemte at skrive, at det samme gælder for cykelstien langs den gamle landevej ved skoven."
    assert body(f"{OWN}\nMvh\nBo\n{long}").endswith(long)


def test_closing_words_inside_a_sentence_stay():
    text = f"{OWN} Med venlig hilsen til borgmesteren ville jeg gerne sige tak for indsatsen i sommer."
    assert body(text) == text


@pytest.mark.parametrize(
    "text", ["Se nedenfor\n\n> varmehjælp til min mor", "Se nedenfor\n\nFra: X\nSendt: 3/5\nTil: Y\n\nvarmehjælp"]
)
def test_quotation_stays_where_the_mail_says_little_itself(text):
    assert "varmehjælp" in body(text)


def test_forwarded_mail_is_what_it_forwards():
    tail = "\n\nFra: X\nSendt: 3. maj\nTil: Y\nEmne: Z\n\nvarmehjælp"
    assert "varmehjælp" in body(OWN + tail, "VS: Ansøgning")
    assert "varmehjælp" in body(OWN + tail, "Re: Fwd: Ansøgning")
    assert "varmehjælp" not in body(OWN + tail, "SV: Ansøgning")


@pytest.mark.parametrize(
    ("line", "cleaned"),
    [
        ("Kære Mette", "Kære _name_"),
        ("Kære Mette Hansen,", "Kære _name_ _name_,"),
        ("hej mette!", "hej _name_!"),
        ("Hej Mette jeg vil klage", "Hej _name_ jeg vil klage"),
        ("Kære Karin og Palle,", "Kære _name_ og _name_,"),
        ("Kære Jobcentret,", "Kære Jobcentret,"),
        ("Hi Bob,", "Hi _name_,"),
        ("Dear Ms. O'Neil,", "Dear _name_ _name_,"),
        ("Hej, jeg vil klage", "Hej, jeg vil klage"),
        ("Kære Borgerservice", "Kære Borgerservice"),
        ("Til Teknisk Forvaltning", "Til _name_ Forvaltning"),
        ("Hejren Mette bor her", "Hejren Mette bor her"),
    ],
)
def test_names_in_greetings(line, cleaned):
    assert body(f"{line}\n{OWN}") == f"{cleaned}\n{OWN}"


def test_identities_become_tokens():
    text = f"{OWN} Mit nummer er 010190-1234, ring 12 34 56 78 eller skriv til bo@post.dk."
    assert body(text) == f"{OWN} Mit nummer er  _cpr_ , ring  _phone_  eller skriv til  _email_ ."


def test_nothing_left_means_all_but_names_stays():
    assert body("Mvh\nBo") == "_name_\n_name_"
    assert body("Hilsen til jer\nskraldet er ikke hentet") == "skraldet er ikke hentet"
    assert body("> kun citat") == "kun citat"


def test_odd_characters():
    assert body("va\u00adnd\u200bv\ufeffærk") == "vandværk"
    assert body("va\u030an\r\nhus\rbil") == "vån\nhus\nbil"
    assert body("hul \ud800 i vej").encode()


@given(st.text(), st.text())
def test_any_text_is_cleaned(subject, text):
    for cleaned in clean(subject, text):
        cleaned.encode()


lines = st.sampled_from(
    ["> citat", ">> ældre", "Mvh", "Bo Hansen", "Fra: X", "Sendt: Y", "Til: Z", "-- ", "", OWN, "Den 3. maj skrev X:",
     "On Mon", "wrote:", "PS: x", "Kære Bo", "| tabel", "-----Original Message-----", "caution: external email"]
)  # fmt: skip


@given(st.lists(lines, max_size=15))
def test_a_mail_with_words_keeps_some(parts):
    text = "\n".join(parts)
    assert bool(body(text).strip()) == bool(text.replace(">", "").strip())


HOSTILE = [
    "a", ">", "> ", ">\n", "\n", "\n\n", "on 1 ", "on 1\n", "den 1 skrev ", "skrev:\n", "fra: \ntil: \n", "kære ",
    "Kære A\n", "mvh\n", "von: \ngesendet: \nan: \n", "fra: a sendt: b ",
    "sendt fra min ", "man 1 <a@b.c>\n", "am 1 schrieb ", "mvh\njeg er her\n",
    "se vedhæftet ", "--\n", "re:", "[1-", "(", "[", " ", "\t", "|\t", "_", "a\u0301", ":", "fra:",
    "ak\r\n\r\n", "010190-1234 ", "<https://example.org/a?b=c>\n", "> ak\nak\n",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_bounded_on_hostile_text(unit):
    text = (unit * TEXT_CAP)[: 10 * TEXT_CAP]
    assert_linear(lambda each: clean(each, each), text[: TEXT_CAP // PART], text)
