"""Recognition of mails that only say thanks. No unit's words are in them, so no unit is proposed."""

import re

from learning.text import is_answer, written

LONGEST = 400
"""Characters. Who writes more says more."""

_FOR = (
    r"(?:svar(?:et)?|hj[æe]lp(?:en)?|besked(?:en)?|indsats(?:en)?|tilbagemelding(?:en)?|orientering(?:en)?|information(?:en|er)?"
    r"|oplysninger(?:ne)?|mail(?:en)?|opmærksomhed(?:en)?|service(?:n)?|det|sidst|i dag|alt|kaffen?)"
)
_THANKS = (
    r"(?:(?:og|igen|endnu en gang|hjertelig|mange|tusind(?:e)?|1000|rigtig|stor|men|så|jeg siger|vi siger)\s+)*tak(?:ker)?"
    r"(?:\s+(?:skal (?:du|i|de) have|så meget|mange gange))?"
    r"(?:\s+for\s+(?:(?:din|dit|jeres|deres|den|det|de|al|hurtige?|hurtigt|gode?|fine?|flotte?|venlige?|store?|jer|en)\s+)*"
    rf"{_FOR})?(?:\s+(?:igen|herfra|til jer|til dig|alle))*"
)
_THANK_YOU = (
    r"(?:many\s+)?thank(?:s| you)(?:\s+(?:so|very) much| a lot)?"
    r"(?:\s+for\s+(?:(?:your|the|all|quick|kind|great|fast|prompt)\s+)*(?:help|reply|answer|response|information|e?mail|it|that))?"
)
_WISH = (
    r"(?:(?:og|hav|ha|fortsat|rigtig|en|god|dejlig|have|a|nice|great|good|day|dag|weekend|aften|morgen|uge|sommer|jul|påske|ferie)"
    r"(?:\s+|$))+"
)
_GREETING = r"(?:hej|hejsa|kære|goddag|hi|hello|dear)(?:\s+[\w.-]+){0,3}"
_CLOSING = (
    r"(?:(?:med )?(?:venlig|bedste|mange|kærlig)e? hils\w+|hilsen|mvh|vh|kh|(?:best|kind) regards)(?:\s+[\w.-]+){0,4}"
)
_SAID = re.compile(rf"(?:{_THANKS}|{_THANK_YOU})", re.IGNORECASE)
_NOTHING_ELSE = re.compile(rf"(?:{_THANKS}|{_THANK_YOU}|{_WISH}|{_GREETING}|{_CLOSING}|\W*)", re.IGNORECASE)
_NAME = re.compile(r"[A-ZÆØÅ][\w.-]*(?: [A-ZÆØÅ][\w.-]*){0,2}")
_PARTS = re.compile(r"[.!?,;:\n]+")


def only_thanks(subject: str, text: str) -> bool:
    """Tell whether a mail says thanks and nothing else.

    An answer's subject, and what it quotes below, are not its own.
    """
    own = written(subject, text, signature=True)
    if len(own) > LONGEST:
        return False
    head = [] if is_answer(subject) else [subject.strip()]
    said = [part.strip() for part in [*head, *_PARTS.split(own)] if part.strip()]
    thanks = [n for n, part in enumerate(said) if _SAID.fullmatch(part)]
    # Who signs does so behind the thanks.
    return bool(thanks) and all(
        _NOTHING_ELSE.fullmatch(part) or (n > thanks[0] and _NAME.fullmatch(part)) for n, part in enumerate(said)
    )
