"""The overview: its shares are of a whole, and what it says of time can be read aloud."""

import re
from datetime import date
from html import unescape

import pytest
from flask import Flask

from app.domain.access import Role
from app.domain.deadlines import local_day
from app.domain.period import Kind, Period, read
from app.services.reports import enquiry_facts
from app.web.reports import selection
from tests.app.web.conftest import SignIn
from tests.town import PARK, Town, mail, now


def test_the_shares_of_what_was_to_be_placed_make_a_whole(town: Town, sign_in: SignIn) -> None:
    first, _second, _third = town.receive(*(mail(f"Hul {n}", f"Hul nr. {n} i vejen") for n in range(3)))
    town.decide(first, PARK)
    while enquiry_facts.refresh(town.container.engine):
        pass
    page = sign_in(Role.MANAGER).get(f"/tal/?periode={local_day(now()).year}").text
    tiles = re.search(r'<section class="tiles".*?</section>', page, re.DOTALL)
    assert tiles is not None
    told = [
        " ".join(unescape(re.sub(r"<[^>]+>", " ", each)).split())
        for each in re.findall(r"<p.*?</p>", tiles[0], re.DOTALL)
    ]
    of = {name: next(each for each in told if name in each.split(" af 3 ")[0]) for name in WAYS}
    assert [int(re.search(r"(\d) af 3 mails, som nogen skulle fordele", of[name])[1]) for name in WAYS] == [0, 1, 2]  # type: ignore[index]
    assert ["(heraf 2 endnu ikke fordelt)" in of[name] for name in WAYS] == [True, True, False]


WAYS = ("Fordelt automatisk", "Fordelt af et menneske", "Endnu ikke fordelt")


@pytest.mark.parametrize(
    ("part", "spoken"),
    [
        (read("2026-07"), "juli"),
        (read("2026-U27"), "uge 27"),
        (Period(date(2026, 7, 1), date(2026, 7, 1)), "1. juli"),
        (Period(date(2026, 7, 1), date(2026, 7, 5)), "1. juli – 5. juli"),
        (Period(date(2026, 6, 29), date(2026, 7, 3), Kind.WEEK), "uge 27"),
    ],
)
def test_a_step_stands_in_a_sentence_as_people_say_it(app: Flask, part: Period, spoken: str) -> None:
    with app.test_request_context():
        assert selection.spoken(part) == spoken
