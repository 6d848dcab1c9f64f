"""What a human decides, takes back, and cannot do twice. Services with a real database."""

import pytest
from sqlalchemy import select, text

from app import database
from app.domain.access import Role
from app.domain.enquiry import LabelSource, State
from app.domain.recognition import SetAside
from app.errors import ConflictError, RefusedError
from app.models.case import Case, Forward
from app.models.enquiry import Enquiry
from app.models.label import Label, LabelPosition, Receipt
from app.queries.triage import queue, suggestion_list
from app.services.learning import error_budget, labels
from app.services.learning.learner import Learner
from app.services.triage import decisions, queue_shares, returns, undoing
from learning.example import Example, Ranking, TaughtLabel
from tests.app.services.triage.steps_of_decisions import route
from tests.town import PARK, ROAD, WASTE, Town, mail, now


def undo(town: Town, by: Role = Role.VISITATOR) -> int:
    with database.write(town.container.engine) as session:
        return undoing.undo(session, town.container.robot, by=town.people[by].actor, now=now()).id


def test_the_second_of_two_visitators_overwrites_nothing(town: Town) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    seen = town.enquiry(enquiry).version
    route(town, enquiry, PARK, version=seen)
    with pytest.raises(ConflictError):
        route(town, enquiry, ROAD, version=seen)
    assert town.enquiry(enquiry).unit.name == PARK  # type: ignore[union-attr]
    assert town.events(enquiry).count("corrected") == 1


def test_a_label_says_what_was_suggested_before(town: Town) -> None:
    town.teach_history()
    confirmed, corrected = town.receive(mail("a", "Et træ er væltet i parken"), mail("b", "Hul i vejen"))
    route(town, confirmed, PARK)
    route(town, corrected, WASTE)
    with database.read(town.container.engine) as session:
        first, second = (labels.standing(session, n) for n in (confirmed, corrected))
        assert first is not None
        assert second is not None
        assert (first.source, first.suggested_unit_id) == (LabelSource.CONFIRMED, town.units[PARK])
        assert (second.source, second.suggested_unit_id) == (LabelSource.CORRECTED, town.units[ROAD])
        assert [known[:2] for known in error_budget.evidence(session, now=now())][-2:] == [
            (first.suggested_confidence, True),
            (second.suggested_confidence, False),
        ]


def test_a_correction_is_learned_and_open_mails_change(town: Town) -> None:
    town.teach_history()
    first, *others = town.receive(
        mail("Klovnebus", "Klovnebussen holder i parken igen"),
        mail("Klovnebus igen", "Klovnebussen holder i parken igen og igen"),
        mail("Skrald", "Skraldet er ikke hentet"),
    )
    with database.read(town.container.engine) as session:
        assert suggestion_list.suggestions(session, others[0])[0].name == PARK
    label = route(town, first, WASTE)
    assert town.learn() == 1
    with database.read(town.container.engine) as session:
        receipt = session.get_one(Receipt, label)
        best = suggestion_list.suggestions(session, others[0])[0]
    assert receipt.rescored == 2
    assert best.name == WASTE
    assert receipt.changed == [others[0]]


def test_undo_really_unlearns(town: Town) -> None:
    """The state afterwards is that of a model that never heard the label, also with lessons behind it."""
    town.teach_history()
    a, b, c = town.receive(
        *(mail(f"Sag {n}", f"Noget helt nyt nummer {n} om {w}") for n, w in enumerate(("is", "ild", "luft")))
    )
    route(town, a, PARK)
    town.learn()
    learner = town.container.learner
    route(town, b, ROAD, by=Role.ADMINISTRATOR)
    town.learn()
    with_b = learner.state_hash()
    route(town, c, WASTE)
    town.learn()
    assert undo(town, by=Role.ADMINISTRATOR) == b
    town.learn()
    assert learner.state_hash() not in (with_b,)
    assert town.enquiry(b).state is State.TRIAGE

    never = Learner(town.container.engine, town.container.salt)
    with database.read(town.container.engine) as session:
        rows = session.execute(
            select(LabelPosition.position, Label)
            .join(Label, Label.id == LabelPosition.label_id)
            .order_by(LabelPosition.position)
        ).all()
        for _, label in rows:
            if label.revokes_id is None and label.enquiry_id != b:
                never._model.learn(
                    never._read([label.enquiry_id])[label.enquiry_id],
                    TaughtLabel(str(label.id), str(label.unit_id)),
                )
    assert never.state_hash() == learner.state_hash()


