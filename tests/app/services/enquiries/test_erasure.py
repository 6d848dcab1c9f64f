"""A person is erased while the server runs: byte by byte in every file, in others' mails, and in the mailboxes where chosen."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from app import database
from app.domain.enquiry import State
from app.errors import NotFoundError, RefusedError
from app.models.case import InterimReply, Reply
from app.models.enquiry import Enquiry, RawMail
from app.models.erasure import Erasure
from app.services.enquiries import cleaning, erasure
from app.services.enquiries.erasure import Choice
from app.services.enquiries.person import PersonSearch
from app.services.learning import model_replay
from app.services.triage import notes
from connectors.mail.message import Folder
from learning.features import prepare
from learning.model import Model
from tests.app.services.enquiries.steps_of_erasure import ADDRESS, CANARY, NUMBER, carry_out, files_with
from tests.databases import POSTGRESQL
from tests.serving import serving
from tests.town import PARK, SHARED, UNITS, Town, mail, now

SEEDS = (CANARY.encode(), CANARY.lower().encode(), b"0102801234", b"010280-1234")


def own(n: int) -> bytes:
    return mail(
        f"{CANARY} {n}", f"Her bor {CANARY}, nummer {n}, cpr {NUMBER}. Træet er væltet i parken.",
        sender=f"{CANARY} <{ADDRESS}>", attachment=b"x", message_id=f"<{CANARY}-{n}@borger.example.org>",
    )  # fmt: skip


def others(number: str = "01.02.80-1234") -> bytes:
    return mail(
        "Nabo", f"Min nabo, cpr {number}, har et træ i parken.", sender="Ib <ib@borger.example.org>", attachment=b"x"
    )


@pytest.fixture
def labels(town: Town) -> list[int]:
    """Two mails of the person, with all that is written about a mail; one of somebody else who names them."""
    town.teach_history(2)
    ids = town.receive(own(1), own(2), others())
    for n in ids:
        town.decide(n, PARK)
    town.learn()
    with database.write(town.container.engine) as session:
        for n in ids[:2]:
            enquiry = session.get_one(Enquiry, n)
            notes.write(session, enquiry, f"{CANARY} ringede, {NUMBER}", by=town.visitator.actor, now=now())
            session.add(
                InterimReply(
                    enquiry_id=n, message_id=f"<i{n}@x>", unit_id=town.units[PARK], caseworker="Karla", at=now(),
                    text=f"Kære {CANARY}",
                )
            )  # fmt: skip
            answer = RawMail(
                address=UNITS[PARK],
                folder=Folder.SENT,
                key=f"r{n}",
                sha256=hashlib.sha256(own(n)).hexdigest(),
                size=1,
                content=own(n),
                received_at=now(),
            )
            session.add(answer)
            session.flush()
            session.add(Reply(raw_mail_id=answer.id, enquiry_id=n, sent_at=now(), message_id=f"<{CANARY}{n}@x>"))
        for n in ids:
            session.get_one(Enquiry, n).state = State.CLOSED
    return ids


def rows_with(town: Town, *seeds: bytes) -> list[str]:
    found = []
    with town.container.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            rows = str(connection.execute(text(f'SELECT * FROM "{table}"')).all())
            found += [table for seed in seeds if seed.decode() in rows]
    return found


@pytest.mark.skipif(POSTGRESQL, reason="the files of a server of PostgreSQL are not ours to read")
def test_the_bytes_are_gone_while_the_server_runs(town: Town, labels: list[int], tmp_path: Path) -> None:
    """From the database, its working file and the mailboxes; with a page being read meanwhile."""
    with serving(town):
        assert {"sluse.sqlite", "sluse.sqlite-wal"} & set(files_with(tmp_path, *SEEDS))
        row = carry_out(town, from_mailboxes=True)
        assert row.cleaned_at is not None
        assert files_with(tmp_path, *SEEDS) == []
    # The other's mail still lies in the shared mailbox as it came, which the certificate says.
    assert row.counts["masked_copies"] == 1
    assert files_with(tmp_path, b"01.02.80-1234") != []
    assert not [name for name in files_with(tmp_path, b"01.02.80-1234") if name.startswith("sluse.sqlite")]


def test_no_row_tells_of_them(town: Town, labels: list[int]) -> None:
    assert rows_with(town, *SEEDS)
    carry_out(town)
    assert rows_with(town, *SEEDS, b"01.02.80-1234") == []


@pytest.mark.skipif(POSTGRESQL, reason="SQLite's working file")
def test_who_reads_meanwhile_holds_the_cleaning_up_and_that_is_told(
    town: Town, labels: list[int], tmp_path: Path
) -> None:
    engine = town.container.engine
    with database.read(engine) as reader:
        reader.execute(text("SELECT count(*) FROM enquiry"))
        row = carry_out(town, from_mailboxes=True)
        assert row.cleaned_at is None
        assert set(files_with(tmp_path, *SEEDS)) == {"sluse.sqlite-wal"}, "the reader may still see what was"
        with database.read(engine) as session:
            assert cleaning.pending(session)
    assert cleaning.go_on(engine, now=now())
    assert files_with(tmp_path, *SEEDS) == []
    with database.read(engine) as session:
        assert not cleaning.pending(session)
        assert session.get_one(Erasure, row.id).cleaned_at is not None


def test_what_is_certified_is_what_was_done_and_says_nothing_of_whom(town: Town, labels: list[int]) -> None:
    town.receive(mail("Andet", "Bænken er væk", sender="Eva <eva@borger.example.org>"))
    row = carry_out(town, from_mailboxes=True)
    done = {name: row.counts[name] for name in ("enquiries", "attachments", "notes", "replies", "interim", "masked")}
    assert done == {"enquiries": 2, "attachments": 2, "notes": 2, "replies": 2, "interim": 2, "masked": 1}
    assert row.counts["labels"] == 2
    assert row.copies == [{"mailbox": SHARED, "folder": "inbox", "found": 2, "removed": 2}]
    assert (row.found_by, len(row.digest)) == ("both", 64)
    assert rows_with(town, *SEEDS) == []
    assert [town.events(n)[-1] for n in labels] == ["erased", "erased", "person_masked"]


def test_mailboxes_are_left_alone_where_nobody_says_so(town: Town, labels: list[int]) -> None:
    row = carry_out(town)
    assert row.copies == [{"mailbox": SHARED, "folder": "inbox", "found": 2, "removed": 0}]
    assert len(town.gateway.new_messages(SHARED, None).messages) == 3


def test_somebody_elses_mail_stays_theirs_and_teaches_what_it_taught(town: Town, labels: list[int]) -> None:
    before = town.enquiry(labels[2]).version
    carry_out(town, PersonSearch.typed("", NUMBER), choices=dict.fromkeys(labels[:2], Choice.KEEP))
    town.learn()
    learner = town.container.learner.state_hash()
    model = Model()
    with database.read(town.container.engine) as session:
        kept = session.get_one(Enquiry, labels[2])
        assert kept.text.split() == ["Min", "nabo,", "cpr", "_cpr_", ",", "har", "et", "træ", "i", "parken."]
        assert kept.version > before
        raw = town.container.parser.parse(kept.raw.content)
        assert [file.content for file in raw.attachments] == [b"x"]
        assert raw.sender_address == "ib@borger.example.org"
        for each in model_replay.training_labels(session, after=0, until=model_replay.end(session)):
            model.learn(prepare(each.example, town.container.salt), each.taught)
    assert model.state_hash() == learner, "the log replayed on the masked text gives the same model"


@pytest.mark.parametrize("form", ["0102801234", "1.2.1980-1234", "010280\xad-1234", "0 1 0 2 8 0 1 2 3 4"])
def test_the_number_is_found_in_any_form_and_place(town: Town, form: str) -> None:
    first, second, _ = town.receive(
        others(form), mail("Note", "Bænken er væk", sender="Eva <eva@borger.example.org>"), mail("Andet", "Intet her")
    )
    with database.write(town.container.engine) as session:
        notes.write(session, session.get_one(Enquiry, second), f"Ringede: {form}", by=town.visitator.actor, now=now())
    c = town.container
    look = erasure.look(c.engine, c.gateway, PersonSearch.typed("", NUMBER), secret=c.settings.secret_key)
    assert [(each.mail.id, each.places) for each in look.mentioned] == [(first, ("mail",)), (second, ("note",))]
    carry_out(town, PersonSearch.typed("", NUMBER))  # an open mail is masked too: it goes on
    look = erasure.look(c.engine, c.gateway, PersonSearch.typed("", NUMBER), secret=c.settings.secret_key)
    assert not look.found
    assert town.enquiry(first).state is State.TRIAGE


def test_a_mail_of_somebody_else_may_be_erased_whole(town: Town, labels: list[int]) -> None:
    carry_out(
        town,
        PersonSearch.typed("", NUMBER),
        choices={labels[2]: Choice.ERASE, labels[0]: Choice.KEEP, labels[1]: Choice.KEEP},
    )
    assert town.events(labels[2])[-1] == "erased"
    assert town.enquiry(labels[0]).subject == f"{CANARY} 1"


def test_what_is_open_or_nobody_is_refused_and_nothing_is_touched(town: Town, labels: list[int]) -> None:
    town.receive(own(3))
    with pytest.raises(RefusedError):
        carry_out(town, from_mailboxes=True)
    assert len(town.gateway.new_messages(SHARED, None).messages) == 4
    with pytest.raises(NotFoundError):
        carry_out(town, PersonSearch.typed("ukendt@borger.example.org", ""))
    with pytest.raises(NotFoundError):
        carry_out(town, PersonSearch.typed("", "020280-1234"))


@pytest.mark.parametrize("folder", [Folder.INBOX, Folder.SENT])
def test_a_borrowed_message_id_takes_nobody_elses_mail_along(town: Town, labels: list[int], folder: Folder) -> None:
    """The citizen chose it; it may be that of a decision to somebody else, or of a mail that is not taken in yet."""
    with database.read(town.container.engine) as session:
        borrowed = session.get_one(Enquiry, labels[0]).message_id or ""
    other = mail("Klage", "En andens klage", sender="borger.b@example.org", message_id=borrowed)
    put = town.gateway.deliver if folder is Folder.INBOX else town.gateway.add_sent
    key = put(SHARED, other)
    carry_out(town, from_mailboxes=True)
    assert town.gateway.raw(SHARED, key, folder=folder) == other
