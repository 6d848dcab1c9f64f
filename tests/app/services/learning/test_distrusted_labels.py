"""The labels of an account that is not trusted are unlearned, as if they had never been given, and can come back."""

from datetime import datetime, timedelta

import pytest

from app import database
from app.domain.actor import Actor
from app.domain.enquiry import LabelSource
from app.errors import RefusedError
from app.models.enquiry import Enquiry
from app.services.learning import distrusted_labels, label_overrides, labels
from tests.town import ROAD, Town, mail, now

BY = Actor("fjende@example.org")


def hostile(town: Town, ids: list[int], at: datetime) -> None:
    with database.write(town.container.engine) as session:
        for enquiry_id in ids:
            enquiry = session.get_one(Enquiry, enquiry_id)
            labels.give(session, enquiry, town.units[ROAD], LabelSource.CORRECTED, by=BY, now=at)
    town.learn()


def test_one_accounts_labels_since_a_time_are_unlearned(town: Town) -> None:
    town.teach_history()
    ids = town.receive(*(mail(f"Skrald {n}", "Skraldet er ikke hentet") for n in range(4)))
    since = now()
    hostile(town, ids[:1], since - timedelta(days=2))
    trusted = town.container.learner.state_hash()
    hostile(town, ids[1:], since)
    taught = town.container.learner.state_hash()
    with database.write(town.container.engine) as session:
        assert distrusted_labels.by_unit(session, BY.email, since) == [(ROAD, 3)]
        amendment = distrusted_labels.distrust(
            session, BY.email, since, note="", by=Actor("adm@example.org"), now=now()
        ).id
        assert distrusted_labels.labels_of(session, BY.email, since) == []
    town.learn()
    assert town.container.learner.state_hash() == trusted != taught
    with database.write(town.container.engine) as session:
        label_overrides.revoke(session, amendment, by=Actor("adm@example.org"), now=now())
    town.learn()
    assert town.container.learner.state_hash() == taught


def test_nothing_to_distrust_is_said(town: Town) -> None:
    with database.write(town.container.engine) as session, pytest.raises(RefusedError):
        distrusted_labels.distrust(session, "ingen@example.org", now(), note="", by=Actor("adm@example.org"), now=now())