def test_a_replica_started_later_stands_where_the_others_do(town: Town) -> None:
    town.teach_history(times=12)  # more than one snapshot
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    route(town, enquiry, ROAD)
    town.learn()
    undo(town)
    town.learn()
    other = Learner(town.container.engine, town.container.salt)
    other.catch_up(now=now())
    assert other.state_hash() == town.container.learner.state_hash()
    assert other.position == town.container.learner.position


def test_spoiled_snapshots_cost_time_only(town: Town) -> None:
    town.teach_history(times=12)
    before = town.container.learner.state_hash()
    with town.container.engine.begin() as connection:
        assert connection.execute(text("UPDATE model_snapshot SET content = substr(content, 1, 500)")).rowcount > 0
    other = Learner(town.container.engine, town.container.salt)
    other.catch_up(now=now())
    assert other.state_hash() == before


def test_undo_waits_while_the_mail_is_leaving(town: Town) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    route(town, enquiry, PARK)
    with database.write(town.container.engine) as session:
        session.add(Forward(message_id="<f@x>", enquiry_id=enquiry, routing_no=1, unit_id=town.units[PARK]))
    with pytest.raises(RefusedError, match="leaving_now"):
        undo(town)
    assert town.enquiry(enquiry).state is State.ROUTED


def test_undo_goes_back_one_decision_after_the_other(town: Town) -> None:
    a, b = town.receive(mail("A", "aaa"), mail("B", "bbb"))
    route(town, a, PARK)
    dismiss(town, b, SetAside.NOT_OURS)
    assert town.enquiry(b).state is State.REFERRED
    assert [undo(town), undo(town)] == [b, a]
    with pytest.raises(RefusedError, match="nothing_to_undo"):
        undo(town)
    assert {town.enquiry(n).state for n in (a, b)} == {State.TRIAGE}


def dismiss(town: Town, enquiry: int, reason: SetAside) -> None:
    with database.write(town.container.engine) as session:
        version = town.enquiry(enquiry).version
        decisions.dismiss(
            session, town.container.robot, enquiry, reason, version=version, by=town.visitator.actor, now=now()
        )


def test_a_follow_up_shares_the_decision_and_its_undoing(town: Town) -> None:
    thread_root, follower = town.receive(
        mail("Træ", "Træet er væltet", message_id="<first@borger.example.org>"),
        mail("SV: Træ", "Hvornår sker der noget?", in_reply_to="<first@borger.example.org>"),
    )
    assert town.enquiry(follower).follow_up_of_id == thread_root
    with database.read(town.container.engine) as session:
        (row,) = queue.rows(
            session, queue_shares.queue_context(session, town.visitator, queue.QueueFilter(), now=now())
        )
        assert (row.id, row.followers) == (thread_root, 1)
    route(town, thread_root, PARK)
    assert town.enquiry(follower).unit_id == town.units[PARK]
    undo(town)
    assert {town.enquiry(n).state for n in (thread_root, follower)} == {State.TRIAGE}
    (late,) = town.receive(mail("SV: SV: Træ", "Hallo?", in_reply_to="<first@borger.example.org>"))
    route(town, thread_root, ROAD)
    (after,) = town.receive(mail("SV: Træ igen", "Tak", in_reply_to="<first@borger.example.org>"))
    assert town.enquiry(late).unit_id == town.enquiry(after).unit_id == town.units[ROAD]
    assert "linked" in town.events(after)


