"""Mails that a machine wrote: what answers by itself, absence notes in the languages around us, invitations, receipts.

Nobody needs to read an absence note. A form's or a rule's mail is as automatic, and brings a citizen's words: headers alone
do not tell the two apart (Exchange marks both `auto-generated`), so the subject and the words do.
"""

import re
from collections.abc import Mapping, Sequence

PLAIN = frozenset({"", "no"})
REPLYING = frozenset({"auto_reply", "auto-reply"})
OURS = "x-sluse"
INVITATION = "invitation"
"""Not a header of the mail: the reader's word that a calendar part stands beside the text (connectors/mail/mime.py)."""
REPORT = re.compile(r'report-type\s*=\s*"?([\w-]+)')
TAG = re.compile(r"^\s*\[[^\]]{1,30}\]\s*")
REPLY = re.compile(r"^\s*(?:sv|re|aw|vs|svar|antw)\s*(?:\[\d+\]|\(\d+\))?\s*:", re.IGNORECASE)

ANNOUNCED = re.compile(
    # Danish, Norwegian, Swedish
    r"automatisk(?:t)? (?:svar|besked|mail)|auto[- ]?svar|automatsvar|fraværs(?:besked|svar|meddelelse|melding|mail)"
    r"|feriesvar|ferie(?:besked|melding|mail)|frånvaromeddelande|semester(?:meddelande|svar)"
    # English
    r"|automat(?:ic|ed) (?:reply|response|answer)|auto[- ]?(?:reply|response|responder)"
    r"|out[- ]of[- ](?:the[- ])?office (?:auto[- ]?reply|reply|response|notification|message|assistant)"
    r"|(?:vacation|holiday|absence|away) (?:reply|message|notice|response|notification|auto[- ]?reply)"
    # German, Dutch, Finnish, French, Spanish, Italian, Portuguese, Polish, Icelandic
    r"|automatische (?:antwort|rückantwort|abwesenheitsnotiz)|abwesenheits(?:notiz|meldung|nachricht|assistent)"
    r"|urlaubs(?:notiz|meldung|nachricht)|automatisch(?:e)? (?:antwoord|beantwoording)|afwezigheidsbericht"
    r"|automaattinen vastaus|réponse automatique|message d'absence|respuesta automática|risposta automatica"
    r"|resposta automática|automatyczna odpowiedź|autoodpowiedź|sjálfvirkt svar",
    re.IGNORECASE,
)
"""What only a machine calls a mail, at the beginning of its subject."""
AWAY = re.compile(
    r"(?:er |i am |i'm |ich bin |jag är |jeg er )?(?:currently |p\.?t\.? |i øjeblikket )?(?:"
    r"fraværende|fravær|ikke til ?stede|ikke på kontoret|ude af (?:kontoret|huset)|ute av kontoret|(?:på|holder) ferie|ferie"
    r"|frånvarande|frånvaro|inte på (?:kontoret|plats)|ej på kontoret|på semester|semester|tjänstledig"
    r"|out[- ]of[- ](?:the[- ])?office|ooo|on (?:annual |maternity |parental |sick )?(?:leave|vacation|holiday)|vacation"
    r"|away(?: from .{1,20})?|not in the office|abwesend|abwesenheit|nicht im (?:büro|hause?)|außer haus|im urlaub|urlaub"
    r"|afwezig|afwezigheid)\b",
    re.IGNORECASE,
)
"""What a machine calls a mail, and a person may: the words below it decide."""
NOTE = re.compile(
    # Danish and Norwegian
    r"\b(?:på|holder|afholder|tar|har|under min|under vores) (?:\w+ )?(?:ferie|juleferie|sommerferie|efterårsferie|vinterferie|påskeferie)"
    r"|\bferielukket|\bholder (?:\w+ )?lukket|\bhar lukket|\b(?:barsel|barselsorlov|orlov|permisjon|pappaperm|foreldrepermisjon)\b"
    r"|\bfraværende\b|\bikke (?:på kontoret|på arbejde|på jobb|til ?stede|at træffe)|\b(?:ude af|ute av) (?:kontoret|huset)"
    r"|\b(?:læser|besvarer|svarer|tjekker|ser|leser|sjekker) (?:derfor )?(?:ikke|kun sporadisk|kun i begrænset omfang) "
    r"|\b(?:begrænset|ikke|ingen) adgang til (?:min |mine )?(?:mail|e-?mail|e-?post)"
    r"|\b(?:i|under) m(?:it|itt|in) fravær|\btilbage (?:igen )?(?:på (?:kontoret|arbejde|jobb?) )?(?:igen )?(?:den|d\.|fra|til|efter|i uge|\w+dag|\d)"
    r"|\b(?:vender|vendt|er) tilbage\b|\bved hastesager|\bhvis det haster|\bhaster det|\bhastende|\bi presserende"
    r"|\b(?:kontakt|henvend dig til|ta kontakt|skriv (?:i stedet )?til|ring (?:i stedet )?til)\b"
    r"|\bdette er (?:et automatisk svar|en automatisk)|\bmin mail (?:bliver|vil) ikke"
    # Swedish
    r"|\b(?:på|har|tar) semester|\btjänstledig|\bföräldraledig|\bfrånvarande|\binte på (?:kontoret|plats|jobbet)"
    r"|\b(?:läser|svarar på) (?:inte|ej) |\b(?:åter|tillbaka) (?:igen )?(?:på (?:kontoret|jobbet) )?(?:den|på|igen|efter|\w+dag|\d)"
    r"|\bunder min (?:frånvaro|semester)|\bvid brådskande|\bkontakta\b"
    # English
    r"|\bout of (?:the )?office|\bon (?:\w+ )?(?:leave|vacation|holidays?)\b|\baway (?:from|until|till)\b|\bin my absence"
    r"|\b(?:limited|no) access to (?:my )?e-?mail|\bwill (?:return|be back|reply|respond|answer)\b|\bback (?:in the office )?on\b"
    r"|\bnot (?:in the office|available|checking)|\bunavailable\b|\b(?:urgent|emergency|immediate assistance)\b|\bplease contact\b"
    r"|\bthis is an automat"
    # German
    r"|\bim urlaub|\babwesend|\bnicht im (?:büro|hause?)|\baußer haus|\bnicht (?:erreichbar|gelesen|weitergeleitet)"
    r"|\bin meiner abwesenheit|\bwährend meiner abwesenheit|\bkeinen zugriff|\bwieder (?:erreichbar|im (?:büro|hause?)|für sie|da|zurück)"
    r"|\bin dringenden|\bdringend|\bwenden sie sich|\bkontaktieren sie",
    re.IGNORECASE,
)
"""What the sentences of an absence note say: that one is away, until when, and whom to ask instead."""
LEAVE = re.compile(
    r"ferie|lukket|barsel|orlov|permisjon|fraværende|fravær|ikke (?:på kontoret|på arbejde|på jobb|til ?stede|at træffe)"
    r"|(?:ude af|ute av) (?:kontoret|huset)|semester|ledig\b|frånvar|inte på (?:kontoret|plats|jobbet)|out of (?:the )?office"
    r"|\bon (?:\w+ )?(?:leave|vacation|holidays?)\b|\baway (?:from|until|till)\b|absence|not in the office|unavailable"
    r"|urlaub|abwesend|abwesenheit|nicht im (?:büro|hause?)|außer haus|nicht erreichbar|(?:læser|leser|läser) (?:\w+ )?(?:ikke|inte|ej)"
    r"|automatisk svar|automat(?:ic|ed) reply",
    re.IGNORECASE,
)
"""What at least one of them says."""
CIVIL = re.compile(
    r"^(?:hej|hejsa|kære|goddag|god dag|hei|hallo|hello|hi|dear|hallå|guten tag|sehr geehrte|liebe|tak\b|mange tak|tusen takk"
    r"|takk for|tack|thanks?|thank you|danke|vielen dank|(?:med )?(?:venlig|bedste|kærlig)\w* hilsen|hilsen|mvh|vh|de bedste hilsner"
    r"|vennlig hilsen|med vänlig|vänliga|best|kind|regards|sincerely|mit freundlichen|freundliche|viele|god (?:ferie|sommer|jul))",
    re.IGNORECASE,
)
QUOTED = re.compile(
    r"^\s*(?:>|(?:\*?(?:fra|from|von|från)\*?:\s)|-{3,}|_{5,}|(?:den|on|am) .{4,80}(?:skrev|wrote|schrieb)\b)|(?:skrev|wrote|schrieb):\s*$",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"^\s*(?:(?:med )?(?:venlig|bedste|vennlig)\w* hilsen|hilsen|mvh|vh|med vänlig|vänliga|(?:best|kind)\b.*regards|regards|mit freundlichen|--\s*$)",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
LONGEST_NOTE = 120
"""Words. Who explains more than that to everybody has written it for one."""


def report_type(headers: Mapping[str, str]) -> str:
    """What a multipart/report reports, "" where the mail is none."""
    kind = headers.get("content-type", "").lower()
    if "multipart/report" not in kind:
        return ""
    found = REPORT.search(kind)
    return found.group(1) if found else "unknown"


def submitted(headers: Mapping[str, str]) -> str:
    """The keyword of Auto-Submitted (RFC 3834), "no" where there is none."""
    return re.split(r"[;\s(]", headers.get("auto-submitted", "no").strip().lower(), maxsplit=1)[0] or "no"


def replies_by_itself(headers: Mapping[str, str]) -> bool:
    """Whether the headers say that a machine answers another mail. Of a form or a rule they say something else."""
    return (
        submitted(headers) == "auto-replied"
        or headers.get("precedence", "").strip().lower() in REPLYING
        or any(headers.get(name, "no").strip().lower() not in PLAIN for name in ("x-autoreply", "x-autorespond"))
        or any(name in headers for name in ("x-mail-autoreply", "x-autoreply-from"))
        or headers.get("x-autogenerated", "").strip().lower() == "reply"
        or headers.get("x-post-messageclass", "").startswith("9")
    )


def by_machine(headers: Mapping[str, str]) -> bool:
    """Whether the headers say that no person pressed Send. Enough to leave a mail unanswered, not to leave it unread."""
    return (
        submitted(headers) not in PLAIN
        or replies_by_itself(headers)
        or OURS in headers
        or bool(report_type(headers))
        or "x-ms-exchange-inbox-rules-loop" in headers
    )


def invitation(headers: Mapping[str, str], kinds: Sequence[str] = ()) -> bool:
    """An invitation, or the answer to one: its calendar part stands beside the text, it is not a file sent along."""
    kind = headers.get("content-type", "").lower()
    beside = kind.startswith("multipart/alternative") and "text/calendar" in kinds
    return INVITATION in headers or kind.startswith("text/calendar") or beside


def absence_note(subject: str, text: str, *, answers: bool) -> bool:
    """Whether a mail without any header of that kind says that somebody is away.

    By its subject where only a machine writes so; else by its words, all of which must be about being away: one sentence
    more is a person's matter. `answers`: it stands in a thread.
    """
    bare = TAG.sub("", subject).strip()
    if (found := ANNOUNCED.match(bare)) and re.match(r"\s*(?::|[-–]\s|$)", bare[found.end() :]):
        return True
    if (found := AWAY.match(bare)) is not None:
        rest = bare[found.end() :].lstrip()
        return (answers and rest.startswith(":")) or _says_so(text)
    doubtful = bool(ANNOUNCED.match(bare)) or not bare or bool(REPLY.match(bare))
    return doubtful and (answers or not bare or bool(ANNOUNCED.match(bare))) and _says_so(text)


def _says_so(text: str) -> bool:
    """Whether all that is said is that somebody is away, until when, and whom to ask."""
    said = opening(text)
    if not said.strip() or "?" in said or len(said.split()) > LONGEST_NOTE:
        return False
    sentences = [each.strip() for each in SENTENCE.split(said)]
    telling = [each for each in sentences if len(each.split()) > 2 and not (CIVIL.match(each) and len(each.split()) < 8)]
    return bool(telling) and all(NOTE.search(each) for each in telling) and any(LEAVE.search(each) for each in telling)


def opening(text: str) -> str:
    """What is written above the greeting at the end and the mail that is answered."""
    lines = []
    for line in text.splitlines():
        if QUOTED.search(line) or (lines and CLOSING.match(line)):
            break
        lines.append(line)
    return "\n".join(lines)
