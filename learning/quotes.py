"""A mail's own words, without quotations.

Without signature, disclaimer and banner, too: what its sender wrote for this occasion.

Works line by line, each line looked at a bounded number of times. Reply parsers of the shelf match whole mails with
nested repetitions, which a hostile mail can make slow.
"""

import re
from collections.abc import Iterator
from itertools import groupby, islice

LINE_CAP = 300
"""Longer lines are never headers, closings or names: only this much of a line is looked at."""
SIGNATURE_LINES = 15
SIGNATURE_WIDTH = 60

_QUOTED = re.compile(r"\s{0,8}(?:\|\s|(?:>\s{0,3}){1,20})")
_VERB = r"(?:wrote|writes|skrev|schrieb|schreef|kirjoitti|a écrit|escribió|ha scritto)"
_WROTE = re.compile(
    rf"\s*(?:(?:on|den|am|op|le)\b.*\b{_VERB}\b.*|.*\d.*\b(?:skrev|schrieb)\b.*|in\b.*\b(?:writes|wrote)"
    rf"|.*@.*\b{_VERB}\b.*|.*<.*>\s*{_VERB})\s*:\s*$",
    re.IGNORECASE,
)
_WROTE_START = re.compile(
    r"\s*(?:(?:on|den|am|op|le|in article|man|tirs?|ons|tors?|fre|lør|søn|mån|tis|lör|sön|mo|di|mi|do|fr|sa|so)\b.*\d"
    r"|\d{1,2}\.? \w+\.? \d{4}|.{0,100}<\S+@\S+> schrieb)",
    re.IGNORECASE,
)
_BROKEN = 3
"""Lines over which mail programs break an `On Monday X wrote:`."""
_BY_A_PROGRAM = re.compile(r"@|\d{4}.*\d{1,2}[:.]\d\d|\d{1,2}[:.]\d\d.*\d{4}")
"""An address, or a year and a time: nobody writes that by hand before what somebody else wrote."""
_FROM = r"from|fra|frå|von|från|van|de|da|od|lähettäjä"
_DATE = r"sent|date|sendt|dato|gesendet|datum|skickat|verzonden|envoyé|enviado|inviato|data|wysłano|lähetetty|päivä"
_OTHER = (
    r"to|cc|bcc|subject|til|kopi|emne|an|betreff|kopie|till|ämne|kopia|aan|onderwerp|à|objet|para|asunto|oggetto|do|temat"
    r"|vastaanottaja|aihe|prioritet|importance|vedhæftet|attachments"
)
_HEADER = re.compile(
    rf"[\s*]*(?:(?P<by>{_FROM})|(?P<at>{_DATE})|(?P<other>{_OTHER}))\s{{0,3}}\*?:(?:[*\s]|$)", re.IGNORECASE
)
_HEADERS_IN_ONE = re.compile(
    rf"[\s*]*(?:{_FROM})\s?\*?:\*?\s.{{1,120}}\s\*?(?:{_DATE})\s?\*?:\*?\s.{{1,120}}\s\*?(?:{_OTHER})\s?\*?:\*?\s",
    re.IGNORECASE,
)
_BLOCK = 8
"""Lines in which an earlier mail's head stands, blank ones among them."""
_ORIGINAL = re.compile(
    r"\s*(?:[-_]{2,}\s*(?:original message|(?:oprindelig|opprinnelig|opprinneleg) (?:meddelelse|besked|e-?mail|melding|mail)"
    r"|ursprüngliche (?:nachricht|mail)|original-?nachricht|ursprungligt? meddelande|original ?meddelande|message d.origine"
    r"|oorspronkelijk bericht|videresendt? (?:meddelelse|besked|melding|mail)|vidarebefordrat (?:meddelande|brev|mejl)"
    r"|weitergeleitete (?:nachricht|mail)|forwarded message)"
    r"|(?:begin forwarded message|start på videresendt besked|begynd(?:else af)? videresendt besked"
    r"|anfang der weitergeleiteten (?:nachricht|e-mail)|vidarebefordrat (?:brev|mejl)|(?:start på )?videresendt melding)\s*:\s*$)",
    re.IGNORECASE,
)
_DELIMITER = re.compile(r"--\s*$")
_CLOSING = re.compile(
    r"\s*(?:(?:(?:de )?(?:med )?(?:bedste|mange|kærlig|kærlige|venlig|venlige|vennlig|vennlige|beste|god|gode)\s+)?"
    r"(?:hilsner|hilsen|hilsning)\b"
    r"|med (?:venlig|vennlig|kærlig|mange|de bedste) hils\w+|med venleg helsing|m\.?v\.?h\b\.?|v\.?h\b\.?|dbh\b|k\.?h\b\.?"
    r"|på forhånd tak\b|på förhand tack\b|(?:med )?(?:(?:vänlig|bästa|varma|många)a?\s+)?hälsning(?:ar)?\b"
    r"|(?:mit )?(?:(?:freundliche|beste|viele|liebe|herzliche|schöne)[nr]?\s+)grü(?:ß|ss)en?\b|gru(?:ß|ss)\b|mfg\b"
    r"|(?:best|kind|warm|with (?:best|kind))?\s*regards\b|(?:yours )?sincerely\b|yours (?:truly|faithfully)\b"
    r"|(?:best wishes|cheers|best|thanks|many thanks|tak|tack|danke|vielen dank|takk|thank you)\s*[,.!]*\s*$)",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"\s*p\.?\s?s\.?\b", re.IGNORECASE)
