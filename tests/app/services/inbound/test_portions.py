"""Mails get their places several at a time: what that saves, and that none of them is harmed by another."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import event, select

from app import database
from app.domain.enquiry import State
from app.domain.events.inbound import EnquirySentToTriage, MailQuarantined, MailReceived
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.unit import Unit
from app.services.inbound import intake, recognition, routing
from app.services.platform import audit
from tests.town import SENTENCES, SHARED, Town, look_into, mail, now

STATEMENTS = 16.0
"""To place a mail; when each had a transaction of its own they were some 40."""


def delivered(town: Town, count: int) -> None:
    """Let mails by as many citizens come, and take in their bytes."""
    sentences = [sentence for each in SENTENCES.values() for sentence in each]
    for n in range(count):
        text = f"{sentences[n % len(sentences)]}, og det er nr. {n}."
        town.gateway.deliver(SHARED, mail(f"Sag {n}", text, sender=f"Borger <nr{n}@borger.example.org>"))
    c = town.container
    assert look_into(c, intake.Inboxes(c.engine, c.settings.secret_key)) == count


def placed(town: Town) -> int:
    c = town.container
    return intake.process(c.engine, c.parser, c.learner, c.robot, now=now())


def test_a_portion_is_one_transaction_and_asks_once_for_what_no_mail_changes(town: Town) -> None:
    town.teach_history(times=1)
    count, seen = 2 * intake.AT_ONCE, Counter[str]()
    delivered(town, count)

    def asked(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen["statements"] += 1
        seen["rules"] += " FROM rule " in " ".join(statement.split())

    def committed(_connection: Any) -> None:
        seen["transactions"] += 1

    engine = town.container.engine
    event.listen(engine, "before_cursor_execute", asked)
    event.listen(engine, "commit", committed)
    try:
        assert placed(town) == count
    finally:
        event.remove(engine, "before_cursor_execute", asked)
        event.remove(engine, "commit", committed)
    assert (seen["transactions"], seen["rules"]) == (2, 2)
    assert seen["statements"] <= count * STATEMENTS


@pytest.mark.parametrize("broken", ["place", "signs"])
def test_a_mail_that_breaks_its_portion_harms_no_other(
    town: Town, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered(town, intake.AT_ONCE)
    module: Any = {"place": routing, "signs": recognition}[broken]
    real = getattr(module, broken)

    def breaks(*given: Any, **named: Any) -> Any:
        done = real(*given, **named)
        if any(getattr(each, "subject", "") == "Sag 3" for each in given):
            raise ValueError("whatever a stranger's mail may break")
        return done

    monkeypatch.setattr(module, broken, breaks)
    assert placed(town) == intake.AT_ONCE
    with database.read(town.container.engine) as session:
        found = session.execute(select(Enquiry.subject, Enquiry.state, Enquiry.quarantine).order_by(Enquiry.id)).all()
        kinds = Counter(session.scalars(select(Event.kind)))
        assert audit.first_break(session, ()) is None
    assert {state for _, state, _ in found} == {State.TRIAGE}
    assert [(subject, why) for subject, _, why in found if why] == [("", intake.FAILED)]
    assert sorted(subject for subject, *_ in found)[1:] == sorted(f"Sag {n}" for n in range(10) if n != 3)
    assert (kinds[MailReceived.kind], kinds[MailQuarantined.kind]) == (intake.AT_ONCE, 1)
    assert kinds[EnquirySentToTriage.kind] == intake.AT_ONCE - 1


def test_an_answer_holds_for_its_portion_only(town: Town) -> None:
    asked: list[int] = []

    def units(session: Any) -> int:
        asked.append(1)
        return len(session.scalars(select(Unit)).all())

    for _ in range(2):
        with database.portion(town.container.engine) as session:
            assert database.once(session, units) == database.once(session, units) == len(town.units)
    assert len(asked) == 2
    with database.write(town.container.engine) as session:
        assert database.once(session, units) == database.once(session, units)
    assert len(asked) == 4
