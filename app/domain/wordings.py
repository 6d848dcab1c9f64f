"""The words by which machines are known. For absence notes and mail systems, in the languages around us."""

import re


def _either(*patterns: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile("|".join(patterns), flags)


ANNOUNCED = _either(
    r"automatisk(?:t)? (?:svar|besked|mail)|auto[- ]?svar|automatsvar",
    r"fraværs(?:besked|svar|meddelelse|melding|mail)|feriesvar|ferie(?:besked|melding|mail)|frånvaromeddelande",
    r"semester(?:meddelande|svar)|automat(?:ic|ed) (?:reply|response|answer)",
    r"auto[- ]?(?:reply|response|responder)",
    r"out[- ]of[- ](?:the[- ])?office (?:auto[- ]?reply|reply|response|notification|message|assistant)",
    r"(?:vacation|holiday|absence|away) (?:reply|message|notice|response|notification|auto[- ]?reply)",
    r"automatische (?:antwort|rückantwort|abwesenheitsnotiz)|abwesenheits(?:notiz|meldung|nachricht|assistent)",
    r"urlaubs(?:notiz|meldung|nachricht)|automatisch(?:e)? (?:antwoord|beantwoording)|afwezigheidsbericht",
    r"automaattinen vastaus|réponse automatique|message d'absence|respuesta automática|risposta automatica",
    r"resposta automática|automatyczna odpowiedź|autoodpowiedź|sjálfvirkt svar",
)
"""What only a machine calls a mail, at the beginning of its subject."""
LEAVE = _either(
    # Danish and Norwegian
    r"\b(?:på|holder|afholder|tar|har|under min|under vores) (?:\w+ )?(?:jule|sommer|efterårs|vinter|påske)?ferie\b|\bferielukket",
    r"\b(?:holder|har) (?:\w+ )?lukket|\b(?:barsels?(?:orlov)?|orlov|permisjon|foreldrepermisjon)\b|\bfraværende\b",
    r"\bikke (?:på kontoret|på arbejde|på jobb|til ?stede|at træffe)|\b(?:ude af|ute av) (?:kontoret|huset)",
    r"\b(?:i|under) m(?:it|itt) fravær",
    # Swedish
    r"\b(?:på|har|tar) semester|\btjänstledig|\bföräldraledig|\bfrånvarande|\b(?:inte|ej) på (?:kontoret|plats|jobbet)",
    r"\bunder min (?:frånvaro|semester)",
    # English
    r"\bout of (?:the )?office|\bon (?:\w+ )?(?:leave|vacation|holidays?)\b|\baway (?:from|until|till)\b|\bin my absence",
    r"\bnot (?:in the office|available)|\bunavailable\b",
    # German
    r"\bim urlaub|\babwesend|\bnicht im (?:büro|hause?)|\baußer haus|\bnicht erreichbar|\b(?:in|während) meiner abwesenheit",
)
"""That somebody is away."""
RETURN = _either(
    r"\b(?:til og med|til|indtil|fra|i) (?:den |d\. ?|uge )?\d|\b(?:til|indtil) (?:på )?\w+dag\b|\btilbage\b",
    r"\b(?:till|tills|från|fram till) (?:och med )?(?:den )?\d|\b(?:till|tills) på \w+dag\b|\båter\b|\btillbaka\b",
    r"\b(?:until|till|from|through) |\bback (?:in the office )?on\b|\bwill (?:return|be back)|\breturning on\b",
    r"\bbis (?:zum|einschließlich|dahin|\d)|\bab (?:dem|\d)|\bwieder (?:erreichbar|im (?:büro|hause?)|für sie|da|zurück)",
)
"""Until when."""
CONTACT = _either(
    r"\bhaste(?:r|sager|nde)\b|\bi presserende|\bakut\w*",
    r"\b(?:kontakt\w*|henvend dig|skriv (?:i stedet )?til|ring (?:i stedet )?til)\b",
    r"\bvid brådskande|\burgent\b|\bemergency\b|\bimmediate assistance\b",
    r"\bdringend\w*|\bwenden sie sich|\bkontaktieren sie|\bvertretung\b|\bmin kollega\b|\bmy colleague\b",
)
"""Whom to ask instead."""
UNREAD = _either(
    r"\b(?:læser|besvarer|svarer|tjekker|ser|leser|sjekker) (?:\w+ ){0,2}?(?:ikke|kun sporadisk|kun i begrænset omfang)\b",
    r"\b(?:begrænset|ikke|ingen) adgang til (?:min |mine )?(?:mail|e-?mail|e-?post)|\bmin mail (?:bliver|vil) ikke",
    r"\bsvarer (?:dig )?(?:så snart|hurtigst|når)|\bdette er (?:et automatisk|en automatisk)",
    r"\b(?:läser|svarar på) (?:inte|ej) |\bsvarar (?:så snart|när)",
    r"\b(?:limited|no) access to (?:my )?e-?mail|\bwill (?:reply|respond|answer)\b|\bnot checking\b|\bthis is an automat",
    r"\bkeinen zugriff|\bnicht (?:gelesen|weitergeleitet)|\bwerden ihre (?:e-?mail|nachricht)",
)
"""What becomes of mails meanwhile."""
TURN = _either(r"\b(?:men|selv om|fordi|but|because|although|though|aber|weil|obwohl|fast|eftersom)\b")
"""Where a sentence goes on to something else."""
CIVIL = _either(
    r"hej|hejsa|kære|goddag|god dag|hei|hallo|hello|hi|dear|hallå|guten tag|sehr geehrte|liebe|tak\b|mange tak",
    r"tusen takk|takk for|tack|thanks?|thank you|danke|vielen dank|(?:med )?(?:venlig|bedste|kærlig)\w* hilsen",
    r"hilsen|mvh|vh|de bedste hilsner|vennlig hilsen|med vänlig|vänliga|best|kind|regards|sincerely",
    r"mit freundlichen|freundliche|viele|god (?:ferie|sommer|jul)",
)
"""How a person begins or ends politely."""
CLOSING = _either(
    r"(?:med )?(?:venlig|bedste|vennlig)\w* hilsen|hilsen|mvh|vh|med vänlig|vänliga|(?:best|kind)\b.*regards",
    r"regards|mit freundlichen|--\s*$",
)
FAILED = _either(
    r"undeliver(?:able|ed)|un-?deliverable|non-?deliver|nondeliver",
    r"delivery (?:status notification|notification).{0,40}(?:fail|error)",
    r"(?:mail|message|e-?mail) (?:delivery )?fail|delivery (?:has )?fail|failed delivery",
    r"fail(?:ure|ed)[ -](?:notice|to deliver|delivery)|delivery (?:failure|error|problem)",
    r"returned (?:mail|e-?mail|message|to sender)|returning message to sender|mail returned",
    r"(?:could ?n[o']t|cannot|can't|was ?n[o']t|not|unable to) (?:be )?(?:successfully )?deliver",
    r"did(?:n't| not) reach",
    r"(?:message|mail|email) (?:you sent )?(?:was |is |has been )?(?:rejected|blocked|bounced)",
    r"rejected (?:mail|message)|mail (?:system )?error|permanent(?:ly)? (?:fatal )?(?:error|fail)",
    r"no such (?:user|mailbox|recipient|person|address)|user (?:is )?unknown",
    r"unknown (?:user|recipient|address|local)|address(?:es)? (?:not found|rejected|had permanent)",
    r"(?:mailbox|inbox|quota|account) (?:is |was )?(?:full|exceeded|over quota|unavailable|disabled|does not exist)",
    r"over quota|invalid (?:recipient|address|mailbox)|does(?: not|n't) exist|host (?:not found|unknown)",
    r"undeliverable mail|kan ikke leveres|kunne ikke leveres|(?:blev|blive) ikke leveret|ikke leveret",
    r"ikke(?:-| )lever(?:et|bar)|leveringsfejl|levering mislykkedes|ikke levert|(?:kunne|kan) ikke leveres",
    r"kunde inte levereras|kan inte levereras|kunde ej levereras|(?:går|gick) (?:inte|ej) att leverera",
    r"olevererbar|ej levererad|inte levererats|unzustellbar|nicht zustellbar",
    r"zustellung.{0,40}(?:fehlgeschlagen|gescheitert|nicht m(?:ö|oe)glich)|(?:nicht|konnte nicht) zugestellt",
    r"fehler bei der zustellung|zustellungsfehler|unzustellbarkeit|non remis|n'a pas (?:pu|été)|onbestelbaar",
    r"no se ha podido entregar|impossibile recapitare|nie można dostarczyć",
)
"""A mail did not arrive."""
DELAYED = _either(
    r"\bdelay(?:ed)?\b|still (?:being )?(?:retr|trying)|will (?:keep|continue) (?:to )?(?:try|retr)",
    r"no action is required|could not send message for past|temporar(?:y|ily) (?:fail|problem|defer)",
    r"warning: (?:message|could not)|not yet been delivered|not been delivered yet|forsink(?:et|else)",
    r"endnu ikke (?:blevet )?leveret|verz(?:ö|oe)ger|noch nicht zugestellt|f(?:ö|oe)rsen(?:ad|ing)",
)
"""A mail is late, and may still arrive."""
