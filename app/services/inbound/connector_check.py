"""Check against a real mailbox what the robot relies on in a mail system.

Each promise of the mail gateway is tried by itself and gets a verdict, so that whoever runs the mail system can see what to
change. What is sent and put there carries a Message-ID of this check, and is removed at the end whatever happens. Nothing
else in the mailbox is touched.
"""

import email
import email.policy
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

from app.services.inbound.bounded_calls import within
from connectors.errors import ConnectorError
from connectors.mail import addresses
from connectors.mail.compose import LOOP_MARK
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, MailAttachment, Outgoing

MOST_MAILS = 20
"""So many mails a check may make, and so many new ones of a folder it reads."""
PAGE, MOST_PAGES = 100, 50
"""How a folder is listed to its end. Beyond that it is no test mailbox."""
CLEAN_UP = 60.0
"""Seconds that clearing up has, beside those of the check."""
COPIES = 5
"""So many copies of one mail are removed from a folder; more than one is a fault already."""
OURS = "@sluse.example.org>"
"""How the Message-IDs of the robot's letters and drafts end (domain/journaling.py)."""
CONTENT = bytes(range(256)) + "Æblegård".encode()
ROLES = {Folder.INBOX: "Indbakke", Folder.SENT: "Sendt post", Folder.DRAFTS: "Kladder", Folder.RETURNS: "Retur"}
Result = TypeVar("Result")


class Outcome(StrEnum):
    WORKS = "works"
    LIMITED = "limited"
    FAILS = "fails"
    UNTRIED = "untried"
    """What it needs had failed before."""
    ABSENT = "absent"
    """One of several ways to the same end does not work, or was not asked for; the others do."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one promise fared; `reason` and `advice` are for the people who run the mail system, "" where it works."""

    promise: str
    outcome: Outcome
    reason: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds: for all of the check, for a mail to arrive, and for one that must not come a second time."""

    total: float = 300.0
    arrival: float = 60.0
    second: float = 5.0


class Limited(Exception):
    """The error of a promise that is kept in part."""


class Broken(Exception):
    """The error of a promise that is not kept; `advice` says what to do."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.advice = advice


