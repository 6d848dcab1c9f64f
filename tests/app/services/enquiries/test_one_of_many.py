"""One citizen of many is erased while the server runs: a model that never saw them, bytes nowhere, the certificate right.

`make verify` plays it with a thousand, `make test` with a few.
"""

import os
import time
from pathlib import Path

import pytest

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.models.enquiry import Enquiry
from app.services.enquiries.person import PersonSearch
from app.services.inbound import history_import
from app.services.inbound.history_import import PastMail
from app.services.learning import model_replay
from app.services.learning.learner import Learner
from learning.features import prepare
from learning.model import Model
from tests.app.services.enquiries.steps_of_erasure import carry_out, files_with
from tests.databases import POSTGRESQL
from tests.serving import serving
from tests.town import SENTENCES, SHARED, Town, mail, now

WHOLE = "SLUSE_TEST_THOUSAND"
CITIZENS = 1_000 if os.environ.get(WHOLE) else 30


class Citizen:
    """The n-th: a name, an address and a CPR number that nobody else has."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.name = f"Kvistborg{n:04}sen"
        self.number = f"{1 + n % 28:02}{1 + n % 12:02}{50 + n % 49:02}{4000 + n}"
        self.address = f"{self.name.lower()}@borger.example.org"
        self.forms = (self.number, f"{self.number[:6]}-{self.number[6:]}")

    def mail(self, k: int) -> tuple[bytes, str]:
        unit, sentences = list(SENTENCES.items())[self.n % len(SENTENCES)]
        text = f"{sentences[(self.n + k) % len(sentences)]}. Mvh {self.name}, cpr {self.forms[k % 2]}"
        number = f"<{self.name}-{k}@borger.example.org>"
        return mail(f"{self.name} skriver {k}", text, sender=f"{self.name} <{self.address}>", message_id=number), unit

    @property
    def seeds(self) -> tuple[bytes, ...]:
        return (self.name.encode(), self.name.lower().encode(), *(form.encode() for form in self.forms))


def never_seen(town: Town, gone: set[int]) -> str:
    model = Model()
    with database.read(town.container.engine) as session:
        for labels in model_replay.training_labels(session, after=0, until=model_replay.end(session)):
            if labels.enquiry_id not in gone:
                model.learn(prepare(labels.example, town.container.salt), labels.taught)
    return model.state_hash()


def populate(town: Town, citizens: list[Citizen]) -> None:
    """Two mails of each in the history."""
    c = town.container
    mails = [
        PastMail(f"{each.name}-{k}", SHARED, raw, town.units[unit], now())
        for each in citizens
        for k in range(2)
        for raw, unit in [each.mail(k)]
    ]
    history_import.teach(c.engine, c.parser, c.learner, mails, by=Actor("import"), now=now())


@pytest.mark.skipif(POSTGRESQL, reason="the files of a server of PostgreSQL are not ours to read")
def test_one_of_many(town: Town, tmp_path: Path) -> None:
    citizens = [Citizen(n) for n in range(CITIZENS)]
    populate(town, citizens)
    chosen, neighbour = citizens[CITIZENS // 3], citizens[CITIZENS // 2]
    (fresh,) = town.receive(chosen.mail(2)[0])
    unit = chosen.mail(2)[1]
    town.decide(fresh, unit)
    (letter,) = town.receive(
        mail("Om en anden", f"Det gælder cpr {chosen.forms[1]}.", sender="Ib <ib@andre.example.org>")
    )
    town.learn()
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, fresh).state = State.CLOSED
    with serving(town):
        assert any(name.startswith("sluse.sqlite") for name in files_with(tmp_path, *chosen.seeds))
        before, began = town.container.learner.state_hash(), time.perf_counter()
        row = carry_out(town, PersonSearch.typed(chosen.address, chosen.number), from_mailboxes=True)
        took = time.perf_counter() - began
        left = [path for path in files_with(tmp_path, *chosen.seeds) if path.startswith("sluse.sqlite")]
        assert left == []
        town.learn()
    gone = {fresh, *(number for number in range(1, letter) if town.events(number)[-1:] == ["erased"])}
    assert len(gone) == 3
    assert town.container.learner.state_hash() == never_seen(town, gone) != before
    later = Learner(town.container.engine, town.container.salt)
    later.catch_up(now=now())
    assert later.state_hash() == never_seen(town, gone)
    assert [row.counts[name] for name in ("enquiries", "labels", "masked", "masked_copies")] == [3, 3, 1, 1]
    assert row.copies == [{"mailbox": SHARED, "folder": "inbox", "found": 1, "removed": 1}]
    assert row.cleaned_at is not None
    assert not any(seed.decode() in f"{row.counts}{row.copies}{row.digest}" for seed in chosen.seeds)
    # Of the others nothing is gone; what somebody else wrote of them lies in the mailbox still, which the certificate tells.
    assert "sluse.sqlite" in files_with(tmp_path, neighbour.name.encode())
    assert len(files_with(tmp_path, *chosen.seeds)) == 1
    print(
        f"one of {CITIZENS} citizens erased in {took:.1f} s, {row.counts['labels']} labels, bytes in 0 files of the database"
    )
