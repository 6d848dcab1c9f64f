"""Recognise absence notes by their words, in the languages around us.

Nobody needs to read an absence note. A form's or a rule's mail is as automatic, and brings a citizen's words: headers alone
do not tell the two apart (Exchange marks both `auto-generated`), so the subject and the words do. What headers do tell
stands in automatic_headers.py.
"""

import re

from app.domain.wordings import ANNOUNCED, CIVIL, CLOSING, CONTACT, LEAVE, RETURN, TURN, UNREAD

TAG = re.compile(r"^\s*\[[^\]]{1,30}\]\s*")
REPLY = re.compile(r"^\s*(?:sv|re|aw|vs|svar|antw)\s{0,20}(?:(?:\[\d{1,5}\]|\(\d{1,5}\))\s{0,20})?:", re.IGNORECASE)

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
QUOTED = re.compile(
    r"^\s*(?:>|(?:\*?(?:fra|from|von|från)\*?:\s)|-{3,}|_{5,}|(?:den|on|am) .{4,80}(?:skrev|wrote|schrieb)\b)"
    r"|(?:skrev|wrote|schrieb):\s*$",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[^\d\s][.!?])\s+|\n+")
KINDS = (LEAVE, RETURN, CONTACT, UNREAD)
LONGEST_NOTE = 120
"""Words. Who explains more than that to everybody has written it for one."""
READ = 20_000
"""Characters of a mail that are looked through."""


def absence_note(subject: str, text: str, *, answers: bool) -> bool:
    """Tell whether a mail is an absence note. Without any header of that kind, its words say that somebody is away.

    By its subject where only a machine writes so; else by its words, all of which must be about being away: one sentence
    more is a person's matter. `answers`: it stands in a thread.
    """
    bare = TAG.sub("", subject).strip()
    if (found := ANNOUNCED.match(bare)) and re.match(r"\s*(?::|[-–]\s|$)", bare[found.end() :]):
        return True
    if (found := AWAY.match(bare)) is not None:
        rest = bare[found.end() :].lstrip()
        return (answers and rest.startswith(":")) or _says_so(text, away=True)
    doubtful = bool(ANNOUNCED.match(bare)) or (answers and bool(REPLY.match(bare))) or not bare
    return doubtful and _says_so(text, away=False)


def _says_so(text: str, *, away: bool) -> bool:
    """Tell whether a text only says somebody is away.

    Also until when, or whom to ask. `away`: the subject says the first.
    """
    said = opening(text)
    if not said.strip() or "?" in said or len(said.split()) > LONGEST_NOTE:
        return False
    sentences = [each.strip() for each in SENTENCE.split(said)]
    telling = [each for each in sentences if len(each.split()) > 2 and not _civil(each)]
    kinds_of_each = [{kind for kind in KINDS if kind.search(each)} for each in telling]
    if not all(kinds_of_each) or any(TURN.search(each) for each in telling):
        return False
    kinds = {LEAVE} if away else set()
    kinds.update(*kinds_of_each)
    return LEAVE in kinds and len(kinds) > 1


def _civil(sentence: str) -> bool:
    return (
        CIVIL.match(sentence) is not None
        and len(sentence.split()) < 8
        and not any(kind.search(sentence) for kind in KINDS)
    )


def opening(text: str) -> str:
    """Return the text above greeting and quotation.

    The greeting is the one at the end; the quotation is the mail that is answered.
    """
    lines: list[str] = []
    for line in text[:READ].splitlines():
        if QUOTED.search(line) or (lines and CLOSING.match(line.strip())):
            break
        lines.append(line)
    return "\n".join(lines)