class _Patient:
    """A mail gateway whose calls end in time, and that is not asked for more than a few mails."""

    def __init__(self, inner: MailGateway, seconds: float) -> None:
        self._inner, self._until, self._made = inner, time.monotonic() + seconds, 0

    def extend(self, seconds: float) -> None:
        """Give the calls to come so many seconds from now on."""
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Return the seconds that are left."""
        return self._until - time.monotonic()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._inner, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self._made += name in ("send", "save_draft")
            if self._made > MOST_MAILS:
                raise ConnectorError("the check has made as many mails as it may", retryable=False)
            return within(self.left, lambda: method(*arguments, **named))

        return call


@dataclass
class _Check:
    """One run on one mailbox, with what it has found out so far."""

    gateway: MailGateway
    address: str
    partner: str | None
    waits: Waits
    left: Callable[[], float]
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    made: list[str] = field(default_factory=list)
    """The Message-IDs of all mails of this run."""
    starts: dict[tuple[str, Folder], str | None] = field(default_factory=dict)
    """Where each folder ended before anything was sent."""
    latest: dict[tuple[str, Folder], list[str]] = field(default_factory=dict)
    """The last mails that lay in each folder then."""
    journal: str | None = None
    plus_addresses: bool = False
    """The mail system is described as one that delivers them."""
    key: str = ""
    """The mail to the mailbox itself, in its inbox."""
    raw: bytes = b""

    def outgoing(self, number: int, recipient: str) -> Outgoing:
        """Return a mail of this run; the same number gives the same mail."""
        message_id = f"<sluse-check-{self.run}-{number}@{addresses.domain(self.address)}>"
        if message_id not in self.made:
            self.made.append(message_id)
        return Outgoing(
            message_id,
            self.address,
            recipient,
            f"Sluse afprøver postkassen ({self.run}), æøå",
            "Denne mail er sendt af ”sluse check-connector” og slettes igen om lidt.\n",
            (MailAttachment("prøve.bin", "application/octet-stream", CONTENT),),
            headers=(("Date", format_datetime(datetime.now(UTC))),),
        )

    def note_end(self, mailbox: str, folder: Folder) -> None:
        """List a folder to its end, so that only what comes after is looked at."""
        cursor: str | None = None
        latest: list[str] = []
        for _ in range(MOST_PAGES):
            batch = self.gateway.new_messages(mailbox, cursor, folder=folder, limit=PAGE)
            cursor, latest = batch.cursor, [*latest, *(ref.key for ref in batch.messages)][-MOST_MAILS:]
            if len(batch.messages) < PAGE:
                break
        else:
            raise Broken(
                f"der ligger over {PAGE * MOST_PAGES} mails i mappen {ROLES[folder]}", "Brug en postkasse til prøver."
            )
        self.starts[mailbox, folder], self.latest[mailbox, folder] = cursor, latest

    def copies(self, mailbox: str, folder: Folder, message_id: str) -> list[str]:
        """Return the keys of the new mails of a folder that have a Message-ID, by the mails themselves."""
        batch = self.gateway.new_messages(mailbox, self.starts.get((mailbox, folder)), folder=folder, limit=MOST_MAILS)
        keys = []
        for ref in batch.messages:
            raw = self.gateway.raw(mailbox, ref.key, folder=folder)
            if _header(raw, "Message-ID") == message_id:
                keys.append(ref.key)
        return keys

    def wait(self, look: Callable[[], Result]) -> Result:
        """Look until something is there, for as long as a mail may take."""
        until, pause = time.monotonic() + min(self.waits.arrival, self.left()), 0.05
        while True:
            found = look()
            if found or time.monotonic() >= until:
                return found
            time.sleep(pause)
            pause = min(2 * pause, 2.0)

    def settled(self, mailbox: str, folder: Folder, message_id: str) -> int:
        """Return how many copies there are, once a second one has had its time to come."""
        time.sleep(max(0.0, min(self.waits.second, self.left())))
        return len(self.copies(mailbox, folder, message_id))


def check(
    gateway: MailGateway,
    address: str,
    partner: str | None = None,
    waits: Waits = Waits(),
    *,
    journal: str | None = None,
    plus_addresses: bool = False,
) -> list[Verdict]:
    """Try every promise on a mailbox, and on a second one of the same system where there is one. Raises nothing.

    Whatever it made is removed before it returns, also when something fails in between.

    Args:
        gateway: to the mail system.
        address: of the mailbox.
        partner: a second mailbox of the same system.
        waits: how long all of it may take.
        journal: the mailbox that gets copies of what is sent, where one is to be tried.
        plus_addresses: the mail system is described as one that delivers them, so that must work.
    """
    patient = _Patient(gateway, waits.total)
    run = _Check(cast(MailGateway, patient), address, partner, waits, lambda: patient.left)
    run.journal, run.plus_addresses = journal, plus_addresses
    verdicts: list[Verdict] = []
    try:
        verdicts += _verdicts(run)
        if run.key:
            verdicts += _ways_of_answers(run)
    finally:
        patient.extend(CLEAN_UP)
        if run.starts:
            verdicts.append(_tried("Prøvens egne mails er fjernet igen", lambda: _clean_up(run), _LEFT_BEHIND))
    return verdicts


_SIGN_IN = "Kontrollér adresse, brugernavn, adgangskode eller nøgle, og at robotten har adgang til postkassen."
_FOLDER = "Opret mappen i postkassen, eller skriv i indstillingen for mailsystemet, hvad den hedder."
_SEND = "Giv robotten ret til at sende som postkassen, og se efter i mailsystemets log, hvad der blev af mailen."
_MOVE = "Giv robotten ret til at læse, flytte og slette i alle postkassens mapper."
_LEFT_BEHIND = "Søg efter ”sluse-check” i postkassens mapper, og slet mailene i hånden."
_REPORT = "Brug ikke robotten på dette mailsystem, før fejlen er fundet: mails kan blive overset eller sendt to gange."


def _verdicts(run: _Check) -> Iterator[Verdict]:
    inbox = _tried("Logge ind og åbne postkassen", lambda: run.note_end(run.address, Folder.INBOX), _SIGN_IN)
    yield inbox
    if inbox.outcome is Outcome.FAILS:
        yield from (
            Verdict(each, Outcome.UNTRIED, "postkassen kunne ikke åbnes") for each in (SENT_ONCE, *AFTER, DRAFT)
        )
        return
    for folder in (Folder.SENT, Folder.DRAFTS, Folder.RETURNS):
        found = _tried(f"Finde mappen {ROLES[folder]}", lambda each=folder: run.note_end(run.address, each), _FOLDER)  # type: ignore[misc]
        yield found
    sent = _tried(SENT_ONCE, lambda: _arrives_once(run), _SEND)
    yield sent
    for promise, (trial, advice) in AFTER.items():
        if run.key:
            yield _tried(promise, lambda each=trial: each(run), advice)  # type: ignore[misc]
        else:
            yield Verdict(promise, Outcome.UNTRIED, "mailen til postkassen selv kom ikke frem")
    yield _tried(DRAFT, lambda: _draft_once(run), _MOVE)
    if run.partner is not None:
        yield _tried(f"En mail til {run.partner} kommer frem én gang", lambda: _reaches_partner(run), _SEND)


def _arrives_once(run: _Check) -> None:
    message = run.outgoing(1, run.address)
    run.gateway.send(message)
    keys = run.wait(lambda: run.copies(run.address, Folder.INBOX, message.message_id))
    if not keys:
        if _foreign_keys(run):
            raise Broken("mailen kom frem med et andet Message-ID end det, den blev sendt med", _REPORT)
        raise Broken(f"mailen ikke var kommet efter {run.waits.arrival:.0f} sekunder", _SEND)
    run.key = keys[0]
    run.raw = run.gateway.raw(run.address, run.key)
    if run.settled(run.address, Folder.INBOX, message.message_id) != 1:
        raise Broken("mailen kom flere gange", _REPORT)


def _reads(run: _Check) -> None:
    mail = email.message_from_bytes(run.raw, policy=email.policy.default)
    files = [part.get_content() for part in mail.iter_attachments()]
    if CONTENT not in files:
        raise Broken("den vedhæftede fil ikke var den samme, da mailen blev hentet", _REPORT)


def _copy_in_sent(run: _Check) -> None:
    message_id = run.outgoing(1, run.address).message_id
    if run.wait(lambda: run.gateway.find(run.address, message_id, folder=Folder.SENT)) is None:
        raise Broken("kopien ikke ligger i Sendt post", "Slå til, at sendte mails gemmes i postkassens Sendt post.")


def _again(run: _Check) -> None:
    message = run.outgoing(1, run.address)
    run.gateway.send(message, again=True)
    inbox = run.settled(run.address, Folder.INBOX, message.message_id)
    if inbox != 1:
        raise Broken("mailen kom frem en gang til", _REPORT)
    if Folder.SENT in _listed(run) and len(run.copies(run.address, Folder.SENT, message.message_id)) > 1:
        raise Limited("der ligger to kopier i Sendt post, men mailen er kun kommet frem én gang")


def _loop_mark(run: _Check) -> None:
    if _header(run.raw, LOOP_MARK[0]) != LOOP_MARK[1]:
        raise Broken(
            f"robottens eget mærke ({LOOP_MARK[0]}) er fjernet, og uden det kan to robotter blive ved med at svare hinanden",
            f"Lad mailsystemet og filtre på vejen bevare {LOOP_MARK[0]}.",
        )


def _automatic_mark(run: _Check) -> None:
    if not _header(run.raw, "Auto-Submitted"):
        raise Limited(
            "mailsystemet fjerner Auto-Submitted, så andres autosvar kan ikke se, at mailen er automatisk. "
            f"Robotten kender sine egne mails på {LOOP_MARK[0]}"
        )


def _finds_exactly(run: _Check) -> None:
    message_id = run.outgoing(1, run.address).message_id
    if run.wait(lambda: run.gateway.find(run.address, message_id, folder=Folder.INBOX)) is None:
        raise Broken("mailen ikke kunne findes på sit Message-ID, selv om den ligger der", _REPORT)
    almost = message_id[:-3] + ">"
    if run.gateway.find(run.address, almost, folder=Folder.INBOX) is not None:
        raise Broken("en søgning på et andet Message-ID fandt den også", _REPORT)


def _moves(run: _Check) -> None:
    message_id = run.outgoing(1, run.address).message_id
    run.gateway.move(run.address, run.key, source=Folder.INBOX, target=Folder.RETURNS)
    there = run.wait(lambda: run.gateway.find(run.address, message_id, folder=Folder.RETURNS))
    if there is None:
        raise Broken("mailen ikke kom over i mappen Retur", _MOVE)
    gone = run.wait(lambda: run.gateway.find(run.address, message_id, folder=Folder.INBOX) is None)
    run.gateway.new_messages(run.address, run.starts[run.address, Folder.INBOX], limit=MOST_MAILS)
    run.gateway.move(run.address, there, source=Folder.RETURNS, target=Folder.INBOX)
    back = run.wait(lambda: run.copies(run.address, Folder.INBOX, message_id))
    if not back:
        raise Broken("mailen ikke blev set igen, da den kom tilbage i indbakken", _REPORT)
    run.key = back[0]
    if not gone:
        raise Limited("mailen lå et øjeblik i begge mapper")


def _marks_seen(run: _Check) -> None:
    message_id = run.outgoing(1, run.address).message_id
    run.gateway.mark_taken(run.address, run.key)
    if not run.copies(run.address, Folder.INBOX, message_id):
        raise Broken("en mail, der er læst, ikke står på listen mere", _REPORT)


def _removes(run: _Check) -> None:
    message_id = run.outgoing(1, run.address).message_id
    run.gateway.remove(run.address, run.key, folder=Folder.INBOX)
    if not run.wait(lambda: run.gateway.find(run.address, message_id, folder=Folder.INBOX) is None):
        raise Broken("mailen stadig ligger der, efter at den er slettet", _MOVE)


def _draft_once(run: _Check) -> None:
    message = run.outgoing(2, run.address)
    run.gateway.save_draft(run.address, message)
    if run.wait(lambda: run.gateway.find(run.address, message.message_id, folder=Folder.DRAFTS)) is None:
        raise Broken("kladden ikke kunne findes i Kladder", _FOLDER)
    run.gateway.save_draft(run.address, message)
    if Folder.DRAFTS in _listed(run) and len(run.copies(run.address, Folder.DRAFTS, message.message_id)) != 1:
        raise Broken("kladden ligger der to gange", _REPORT)


def _reaches_partner(run: _Check) -> None:
    assert run.partner is not None
    run.note_end(run.partner, Folder.INBOX)
    message = run.outgoing(3, run.partner)
    run.gateway.send(message)
    if not run.wait(lambda: run.copies(str(run.partner), Folder.INBOX, message.message_id)):
        raise Broken(f"mailen ikke var kommet efter {run.waits.arrival:.0f} sekunder", _SEND)
    run.gateway.send(message, again=True)
    if run.settled(run.partner, Folder.INBOX, message.message_id) != 1:
        raise Broken("mailen kom flere gange", _REPORT)


OWN_SENT = "Svarvej: svar i postkassens egen Sendt post ses"
OUTLOOK = "Svarvej: svar, der sendes fra Outlook som postkassen, lægges i dens Sendt post"
JOURNAL = "Svarvej: journalpostkassen får en kopi af det, postkassen sender"
PLUS = "Svarvej: plusadresser (post+…@) når frem til postkassen"


def _ways_of_answers(run: _Check) -> Iterator[Verdict]:
    """Try by which ways a unit's answer can be seen: one that works is enough."""
    copies = f"Set-Mailbox '{run.address}' -MessageCopyForSentAsEnabled $true -MessageCopyForSendOnBehalfEnabled $true"
    yield _way(OWN_SENT, lambda: _sent_is_seen(run), _FOLDER)
    yield _way(
        OUTLOOK,
        lambda: _people_file_in_sent(run),
        "Send en mail fra Outlook som postkassen, og afprøv igen. Ligger mailen ikke i postkassens Sendt post, så kør i Exchange: "
        f"{copies}.",
    )
    yield _way(
        JOURNAL,
        lambda: _journal_gets_a_copy(run),
        "Lav i mailsystemet en regel, der sender en skjult kopi af enhedernes mails til journalpostkassen (i Exchange en "
        "transportregel: New-TransportRule … -BlindCopyTo), og nævn den her med --journal ADRESSE. En regel, der kun gælder "
        "mails ud af huset, kan prøven ikke se: send da selv en mail fra postkassen til en adresse udenfor.",
    )
    plus = _way(
        PLUS,
        lambda: _tagged_arrives(run),
        "Lad PLUS_ADDRESSES stå på off. Exchange Online kan dem, når de ikke er slået fra (Set-OrganizationConfig "
        "-DisablePlusAddressInRecipients $false); Dovecot og Postfix kan dem med recipient_delimiter = +; Exchange på egne servere "
        "kan dem ikke.",
    )
    yield replace(plus, outcome=Outcome.FAILS) if plus.outcome is Outcome.ABSENT and run.plus_addresses else plus