@pytest.mark.parametrize(("headers", "reason"), [
    ({"Auto-Submitted": "auto-replied"}, "automatic_reply"),
    ({"X-Sluse": "1"}, "loop"),
])  # fmt: skip
def test_robots_are_set_aside(town: Town, headers: dict[str, str], reason: str) -> None:
    (enquiry,) = town.receive(mail("Ferie", "Jeg er tilbage mandag", headers=headers))
    found = town.enquiry(enquiry)
    assert (found.state, found.reason) == (State.SET_ASIDE, reason)


def test_what_cannot_be_read_waits_for_a_human_whole(town: Town) -> None:
    bomb = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(300))
    (enquiry,) = town.receive(bomb)
    found = town.enquiry(enquiry)
    assert (found.state, found.quarantine) == (State.TRIAGE, "too_deep")
    with town.container.engine.connect() as connection:
        assert connection.execute(text("SELECT content FROM raw_mail ORDER BY id DESC")).scalar() == bomb
    route(town, enquiry, PARK)
    assert town.enquiry(enquiry).state is State.ROUTED


class Stumbling:
    """A learner that breaks on one mail, as no learner should."""

    def __init__(self, inner: Learner) -> None:
        self._inner, self.salt, self.page_priority = inner, inner.salt, inner.page_priority

    def rank(self, example: Example, strangers: float = 0.0) -> tuple[Ranking, int]:
        if "gift" in example.text:
            raise ZeroDivisionError
        return self._inner.rank(example, strangers)


def test_whatever_one_mail_breaks_the_others_do_not_wait(town: Town) -> None:
    town.container.learner = Stumbling(town.container.learner)  # type: ignore[assignment]
    poison, after = town.receive(mail("Gift", "Denne mail er gift"), mail("Træ", "Træet er væltet"))
    assert (town.enquiry(poison).state, town.enquiry(poison).quarantine) == (State.TRIAGE, "failed")
    assert (town.enquiry(after).state, town.enquiry(after).quarantine) == (State.TRIAGE, None)


def test_a_case_number_counts_only_from_the_one_who_wrote(town: Town) -> None:
    (first,) = town.receive(mail("Træ", "Træet er væltet"))
    route(town, first, PARK)
    with database.write(town.container.engine) as session:
        case = Case(number="2026-000001", opened_at=now())
        session.add(case)
        session.flush()
        session.get_one(Enquiry, first).case_id = case.id
    same, other = town.receive(
        mail("Mere om træet [2026-000001]", "Det er en lind"),
        mail("Mere [2026-000001]", "Jeg gætter", sender="x@other.example.org"),
    )
    assert town.enquiry(same).follow_up_of_id == first
    assert town.enquiry(other).follow_up_of_id is None


def test_the_same_delivery_twice_is_one_enquiry(town: Town) -> None:
    town.receive(mail("Træ", "Træet er væltet"))
    (town.container.settings.mail_root / "tmf@town.example.org" / ".sluse-uids").unlink()
    town.take_in()
    with town.container.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM enquiry")).scalar() == 1


def test_own_routes_are_no_labels(town: Town) -> None:
    town.teach_history()
    town.automatic()
    (enquiry,) = town.receive(mail("Træ", "Et træ er væltet i parken"))
    assert town.enquiry(enquiry).automatic
    with database.read(town.container.engine) as session:
        assert labels.standing(session, enquiry) is None


@pytest.mark.parametrize("token", ["", "x", "WzEsMV0.forged"])
def test_a_forged_return_link_is_nobodys(town: Town, token: str) -> None:
    with pytest.raises(returns.NotFoundError):
        returns.read_link(token, town.container.settings.secret_key)
    link = returns.ReturnLink(1, 1)
    signed = returns.sign(link, town.container.settings.secret_key)
    assert returns.read_link(signed, town.container.settings.secret_key) == link
    with pytest.raises(returns.NotFoundError):
        returns.read_link(signed, "another-secret-entirely")
