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
}
REASONS = {
    "confident": _l("robotten var sikker nok"),
    "stopped": _l("robotten er stoppet"),
    "no_model": _l("modellen har intet lært endnu"),
    "no_limit": _l("for få erfaringer til at sætte en grænse"),
    "unsure": _l("robotten var ikke sikker nok"),
    "mode_observe": _l("enheden er på observation"),
    "mode_suggest": _l("enheden får kun forslag"),
    "follow_up": _l("opfølgning på en kendt sag"),
    "unreadable": _l("mailen kunne ikke læses"),
    "loop": _l("vores egen mail, der kom tilbage"),
    "bounce": _l("besked om mail, der ikke kunne leveres"),
    "automatic_reply": _l("automatisk svar"),
    "not_an_enquiry": _l("ikke en henvendelse"),
    "not_ours": _l("hører til hos en anden myndighed"),
}
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
    "answered": _l("Besvaret af enheden"),
    "deadline_met": _l("Svarfrist afsluttet"),
    "case_closed": _l("Sag lukket"),
    "closed": _l("Afsluttet"),
    "viewed": _l("Set"),
    "downloaded": _l("Hentet ned"),
    "milestone": _l("Mærkedag"),
}
STEPS = {
    "open_case": _l("Opret sag"),
    "file_mail": _l("Journalisér mail og bilag"),
    "register_deadline": _l("Registrér svarfrist"),
    "file_draft": _l("Journalisér svarudkast"),
    "save_draft": _l("Læg svarudkast i kladder"),
    "forward": _l("Send til enheden"),
    "file_reply": _l("Journalisér svaret"),
    "meet_deadline": _l("Afslut svarfristen"),
    "close_case": _l("Luk sagen"),
    "close_enquiry": _l("Afslut henvendelsen"),
    "dismiss_case": _l("Luk sagen uden svar"),
}
WORK = {"journal": _l("Journalisering"), "reply": _l("Svar"), "dismiss": _l("Lukning")}
WORK_STATUS = {
    "ENQUEUED": _l("Venter"),
    "DELAYED": _l("Venter på fortryd"),
    "PENDING": _l("I gang"),
    "SUCCESS": _l("Færdig"),
    "ERROR": _l("Gik i stå"),
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": _l("Opgivet efter mange forsøg"),
    "CANCELLED": _l("Annulleret"),
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