def _way(promise: str, trial: Callable[[], None], advice: str) -> Verdict:
    """Try one way of several: that it does not work is no fault of the mail system."""
    verdict = _tried(promise, trial, advice)
    return replace(verdict, outcome=Outcome.ABSENT) if verdict.outcome is Outcome.FAILS else verdict


def _sent_is_seen(run: _Check) -> None:
    message_id = run.outgoing(1, run.address).message_id
    if Folder.SENT not in _listed(run) or not run.wait(lambda: run.copies(run.address, Folder.SENT, message_id)):
        raise Broken("en mail, der lige er sendt, ikke står på listen over Sendt post", _FOLDER)


def _people_file_in_sent(run: _Check) -> None:
    """Look at the last mails that lay in Sent before: what the robot sent is no witness."""
    keys = run.latest.get((run.address, Folder.SENT), [])
    heads = (run.gateway.raw(run.address, key, folder=Folder.SENT) for key in keys)
    if not any(not _header(raw, LOOP_MARK[0]) and not _header(raw, "Message-ID").endswith(OURS) for raw in heads):
        none = f"ingen af de seneste {len(keys)} mails i Sendt post er skrevet af et menneske"
        raise Broken(none if keys else "der ligger ingen mails i Sendt post endnu", "")


def _journal_gets_a_copy(run: _Check) -> None:
    if run.journal is None:
        raise Broken("der ikke er nævnt nogen journalpostkasse", "")
    run.note_end(run.journal, Folder.INBOX)
    message = run.outgoing(4, run.address)
    run.gateway.send(message)
    if not run.wait(lambda: run.copies(str(run.journal), Folder.INBOX, message.message_id)):
        raise Broken(f"kopien ikke var kommet til {run.journal} efter {run.waits.arrival:.0f} sekunder", "")


