"""What citizens write about: each figure leads to its mails, nobody is named, and too few mails are said to be too few."""

import re
from io import BytesIO

from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.places import PlaceKind
from app.models.event import Event
from app.models.topics import Place
from app.services.reports import place_register
from tests.app.services.reports.test_topics import BY, MATTERS, caught_up, filled, usual, written
from tests.app.web.conftest import SignIn, csrf_token
from tests.app.web.reports.test_benefit_page import text_of
from tests.town import Town, now

PAGE = "/tal/emner/"


def rats(first: int, count: int) -> list[tuple[str, str, str]]:
    told = (
        "Der er rotter i gården på Søndergade {n} hver aften.",
        "Naboen Kvasimod Fiktionsen har også set rotter i gården på Søndergade.",
    )
    return [written(n, f"{told[n % 2].format(n=n)} {MATTERS[n % 5]}") for n in range(first, first + count)]


def busy(town: Town) -> None:
    with database.write(town.container.engine) as session:
        place_register.replace(session, [("Søndergade", PlaceKind.STREET)], by=BY, now=now())
    filled(town, [*usual(0, 60), *rats(200, 20)], usual(100, 80))
    caught_up(town)


def test_a_house_without_mails_is_told_that_there_is_nothing_yet(town: Town, sign_in: SignIn) -> None:
    assert "Der er intet at vise endnu" in text_of(sign_in(Role.MANAGER).get(PAGE).text)
    filled(town, usual(0, 10), usual(100, 80))
    page = sign_in(Role.MANAGER).get(PAGE).text
    assert "Mailene læses igennem" not in page
    caught_up(town)
    assert "Der er for få mails endnu: 10 afsendere i perioden" in text_of(sign_in(Role.MANAGER).get(PAGE).text)


def test_every_count_leads_to_as_many_mails(town: Town, sign_in: SignIn) -> None:
    busy(town)
    client = sign_in(Role.MANAGER)
    page = client.get(PAGE).text
    assert "Flere end før skriver om" in page
    assert "”rotter”" in page
    found = re.findall(r'<a href="(/henvendelser/[^"]*emne=\d+[^"]*)">([\d.]+)</a>', page)
    assert len(found) >= 3
    for address, count in found:
        listed = client.get(address.replace("&amp;", "&")).text
        assert f"{count} henvendelse" in text_of(listed), address
    assert "Handler om rotter" in text_of(client.get(found_word(page).replace("&amp;", "&")).text)


def found_word(page: str) -> str:
    """The address of the list of mails behind the word, from its row."""
    row = next(each for each in page.split("<tr>") if ">rotter</a></th>" in each)
    match = re.search(r'href="(/henvendelser/[^"]*)"', row)
    assert match
    return match[1]


def test_a_word_shows_sentences_without_anybodys_name_and_the_look_is_logged(town: Town, sign_in: SignIn) -> None:
    busy(town)
    client = sign_in(Role.MANAGER)
    row = next(each for each in client.get(PAGE).text.split("<tr>") if ">rotter</a></th>" in each)
    match = re.search(r'href="(/tal/emner/\d+[^"]*)"', row)
    assert match
    page = client.get(match[1].replace("&amp;", "&")).text
    told = text_of(page)
    assert "Der er rotter i gården på … hver aften." in told
    assert not any(each in told for each in ("Kvasimod", "Fiktionsen", "@borger", "Per "))
    assert "20 mails" in told
    with database.read(town.container.engine) as session:
        looks = session.scalars(select(Event).where(Event.kind == "listed").order_by(Event.id.desc()).limit(1)).one()
        assert looks.content.page == "topics.show"
        assert len(looks.content.enquiries) == len(re.findall(r"henvendelse \d+", told)) == 2


def test_streets_are_listed_and_no_sentence_stands_beside_one(town: Town, sign_in: SignIn) -> None:
    busy(town)
    client = sign_in(Role.MANAGER)
    row = next(each for each in client.get(PAGE).text.split("<tr>") if ">Søndergade</a></th>" in each)
    match = re.search(r'href="(/tal/emner/\d+[^"]*)"', row)
    assert match
    told = text_of(client.get(match[1].replace("&amp;", "&")).text)
    assert "Borgerne om ”Søndergade”" in told
    assert "20 mails" in told
    assert "hver aften" not in told


def test_a_register_is_imported_and_taken_out_again(town: Town, sign_in: SignIn) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    address = "/tal/emner/steder/"

    def send(content: str) -> tuple[int, str]:
        file = (BytesIO(content.encode("cp1252")), "steder.csv")
        sent = client.post(address, data={"csrf_token": csrf_token(client, address), "file": file})
        return sent.status_code, text_of(sent.text)

    assert send("navn;slags\nÆrtevej;vej\nNordhavn;by\n")[0] == 422
    assert "Linje 3: Slags skal være vej eller bydel" in send("navn;slags\nÆrtevej;vej\nNordhavn;by\n")[1]
    assert send("navn;slags\nÆrtevej;vej\nNordhavn;bydel\n=1+1 vej\n")[0] == 303
    with database.read(town.container.engine) as session:
        assert set(session.scalars(select(Place.name))) == {"Ærtevej", "Nordhavn", "=1+1 vej"}
    assert "'=1+1 vej;vej" in client.get(f"{address}steder.csv").text
    assert sign_in(Role.MANAGER).get(address).status_code == 404


def test_who_sees_one_units_mails_alone_sees_no_topics(town: Town, sign_in: SignIn) -> None:
    assert sign_in(Role.CASEWORKER).get(PAGE).status_code == 404
    assert sign_in(Role.AUDITOR).get(PAGE).status_code == 404
