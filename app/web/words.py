"""What people read for the codes of the domain. One place, so that a code has one name on every page."""

from flask_babel import lazy_gettext as _l

STATES = {
    "received": _l("Modtaget"),
    "triage": _l("Til visitering"),
    "routed": _l("Hos enheden"),
    "answered": _l("Besvaret"),
    "closed": _l("Afsluttet"),
    "set_aside": _l("Lagt til side"),
    "referred": _l("Ikke vores"),
    "quarantine": _l("Kan ikke læses"),
    "circulating": _l("Cirkulerer"),
}
REASONS = {
    "confident": _l("robotten var sikker nok"),
    "stopped": _l("robotten er stoppet"),
    "no_model": _l("modellen har intet lært endnu"),
    "no_limit": _l("for få erfaringer til at sætte en grænse"),
    "unsure": _l("robotten var ikke sikker nok"),
    "strange": _l("mailen ligner ingen enheds mails"),
    "mode_observe": _l("enheden er på observation"),
    "mode_suggest": _l("enheden får kun forslag"),
    "follow_up": _l("opfølgning på en kendt sag"),
    "unreadable": _l("mailen kunne ikke læses"),
    "unit_stopped": _l("robotten er stoppet for enheden"),
    "rule_unit": _l("en regel sender den til enheden"),
    "rule_human": _l("en regel kræver et menneske"),
    "direct": _l("skrevet til enhedens egen postkasse"),
    "from_unit": _l("lagt i Retur af enheden"),
    "blind_check": _l("robotten var sikker nok, men mailen blev udtaget til blindprøve"),
    "read_receipt": _l("kvittering for læsning"),
    "calendar": _l("mødeindkaldelse"),
    "digest": _l("nyhedsbrev eller samlemail"),
    "spam": _l("spam efter postsystemets mening"),
    "twin": _l("samme mail i flere postkasser"),
    "moved_on": _l("henvendelsen er kommet videre"),
    "owner_decided": _l("afgjort af den, der har ansvaret"),
    "loop": _l("vores egen mail, der kom tilbage"),
    "bounce": _l("besked om mail, der ikke kunne leveres"),
    "automatic_reply": _l("automatisk svar"),
    "not_an_enquiry": _l("ikke en henvendelse"),
    "not_ours": _l("hører til hos en anden myndighed"),
}
DECISIONS = {
    "confirmed": _l("bekræftet"),
    "corrected": _l("rettet"),
    "blind": _l("blindprøve"),
    "ended": _l("ikke vores, eller ikke en henvendelse"),
}
"""How a mail was decided, where seconds are told."""
QUARANTINE = {
    "too_deep": _l("mailen har for mange lag i sig"),
    "too_many_parts": _l("mailen har for mange dele"),
    "too_many_addresses": _l("mailen er sendt til for mange adresser"),
    "headers_too_large": _l("mailens hoved er for stort"),
    "broken": _l("mailen er skrevet på en måde, vi ikke kan læse"),
    "failed": _l("mailen fik vores behandling til at gå i stå"),
    "timeout": _l("mailen tog for lang tid at læse"),
    "memory": _l("mailen krævede for meget hukommelse"),
    "crashed": _l("mailen fik læseren til at gå ned"),
}
ROLES = {
    "visitator": _l("Visitator"),
    "caseworker": _l("Sagsbehandler"),
    "manager": _l("Leder"),
    "administrator": _l("Administrator"),
}
MODES = {
    "observe": _l("Observation"),
    "suggest": _l("Forslag"),
    "automatic": _l("Automatisk"),
}
CLOSED_YEARLY = {
    "05-01": _l("1. maj"),
    "06-05": _l("5. juni (grundlovsdag)"),
    "12-24": _l("24. december"),
    "12-31": _l("31. december"),
}
YES_NO = {True: _l("ja"), False: _l("nej")}
UNIT_FIELDS = {
    "area": _l("område"),
    "centre": _l("center"),
    "name": _l("navn"),
    "address": _l("postkasse"),
    "subject_code": _l("emnekode"),
    "guide": _l("hører til"),
    "guide_not": _l("hører ikke til"),
    "mode": _l("tilstand"),
    "max_error": _l("fejlbudget"),
    "owner": _l("ansvarlig"),
    "closed": _l("lukket"),
    "stopped": _l("stoppet"),
    "acknowledge": _l("kvitterer"),
}
IMPORT_PROBLEMS = {
    "column_missing": _l("Kolonnen mangler"),
    "no_csv": _l("Filen er ikke CSV"),
    "empty": _l("Feltet er tomt"),
    "no_address": _l("Det er ingen mailadresse"),
    "no_mode": _l("Tilstanden skal være observation, forslag eller automatisk"),
    "no_share": _l("Fejlbudgettet skal være procent mellem 0 og 50"),
    "twice": _l("Enheden står der to gange"),
    "address_taken": _l("Adressen hører til en anden enhed"),
    "owner_unknown": _l("Den ansvarlige har ingen konto"),
}
ORGANISATION_EVENTS = {
    "unit_changed": _l("Enhed ændret"),
    "mailbox_changed": _l("Postkasse ændret"),
    "mailbox_removed": _l("Postkasse fjernet"),
}
WHAT_IF_STATES = {
    "waiting": _l("Venter"),
    "running": _l("I gang"),
    "done": _l("Færdig"),
    "interrupted": _l("Afbrudt"),
    "failed": _l("Gik i stå"),
}
AMENDMENTS = {
    "rolled_back": _l("gået tilbage til en tidligere udgave"),
    "distrusted": _l("en kontos beslutninger tæller ikke mere"),
    "erased": _l("en persons henvendelser slettet"),
    "reorganised": _l("enheder lagt om"),
}
LIFTED = {
    "rolled_back": _l("tilbagegang fortrudt"),
    "distrusted": _l("en kontos beslutninger tæller igen"),
    "reorganised": _l("omlægning gendannet"),
}
UNIT_CHANGES = {
    "comes": _l("ny"),
    "goes": _l("lukker"),
    "begins": _l("bliver automatisk"),
    "ends": _l("ikke længere automatisk"),
    "differs": _l("ændres"),
    "same": _l("uændret"),
}
POINTING = {
    "mailbox": _l("Postkasse"),
    "rule": _l("Regel"),
    "template": _l("Skabelon"),
    "person": _l("Medarbejder"),
}
FIELDS = {"anywhere": _l("Emne eller tekst"), "subject": _l("Kun emnet")}
MODE_HELP = {
    "observe": _l("Robotten foreslår, men alt afgøres af et menneske. Sådan begynder en ny enhed."),
    "suggest": _l("Visitator ser forslaget og afgør."),
    "automatic": _l("Robotten fordeler selv det, den er sikker nok på."),
}
EVENTS = {
    "received": _l("Modtaget"),
    "quarantined": _l("Kunne ikke læses"),
    "reprocessed": _l("Sat til at blive læst igen"),
    "linked": _l("Knyttet til en tidligere henvendelse"),
    "set_aside": _l("Lagt til side"),
    "twin_found": _l("Kom også til en anden postkasse"),
    "related": _l("Hører sammen med en tidligere henvendelse"),
    "return_refused": _l("Retur afvist"),
    "case_reopened": _l("Sag genåbnet"),
    "deadline_changed": _l("Frist ændret"),
    "interim_asked": _l("Foreløbigt svar bestilt"),
    "interim_sent": _l("Foreløbigt svar sendt til borgeren"),
    "routed": _l("Fordelt af robotten"),
    "sent_to_triage": _l("Sendt til visitering"),
    "confirmed": _l("Forslaget bekræftet"),
    "corrected": _l("Forslaget rettet"),
    "referred": _l("Ikke vores"),
    "dismissed": _l("Ikke en henvendelse"),
    "undone": _l("Fortrudt"),
    "returned": _l("Sendt retur"),
    "learned": _l("Lært"),
    "unlearned": _l("Glemt igen"),
    "case_opened": _l("Sag oprettet"),
    "document_filed": _l("Dokument journaliseret"),
    "deadline_registered": _l("Svarfrist registreret"),
    "draft_saved": _l("Svarudkast lagt i enhedens kladder"),
    "forwarded": _l("Sendt til enheden"),
    "acknowledged": _l("Kvittering sendt til borgeren"),
    "acknowledgement_withheld": _l("Ingen kvittering: afsenderen har fået flere det seneste døgn"),
    "answered": _l("Besvaret af enheden"),
    "deadline_met": _l("Svarfrist afsluttet"),
    "case_closed": _l("Sag lukket"),
    "closed": _l("Afsluttet"),
    "viewed": _l("Set"),
    "downloaded": _l("Hentet ned"),
    "milestone": _l("Mærkedag"),
    "breaker_tripped": _l("Sikring slået fra"),
    "breaker_rearmed": _l("Sikring slået til igen"),
}
STEPS = {
    "open_case": _l("Opret sag"),
    "file_mail": _l("Journalisér mail og bilag"),
    "register_deadline": _l("Registrér svarfrist"),
    "file_draft": _l("Journalisér svarudkast"),
    "save_draft": _l("Læg svarudkast i kladder"),
    "forward": _l("Send til enheden"),
    "write_acknowledgement": _l("Skriv kvittering"),
    "send_acknowledgement": _l("Send kvittering til borgeren"),
    "file_acknowledgement": _l("Journalisér kvittering"),
    "file_reply": _l("Journalisér svaret"),
    "meet_deadline": _l("Afslut svarfristen"),
    "close_case": _l("Luk sagen"),
    "close_enquiry": _l("Afslut henvendelsen"),
    "dismiss_case": _l("Luk sagen uden svar"),
    "send_interim": _l("Send foreløbigt svar"),
    "file_interim": _l("Journalisér foreløbigt svar"),
    "note_feedback": _l("Stands tilbagemeldingsfristen"),
    "amend_deadline": _l("Ret fristen"),
}
WORK = {
    "journal": _l("Journalisering"),
    "interim": _l("Foreløbigt svar"),
    "clocks": _l("Frister"),
    "acknowledge": _l("Kvittering"),
    "reply": _l("Svar"),
    "dismiss": _l("Lukning"),
}
WORK_STATUS = {
    "ENQUEUED": _l("Venter"),
    "DELAYED": _l("Venter på fortryd"),
    "PENDING": _l("I gang"),
    "SUCCESS": _l("Færdig"),
    "ERROR": _l("Gik i stå"),
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": _l("Opgivet efter mange forsøg"),
    "CANCELLED": _l("Annulleret"),
}
TEXT_KINDS = {
    "reply_draft": _l("Svarudkast"),
    "interim_reply": _l("Foreløbigt svar"),
    "acknowledgement": _l("Kvittering"),
}
PLACEHOLDERS = {
    "sagsnummer": _l("sagens nummer"),
    "emne": _l("mailens emne"),
    "frist": _l("svarfristen, fx 7. december 2026"),
    "modtaget": _l("dagen, mailen kom"),
    "enhed": _l("enhedens navn"),
    "enhed_adresse": _l("enhedens mailadresse"),
    "afsender": _l("borgerens navn"),
    "sagsbehandler": _l("sagsbehandlerens navn"),
    "postkasse": _l("navnet på den fællespostkasse, mailen kom til"),
}
FAULTS = {
    "empty": _l("Teksten er tom."),
    "unknown": _l("Pladsholderen findes ikke her:"),
    "no_paragraph": _l("Der er intet fælles afsnit, der hedder det:"),
    "nested": _l("Et fælles afsnit kan ikke selv hente et afsnit:"),
    "brace": _l("En tuborgklamme mangler sin mage:"),
    "no_name": _l("Skabelonen mangler et navn."),
    "bad_name": _l("Et afsnits navn skrives med små bogstaver, tal, bindestreg og understreg. Det gør dette ikke:"),
    "name_taken": _l("Der er allerede et afsnit, der hedder"),
    "second_general": _l(
        "Der er allerede en skabelon uden stikord samme sted. Giv en af dem stikord. Den anden hedder"
    ),
    "in_use": _l("Afsnittet kan ikke slettes, fordi det bruges i skabelonen"),
    "too_long": _l("Der er skrevet for meget. Så mange tegn er der plads til:"),
}
"""What is wrong with a text; what stands there exactly follows after it."""
LABEL_SOURCES = {
    "confirmed": _l("Forslag bekræftet"),
    "corrected": _l("Forslag rettet"),
    "returned": _l("Rettet efter retur"),
    "answered": _l("Besvaret af enheden"),
    "history": _l("Indlæst historik"),
}
HIDDEN = {
    "cpr": _l("CPR skjult"),
    "phone": _l("telefon skjult"),
    "email": _l("e-mail skjult"),
    "iban": _l("konto skjult"),
}


def confidence(value: float) -> str:
    """How sure the robot is, in words."""
    bands = ((0.9, _l("meget sikker")), (0.6, _l("ret sikker")), (0.35, _l("usikker")))
    return str(next((word for least, word in bands if value >= least), _l("gætter")))


def field(code: str) -> str:
    """What besides its words a mail was known by: "subject", "mailbox:ADDRESS", "attachment:KIND"."""
    name, _colon, value = code.partition(":")
    told = {
        "subject": _l("emnet"),
        "mailbox": _l("postkassen %(address)s", address=value),
        "attachment": _l("vedhæftet %(kind)s", kind=value.rpartition("/")[2]),
    }
    return str(told.get(name, code))