def _tagged_arrives(run: _Check) -> None:
    """Send a mail to a tagged address; the tag must be there when it is read, or it would tell nothing."""
    tagged = addresses.tagged(run.address, f"sluse-check-{run.run}")
    if not tagged:
        raise Broken("adressen er for lang til det, eller har en tilføjelse i forvejen", "")
    message = run.outgoing(5, tagged)
    run.gateway.send(message)
    keys = run.wait(lambda: run.copies(run.address, Folder.INBOX, message.message_id))
    if not keys:
        raise Broken(f"en mail til {tagged} ikke var kommet efter {run.waits.arrival:.0f} sekunder", "")
    raw = run.gateway.raw(run.address, keys[0])
    if tagged not in f"{_header(raw, 'To')} {_header(raw, 'Delivered-To')} {_header(raw, 'X-Original-To')}".lower():
        raise Broken("mailen kommer frem, men uden tilføjelsen i adressen", "")


SENT_ONCE, DRAFT = "En mail til postkassen selv kommer frem én gang", "Et svarudkast lægges i Kladder én gang"
AFTER: dict[str, tuple[Callable[[_Check], None], str]] = {
    "Mails kan hentes, som de blev sendt": (_reads, _REPORT),
    "Kopien ligger i Sendt post": (_copy_in_sent, _FOLDER),
    "Den samme mail igen ændrer intet": (_again, _REPORT),
    "Robottens mærke på mails bevares (X-Sluse)": (_loop_mark, _REPORT),
    "Mærket for automatiske mails bevares (Auto-Submitted)": (_automatic_mark, _REPORT),
    "En mail findes på sit Message-ID, og kun på det": (_finds_exactly, _REPORT),
    "En mail, der er læst, står stadig på listen": (_marks_seen, _MOVE),
    "En mail flyttes til Retur, og ses igen, når den kommer tilbage": (_moves, _MOVE),
    "En mail kan slettes": (_removes, _MOVE),
}
"""What is tried on the mail to the mailbox itself, in this order."""


