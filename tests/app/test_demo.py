"""The invented municipality: the same for the same seed, obviously invented, and alive."""

import re
import statistics
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from app import database
from app.commands.demo import prepare
from app.commands.organisation import install
from app.demo.life import BURST, RHYTHM, Life, give_back
from app.demo.mails import KINDS, Mails
from app.demo.municipality import OrganisationError, load
from app.demo.writing import attribution
from app.demo.year import Year
from app.domain import templates
from app.domain.access import Role
from app.environment import read_settings
from app.services.learning import sampling
from app.services.platform import settings as services
from app.services.triage import decisions, returns
from app.workflow.worker import Worker
from connectors.mail.folder.gateway import FolderGateway
from connectors.mail.message import Folder, MailAttachment, Outgoing
from connectors.mail.reading.mime import parse
from learning import quotes
from learning.sampling import FIRST, FLOOR, HUMAN
from tests.serving import serving
from tests.town import PARK, UNITS, Town, eventually, now
from tests.town import mail as written

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAN = load()


@pytest.fixture
def mails() -> Mails:
    return Mails(PLAN, 11)


def test_it_is_large_enough_and_varied() -> None:
    areas = Counter(unit.area for unit in PLAN.units)
    assert areas.pop("Stab") == 4
    assert len(areas) == 4
    assert sum(areas.values()) == 24
    assert len(PLAN.mailboxes) == 6
    assert set(PLAN.fitting) == {*areas, "Stab"}
    assert {person.role for person in PLAN.people} == set(Role)
    named_by = Counter(next(unit.area for unit in PLAN.units if unit.name == s.unit) for s in PLAN.situations)
    assert all(named_by[area] >= 25 for area in PLAN.fitting)
    assert all(len(situation.wordings) >= 4 for situation in PLAN.situations)
    wordings = [text for situation in PLAN.situations for _, text in situation.wordings]
    assert len(set(wordings)) == len(wordings)
    assert all(subject and text for situation in PLAN.situations for subject, text in situation.wordings)


def test_the_towns_own_words_are_such_as_can_be_used() -> None:
    assert all(unit.also_called and unit.guide[0].isupper() for unit in PLAN.units)
    letters = [each.letter for each in PLAN.authorities if each.letter]
    assert [templates.check(letter, templates.ALLOWED[templates.TemplateKind.REFERRAL], []) for letter in letters] == [
        []
    ]
    assert "§ 7" not in letters[0], "its own Borgerservice is no other authority"


def test_mails_quote_as_mail_programs_do(mails: Mails) -> None:
    at = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)
    assert attribution("Ida", at) == "Den fre. 20. nov. 2026 kl. 12.05 skrev Ida:"
    quoting = [parsed for n in range(300) if "skrev visiteringen:" in (parsed := parse(mails.live(n, NOW).raw)).text]
    assert quoting
    assert all("Vi vender tilbage" not in quotes.own_words(parsed.text) for parsed in quoting)


def test_everybody_is_obviously_invented(mails: Mails) -> None:
    raw = b"".join(mails.live(n, NOW).raw for n in range(300))
    assert set(re.findall(rb"@[\w.]+", raw)) == {b"@slusekoebing.example.org", b"@borger.example.org"}
    addresses = [*(unit.address for unit in PLAN.units), *(person.email for person in PLAN.people)]
    assert all(address.endswith(".example.org") for address in addresses)


def test_same_seed_same_bytes(mails: Mails) -> None:
    again, other = Mails(load(), 11), Mails(PLAN, 12)
    assert [mails.live(n, NOW).raw for n in range(60)] == [again.live(n, NOW).raw for n in range(60)]
    assert [m.raw for _, m in mails.history(40, NOW)] == [m.raw for _, m in again.history(40, NOW)]
    assert mails.live(1, NOW).raw != other.live(1, NOW).raw


def test_the_truth_can_be_told_from_the_message_id(mails: Mails) -> None:
    for mail_ in [*(mails.live(n, NOW) for n in range(100)), *(m for _, m in mails.history(50, NOW))]:
        assert mails.truth(mail_.message_id) == mail_.truth
        assert parse(mail_.raw).message_id == mail_.message_id
    assert mails.truth("<other@borger.example.org>") is None