_SUBJECT = re.compile(r"\s*(?:emne|subject|ämne|betreff)\s*:", re.IGNORECASE)
_SENT_FROM = re.compile(
    r"\s*(?:sent (?:from|via|with)|get outlook|(?:af)?sendt (?:fra|via|med)|hent outlook|skickat (?:från|via|med)|hämta outlook"
    r"|gesendet (?:von|mit|über)|von meinem .{1,40} gesendet|outlook für|diese nachricht wurde von meinem)\b",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"i(?:phone|pad|pod|os)\b|\w*(?:mobil|telefon|phone|handy|tablet)|samsung|galaxy|android|huawei|outlook|mail\b|blackberry"
    r"|yahoo|windows|xperia|oneplus|pixel|nokia|htc\b|proton",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE_WORDS = frozenset(
    "jeg vi du han hun er var har havde kan kunne vil ville skal skulle må bør bliver blev ikke mangler hvornår hvorfor hvordan"  # noqa: SIM905
    " hvad jer os mig gerne igen stadig glemte we you is are was were have has can could will would should must not please when"
    " why how us ich wir ist sind war haben hat kann können nicht bitte wann warum wie uns jag ni är vara varit inte ska när"
    " varför hur oss mig eg ikkje ikke".split()
)
"""Words that sentences are made of, and names, titles and addresses are not."""
SENTENCE = 3
"""Words of a line that may be a sentence."""
# Lower-case phrases: plain substrings are found much faster than alternatives in a pattern.
_BANNER = (
    "caution:",
    "external email",
    "external e-mail",
    "external sender",
    "[external]",
    "[ekstern]",
    "ekstern mail",
    "from outside the organi",
    "from outside your organi",
    "from outside of the organi",
    "from outside of your organi",
    "ekstern e-mail",
    "ekstern afsender",
    "uden for organisationen",
    "du får ikke ofte mail",
    "you don't often get email from",
)
_DISCLAIMER = (
    "intended recipient",
    "intended solely",
    "confidential and",
    "may contain confidential",
    "message is confidential",
    "email is confidential",
    "e-mail is confidential",
    "and any attachment",
    "virus scan",
    "virus-scan",
    "virusscan",
    "fortrolige oplysninger",
    "fortrolig information",
    "tilsigtede modtager",
    "rette modtager",
    "ved en fejl har modtaget",
    "ved en fejl modtaget",
    "modtaget denne mail ved en fejl",
    "modtaget denne e-mail ved en fejl",
    "vertrauliche informationen",
    "irrtümlich erhalten",
    "konfidentiell information",
    "konfidentiell informasjon",
    "tænk på miljøet",
    "consider the environment",
    "beskytter dine personoplysninger",
    "behandler dine personoplysninger",
)


def own_words(text: str, *, forwarded: bool = False, answered: bool = True, signature: bool = False) -> str:
    """Return the sender's own text. Quoted history, signatures, disclaimers and banners are left out; it may be empty.

    History is what is quoted below the sender's last own words, and everything below an Outlook-like header. A passage
    that the sender quotes and then answers was chosen for this mail: it stays, without its marks and names.

    Args:
        text: a plain-text body with lines ended by newlines.
        forwarded: the mail passes another on: the quotation is then its matter, and stays.
        answered: keep passages that are quoted and then answered.
        signature: keep how the sender takes leave.
    """
    lines = text.split("\n")
    if not forwarded:
        lines = _before_history(lines)
    kept = answered or forwarded
    runs = [
        (quoted, run if signature else _without_signatures(run)) for quoted, run in _runs(lines) if kept or not quoted
    ]
    while runs and not forwarded and (runs[-1][0] or not any(map(str.strip, runs[-1][1]))):
        runs.pop()
    return "\n".join(_without_notices([line for _, run in runs for line in run]))


def is_sentence(line: str) -> bool:
    """Tell whether a line is a sentence.

    Somebody says something in it, rather than giving a name, a title or an address.
    """
    words = _WORD.findall(line.lower())
    return len(words) >= SENTENCE and not _SENTENCE_WORDS.isdisjoint(words)


def is_disclaimer(block: str) -> bool:
    """Tell whether a paragraph is a disclaimer. Mail systems put it below every mail."""
    return _says(block, _DISCLAIMER)


def _before_history(lines: list[str]) -> list[str]:
    marked = any(map(_QUOTED.match, lines))
    for n, line in enumerate(lines):
        head = line[:LINE_CAP]
        if _starts_history(lines, n, head):
            return lines[:n]
        # Pages lose the marks of what they quote: then all of it stands below.
        if not marked and (introduction := _introduction(lines, n, head)) and _BY_A_PROGRAM.search(introduction):
            return lines[:n]
    return lines


def _runs(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """Yield quoted and unquoted passages, in order. Quotation marks and `X wrote:` are left out."""
    for quoted, group in groupby(_without_introductions(lines), key=lambda line: _QUOTED.match(line) is not None):
        run = list(group)
        yield quoted, [_QUOTED.sub("", line, count=1) for line in run] if quoted else run


def _without_introductions(lines: list[str]) -> Iterator[str]:
    skipped = 0
    for n, line in enumerate(lines):
        introduction = "" if n < skipped else _introduction(lines, n, line[:LINE_CAP])
        if introduction:
            skipped = n + 1 + introduction.count("\n")
        if n >= skipped:
            yield line


def _starts_history(lines: list[str], n: int, head: str) -> bool:
    """Tell whether the head of an earlier mail begins.

    As Outlook writes it: who, when and one thing more. Everything below is history.
    """
    if (head.lstrip()[:1] in ("-", "_") or head.rstrip().endswith(":")) and _ORIGINAL.match(head):
        return True
    if ":" not in head or not _HEADER.match(head):
        return False
    if _HEADERS_IN_ONE.match(head):
        return True
    block = list(islice(filter(str.strip, lines[n : n + _BLOCK]), 5))
    found = [match for line in block if (match := _HEADER.match(line[:LINE_CAP]))]
    return len(found) >= 3 and any(each["by"] for each in found) and any(each["at"] for each in found)


def _introduction(lines: list[str], n: int, head: str) -> str:
    """Return the lines that say `On Monday X wrote:`.

    As many as the mail program broke it over; "" where none begins here.
    """
    if _says_wrote(head):
        return head
    rest = lines[n + 1 : n + _BROKEN]
    if not any(line.rstrip().endswith(":") for line in rest) or not _WROTE_START.match(head):
        return ""
    for more in range(2, _BROKEN + 1):
        broken = [line[:LINE_CAP] for line in lines[n : n + more]]
        if len(broken) == more and not all(map(str.strip, broken)):
            return ""
        if len(broken) == more and _says_wrote(" ".join(broken)):
            return "\n".join(broken)
    return ""


def _says_wrote(head: str) -> bool:
    return head.rstrip().endswith(":") and _WROTE.match(head) is not None


def _without_signatures(lines: list[str]) -> list[str]:
    kept: list[str] = []
    n = 0
    while n < len(lines):
        head = lines[n][:LINE_CAP]
        if _DELIMITER.match(head) and len(lines) - n <= SIGNATURE_LINES:
            break
        if _closes(head):
            n = _after_signature(lines, n + 1)
            continue
        if not _tells_the_device(head):
            kept.append(lines[n])
        n += 1
    return kept


def _closes(head: str) -> bool:
    """Tell whether a line ends a letter. With a courtesy, and nothing said behind it."""
    closing = _CLOSING.match(head)
    return closing is not None and not is_sentence(head[closing.end() :])


def _tells_the_device(head: str) -> bool:
    """`Sent from my iPhone`, but not what somebody sees from a balcony."""
    return bool(_SENT_FROM.match(head) and _DEVICE.search(head)) and not is_sentence(head)


def _after_signature(lines: list[str], n: int) -> int:
    """Return the first line after the signature.

    A postscript, a mail's subject, a sentence, or a line as long as prose.
    """
    end = min(len(lines), n + SIGNATURE_LINES)
    while n < end and len(lines[n]) <= SIGNATURE_WIDTH:
        if _POSTSCRIPT.match(lines[n]) or _SUBJECT.match(lines[n]) or is_sentence(lines[n]):
            break
        n += 1
    return n


def _without_notices(lines: list[str]) -> list[str]:
    """Remove banners and disclaimers. The paragraphs that mail systems put at the top or the bottom."""
    blocks = "\n".join(lines).split("\n\n")
    kept = []
    for n, block in enumerate(blocks):
        banner = n < 3 and len(block) < 1000 and _says(block, _BANNER)
        disclaimer = n >= len(blocks) // 2 and n > 0 and _says(block, _DISCLAIMER)
        if not banner and not disclaimer:
            kept.append(block)
    return "\n\n".join(kept).split("\n")


def _says(block: str, phrases: tuple[str, ...]) -> bool:
    lower = " ".join(block.lower().split())
    return any(phrase in lower for phrase in phrases)