def _tried(promise: str, trial: Callable[[], None], advice: str) -> Verdict:
    """Try one promise. What the mail system says is handed on as it says it."""
    try:
        trial()
    except Limited as limit:
        return Verdict(promise, Outcome.LIMITED, str(limit))
    except Broken as broken:
        return Verdict(promise, Outcome.FAILS, str(broken), broken.advice or advice)
    except ConnectorError as error:
        return Verdict(promise, Outcome.FAILS, f"mailsystemet svarede: {error}", advice)
    except Exception as error:  # noqa: BLE001 - a connector's own fault is a verdict as well, and the rest goes on
        return Verdict(promise, Outcome.FAILS, f"robotten fejlede ({type(error).__name__})", "Send denne side til os.")
    return Verdict(promise, Outcome.WORKS)


def _clean_up(run: _Check) -> None:
    """Remove all that this run made, folder by folder; a folder that fails keeps the others from nothing."""
    failure: ConnectorError | None = None
    for mailbox in filter(None, (run.address, run.partner, run.journal)):
        for folder in Folder:
            if mailbox != run.address and folder is not Folder.INBOX:
                continue
            if mailbox == run.address and (mailbox, folder) not in run.starts:
                continue  # it could not even be opened
            for message_id in run.made:
                try:
                    _remove_all(run, mailbox, folder, message_id)
                except ConnectorError as error:
                    failure = error
    for key in _foreign_keys(run):
        run.gateway.remove(run.address, key, folder=Folder.INBOX)
    if failure is not None:
        raise failure


def _remove_all(run: _Check, mailbox: str, folder: Folder, message_id: str) -> None:
    for _ in range(COPIES):
        key = run.gateway.find(mailbox, message_id, folder=folder)
        if key is None:
            return
        run.gateway.remove(mailbox, key, folder=folder)


def _foreign_keys(run: _Check) -> list[str]:
    """Return the new mails of the inbox that are of this run and carry another Message-ID: bounces, or rewritten ones."""
    batch = run.gateway.new_messages(run.address, run.starts[run.address, Folder.INBOX], limit=MOST_MAILS)
    contents = ((ref.key, run.gateway.raw(run.address, ref.key)) for ref in batch.messages)
    return [key for key, raw in contents if run.run.encode() in raw and _header(raw, "Message-ID") not in run.made]


def _listed(run: _Check) -> set[Folder]:
    return {folder for mailbox, folder in run.starts if mailbox == run.address}


def _header(raw: bytes, name: str) -> str:
    return str(email.message_from_bytes(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n").get(name, "")).strip()