def test_every_kind_of_mail_occurs(mails: Mails) -> None:
    stream = [mails.live(n, NOW) for n in range(900)]
    assert {*KINDS, *(unit.name for unit in PLAN.units)} <= {m.truth for m in stream}
    assert {len(m.twins) for m in stream} == {0, 1, 2}
    raws = b"".join(m.raw for m in stream)
    for trace in (
        b"text/html",
        b"image/png",
        b"application/pdf",
        b"In-Reply-To",
        b"<script>",
        b"En anden ting",
        b"99-0000",
        b"text/calendar",
        b"disposition-notification",
        b"List-Id: Grundejerforeningen",
        b"List-Unsubscribe",
        b"X-Spam-Flag",
    ):
        assert trace in raws


def test_held_out_wordings_are_never_in_the_history(mails: Mails) -> None:
    held = {situation.wordings[-1][0].lower() for situation in PLAN.situations}
    shown = {parse(m.raw).subject.lower() for _, m in mails.history(600, NOW)}
    assert not {subject for subject in held if "{" not in subject} & shown


def test_the_year_has_seasons_a_storm_and_a_reorganisation(mails: Mails) -> None:
    past = list(mails.history(2000, NOW))
    days = {milestone.kind: day for day, milestone in Year(PLAN, 11, NOW).milestones}
    assert days == {"reorganisation": date(2026, 5, 1), "storm": date(2026, 10, 19)}
    assert past[0][0].date() == (NOW - timedelta(weeks=52)).date()
    weeks = Counter((at.date() - days["storm"]).days // 7 for at, _ in past)
    usual = statistics.median(weeks.values())
    assert 2.5 * usual < weeks[0] < 4 * usual
    moved = {situation.unit for situation in PLAN.situations if situation.before == "Vejvedligehold"}
    assert not [m for at, m in past if m.truth == "Gadelys og Signaler" and at.date() < days["reorganisation"]]
    assert moved <= {m.truth for at, m in past if at.date() >= days["reorganisation"]}
    winter = Counter(at.month for at, m in past if m.truth == "Vintertjeneste")
    assert winter[1] + winter[2] > 10 * (winter[6] + winter[7])


@pytest.mark.parametrize("until", [date(2026, 5, 3), date(2026, 10, 20), date(2028, 2, 29), date(2027, 1, 1)])
def test_each_milestone_lies_in_the_year_and_can_be_seen(until: date) -> None:
    year = Year(PLAN, 11, datetime.combine(until, datetime.min.time(), UTC))
    assert len(year.milestones) == 2
    assert all(until - timedelta(days=364) < day <= until - timedelta(days=7) for day, _ in year.milestones)


def test_the_history_is_in_order(mails: Mails) -> None:
    times = [at for at, _ in mails.history(50, NOW)]
    assert all(earlier < later for earlier, later in pairwise(times))


@pytest.mark.parametrize("text", ["", "name = ", "name = 'x'", "name='x'\n[[unit]]\nname='y'"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "organisation.toml"
    file.write_text(text)
    with pytest.raises(OrganisationError, match=r"organisation\.toml"):
        load(file)


def test_a_folder_is_read_as_one_and_names_must_fit(tmp_path: Path) -> None:
    town = "name = 'X'\n[[mailbox]]\naddress = 'a@example.org'\nname = 'A'\n"
    unit = (
        "[[unit]]\nname = 'U'\narea = 'O'\naddress = 'u@example.org'\nguide = ''\nsubject_code = ''\nmode = 'suggest'\n"
    )
    (tmp_path / "a.toml").write_text(town)
    (tmp_path / "b.toml").write_text(unit)
    (tmp_path / "c.toml").write_text(unit.replace("U", "V").replace("u@", "v@"))
    assert [u.name for u in load(tmp_path).units] == ["U", "V"]
    (tmp_path / "d.toml").write_text("[[situation]]\nunit = 'U'\nbefore = 'W'\nwordings = ['a | b']\n")
    with pytest.raises(OrganisationError, match="'W'"):
        load(tmp_path)


@pytest.fixture
def gateway(tmp_path: Path) -> FolderGateway:
    settings = read_settings({"SLUSE_HOME": str(tmp_path)}, demo=True)
    install(settings, PLAN)
    return FolderGateway(settings.mail_root)


def test_mails_arrive_and_units_answer(gateway: FolderGateway, mails: Mails) -> None:
    life = Life(PLAN, mails, gateway)
    life.step(NOW)
    assert life.delivered == BURST
    pause = RHYTHM[0][1]
    life.step(NOW + timedelta(seconds=10 * pause + 1))
    assert life.delivered == BURST + 10
    assert Life(PLAN, mails, gateway).delivered == BURST + 10
    fast = Life(PLAN, mails, gateway, speed=10)
    fast.step(NOW)
    fast.step(NOW + timedelta(seconds=pause + 0.1))
    assert fast.delivered == BURST + 20

    citizen = next(m for m in (mails.live(n, NOW) for n in range(99)) if m.truth == "Park og Natur")
    address = next(unit.address for unit in PLAN.units if unit.name == "Park og Natur")
    original = MailAttachment("henvendelse.eml", "message/rfc822", citizen.raw)
    subject = "VS: Et meget langt emne, som mailens hoved må brydes for at få plads til, æøå [2026-000001]"
    gateway.send(Outgoing("<f@x.example.org>", PLAN.mailboxes[0][0], address, subject, "Hej", (original,)))
    thread = parse(citizen.raw).message_id
    gateway.save_draft(address, Outgoing("<d@x.example.org>", address, "a@borger.example.org", "SV", "", (), thread))
    life.step(NOW + timedelta(seconds=10 * pause + 2))
    for n in range(3 * 60):
        life.step(NOW + timedelta(minutes=n))
    (sent,) = gateway.new_messages(address, None, folder=Folder.SENT).messages
    answer = parse(gateway.raw(address, sent.key, folder=Folder.SENT))
    assert answer.subject.endswith("[2026-000001]")
    assert answer.in_reply_to == thread
    assert gateway.new_messages(address, None, folder=Folder.DRAFTS).messages == ()


def test_the_same_mail_lies_in_each_mailbox_it_was_sent_to(gateway: FolderGateway, mails: Mails) -> None:
    life = Life(PLAN, mails, gateway)
    life.step(NOW)
    life.step(NOW + timedelta(minutes=40))
    sent = [mails.live(n, NOW) for n in range(life.delivered)]
    twins = [mail for mail in sent if mail.twins]
    assert twins
    for mail in twins:
        assert parse(mail.raw).recipients == (mail.mailbox, *mail.twins)
        for address in (mail.mailbox, *mail.twins):
            assert gateway.find(address, mail.message_id, folder=Folder.INBOX)
        assert mails.truth(mail.message_id) == mail.truth


def test_half_of_what_is_not_a_units_own_goes_to_its_retur_folder(gateway: FolderGateway, mails: Mails) -> None:
    unit = PLAN.units[0]
    strange = [m for m in (mails.live(n, NOW) for n in range(60)) if m.truth not in (unit.name, "follow_up")]
    for n, mail in enumerate(strange):
        original = MailAttachment("henvendelse.eml", "application/octet-stream", mail.raw)
        subject = f"VS: Noget [2026-{n:06d}]"
        gateway.send(Outgoing(f"<f{n}@x.example.org>", PLAN.mailboxes[0][0], unit.address, subject, "", (original,)))
    life = Life(replace(PLAN, units=(unit,), mailboxes=()), mails, gateway, most=0)
    life.step(NOW)
    life.step(NOW + timedelta(days=1))
    back = gateway.new_messages(unit.address, None, folder=Folder.RETURNS, limit=1000).messages
    assert 0.3 * len(strange) < len(back) < 0.7 * len(strange)


def test_a_unit_leaves_alone_what_was_not_written_to_the_town(gateway: FolderGateway, mails: Mails) -> None:
    unit = PLAN.units[0]
    original = MailAttachment("henvendelse.eml", "message/rfc822", written("Hul i vejen", "Et rigtigt hul."))
    for n in range(8):
        letter = Outgoing(f"<f{n}@x.example.org>", PLAN.mailboxes[0][0], unit.address, "VS: Hul", "", (original,))
        gateway.send(letter)
    life = Life(replace(PLAN, units=(unit,), mailboxes=()), mails, gateway, most=0)
    life.step(NOW)
    life.step(NOW + timedelta(days=1))
    assert len(gateway.new_messages(unit.address, None).messages) == 8
    assert gateway.new_messages(unit.address, None, folder=Folder.SENT).messages == ()


def test_a_unit_sends_back_what_is_not_its_own(town: Town, mails: Mails) -> None:
    """The whole way: a wrong route, the forward with its link, the unit that follows it, the mail in triage again."""
    misrouted = next(m for m in (mails.live(n, NOW) for n in range(99)) if m.truth == "Vejvedligehold")
    unit = replace(PLAN.units[0], name=PARK, address=UNITS[PARK])
    (enquiry,) = town.receive(misrouted.raw)
    with database.write(town.container.engine) as session:
        version = town.enquiry(enquiry).version
        decisions.route(
            session,
            town.container.robot,
            enquiry,
            town.units[PARK],
            version=version,
            by=town.visitator.actor,
            now=now(),
        )
    with serving(town) as base:
        worker = Worker(town.container)
        worker.start()
        eventually(lambda: "forwarded" in town.events(enquiry))
        life = Life(replace(PLAN, units=(unit,), mailboxes=()), mails, town.gateway, by_folder=0.0, most=0)
        life.step(NOW)
        life.step(NOW + timedelta(days=1))
        assert town.enquiry(enquiry).state == "triage"
        assert town.enquiry(enquiry).returns == 1
        token = returns.sign(returns.ReturnLink(enquiry, 1), town.container.settings.secret_key)
        assert not give_back(f"{base}/retur/{token}")
        assert not give_back("http://evil.example.org/retur/x")
        worker.stop()


def test_a_day_can_be_followed_by_one_visitor() -> None:
    """A few mails a minute at most, and fewer as the day goes on: the queue stays one that can be emptied."""

    per_hour = [3600 / seconds for _, seconds in RHYTHM]
    assert per_hour == sorted(per_hour, reverse=True)
    assert per_hour[0] <= 3 * 60
    seconds, n = 0.0, BURST
    while seconds < 1800:
        seconds += next(pause for until, pause in RHYTHM if n < until)
        n += 1
    assert n <= 70


def test_preparing_twice_changes_nothing(tmp_path: Path) -> None:
    settings = read_settings({"SLUSE_HOME": str(tmp_path)}, demo=True)
    counted = ("enquiry", "account", "unit", "event WHERE kind = 'milestone'")
    prepare(settings, PLAN, 11, history_mails=40)
    engine = database.create(settings.database_url)
    with engine.connect() as connection:
        before = [connection.exec_driver_sql(f"SELECT count(*) FROM {t}").scalar() for t in counted]
    prepare(settings, PLAN, 23, history_mails=40)
    with engine.connect() as connection:
        after = [connection.exec_driver_sql(f"SELECT count(*) FROM {t}").scalar() for t in counted]
    engine.dispose()
    assert before == after == [40, len(PLAN.people), len(PLAN.units), 2]


def test_a_year_that_was_stopped_half_way_is_made_anew(tmp_path: Path) -> None:
    settings = read_settings({"SLUSE_HOME": str(tmp_path)}, demo=True)
    prepare(settings, PLAN, 11, history_mails=10)
    with database.opened(settings.database_url) as engine, database.write(engine) as session:
        services.put(session, services.YEAR_PLAYED, False)
    prepare(settings, PLAN, 11, history_mails=12)
    with database.opened(settings.database_url) as engine, engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM enquiry").scalar() == 12


def test_every_installation_tosses_a_coin_of_its_own(tmp_path: Path) -> None:
    """Nobody can know which mails are checked; only the demo, which is known to all, tosses as it did before."""
    found = []
    for n, seed in enumerate(("", "", "demo 11")):
        settings = read_settings({"SLUSE_HOME": str(tmp_path / str(n))}, demo=True)
        install(settings, PLAN, seed=seed)
        install(settings, PLAN, seed="another")
        engine = database.create(settings.database_url)
        with database.read(engine) as session:
            rule = services.get(session, services.SAMPLING)
            found.append((rule.pop("seed"), sampling.toss(session, 7)))
        engine.dispose()
        assert rule == {"floor": FLOOR, "first": FIRST, "human": HUMAN}
    assert len({seed for seed, _ in found}) == len({toss for _, toss in found}) == 3
    assert all(len(seed) == 32 for seed, _ in found[:2])
    assert found[2][0] == "demo 11"
