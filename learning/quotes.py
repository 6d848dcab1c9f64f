"""A mail without quoted history, signature, disclaimer and banner: what its sender wrote for this occasion.

Works line by line, each line looked at a bounded number of times. Reply parsers of the shelf match whole mails with
nested repetitions, which a hostile mail can make slow.
"""

import re
from collections.abc import Iterator
from itertools import groupby

LINE_CAP = 300
"""Longer lines are never headers, closings or names: only this much of a line is looked at."""
SIGNATURE_LINES = 15
SIGNATURE_WIDTH = 60

_QUOTED = re.compile(r"\s{0,8}(?:\|\s|(?:>\s{0,3}){1,20})")
_WROTE = re.compile(
    r"\s*(?:on\b.*\bwrote|den\b.*\bskrev\b.*|.*\d.*\bskrev\b.*|in\b.*\b(?:writes|wrote)|.*@.*\b(?:writes|wrote|skrev)"
    r"|.*<.*>\s*(?:writes|wrote|skrev))\s*:\s*$",
    re.IGNORECASE,
)
_WROTE_START = re.compile(r"\s*(?:on|den|in article)\b.*\d", re.IGNORECASE)
_HEADER = re.compile(r"[\s*]*(?:from|sent|to|cc|subject|date|fra|sendt|til|emne|dato|kopi)\s*:[*\s]", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"\s*-{2,}\s*(?:original message|oprindelig meddelelse|oprindelig besked|videresendt (?:meddelelse|besked)"
    r"|forwarded message)",
    re.IGNORECASE,
)
_DELIMITER = re.compile(r"--\s*$")
_CLOSING = re.compile(
    r"\s*(?:(?:(?:de )?(?:med )?(?:bedste|mange|kærlig|kærlige|venlig|venlige|god|gode)\s+)?(?:hilsner|hilsen)\b"
    r"|med (?:venlig|kærlig|mange|de bedste) hils\w+|m\.?v\.?h\b\.?|v\.?h\b\.?|dbh\b|k\.?h\b\.?|på forhånd tak\b"
    r"|(?:best|kind|warm|with (?:best|kind))?\s*regards\b|(?:yours )?sincerely\b|yours (?:truly|faithfully)\b"
    r"|(?:best wishes|cheers|best|thanks|many thanks|tak|thank you)\s*[,.!]*\s*$)",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"\s*p\.?\s?s\.?\b", re.IGNORECASE)
_SENT_FROM = re.compile(
    r"\s*(?:sent from (?:my|outlook|mail)|get outlook for|sendt fra (?:min|outlook|mail)|hent outlook)", re.IGNORECASE
)
# Lower-case phrases: plain substrings are found much faster than alternatives in a pattern.
_BANNER = (
    "caution:", "external email", "external e-mail", "external sender", "[external]", "[ekstern]", "ekstern mail",
    "from outside the organi", "from outside your organi", "from outside of the organi", "from outside of your organi",
    "ekstern e-mail", "ekstern afsender", "uden for organisationen", "du får ikke ofte mail",
    "you don't often get email from",
)  # fmt: skip
_DISCLAIMER = (
    "intended recipient", "intended solely", "confidential and", "may contain confidential", "message is confidential",
    "email is confidential", "e-mail is confidential", "and any attachment", "virus scan", "virus-scan",
    "virusscan", "fortrolige oplysninger", "fortrolig information", "tilsigtede modtager", "rette modtager",
    "ved en fejl har modtaget", "ved en fejl modtaget", "modtaget denne mail ved en fejl", "modtaget denne e-mail ved en fejl",
    "tænk på miljøet", "consider the environment", "beskytter dine personoplysninger", "behandler dine personoplysninger",
)  # fmt: skip


def own_words(text: str, *, forwarded: bool = False) -> str:
    """The text without quoted history, signatures, disclaimers and banners; it may be empty.

    History is what is quoted below the sender's last own words, and everything below an Outlook-like header. A passage
    that the sender quotes and then answers was chosen for this mail: it stays, without its marks and names.

    Args:
        text: a plain-text body with lines ended by newlines.
        forwarded: the mail passes another on: what it quotes is then its matter, and stays.
    """
    lines = text.split("\n")
    if not forwarded:
        lines = _before_history(lines)
    runs = [(quoted, _without_signatures(run)) for quoted, run in _runs(lines)]
    while runs and not forwarded and (runs[-1][0] or not any(map(str.strip, runs[-1][1]))):
        runs.pop()
    return "\n".join(_without_notices([line for _, run in runs for line in run]))


def _before_history(lines: list[str]) -> list[str]:
    for n, line in enumerate(lines):
        if _starts_history(lines, n, line[:LINE_CAP]):
            return lines[:n]
    return lines


def _runs(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """Passages that are quoted and passages that are not, in order; quotation marks and `X wrote:` left out."""
    told = [line for n, line in enumerate(lines) if not _introduces_quote(lines, n, line[:LINE_CAP])]
    for quoted, group in groupby(told, key=lambda line: _QUOTED.match(line) is not None):
        run = list(group)
        yield quoted, [_QUOTED.sub("", line, count=1) for line in run] if quoted else run


def _starts_history(lines: list[str], n: int, head: str) -> bool:
    """An Outlook-like block: everything below it is an earlier mail. At least two headers in four lines make one."""
    if _ORIGINAL.match(head):
        return True
    return bool(_HEADER.match(head)) and sum(bool(_HEADER.match(x[:LINE_CAP])) for x in lines[n + 1 : n + 4]) >= 2


def _introduces_quote(lines: list[str], n: int, head: str) -> bool:
    """`On Monday X wrote:`, also when the mail program broke it over two lines."""
    if _says_wrote(head):
        return True
    return bool(_WROTE_START.match(head)) and n + 1 < len(lines) and _says_wrote(f"{head} {lines[n + 1][:LINE_CAP]}")


def _says_wrote(head: str) -> bool:
    return head.rstrip().endswith(":") and _WROTE.match(head) is not None


def _without_signatures(lines: list[str]) -> list[str]:
    kept: list[str] = []
    n = 0
    while n < len(lines):
        head = lines[n][:LINE_CAP]
        if _DELIMITER.match(head) and len(lines) - n <= SIGNATURE_LINES:
            break
        if _CLOSING.match(head):
            n = _after_signature(lines, n + 1)
            continue
        if not _SENT_FROM.match(head):
            kept.append(lines[n])
        n += 1
    return kept


def _after_signature(lines: list[str], n: int) -> int:
    """The first line that is no longer signature: a postscript, or a line as long as prose."""
    end = min(len(lines), n + SIGNATURE_LINES)
    while n < end and len(lines[n]) <= SIGNATURE_WIDTH and not _POSTSCRIPT.match(lines[n]):
        n += 1
    return n


def _without_notices(lines: list[str]) -> list[str]:
    """Without the paragraphs that mail systems put at the top (banners) or the bottom (disclaimers)."""
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
