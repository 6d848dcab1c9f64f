"""The words people read for codes of the domain. One place, so that a code has one name on every page."""

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

STATES = {
    "received": _l("Modtaget"),
    "triage": _l("Til visitering"),
    "routed": _l("Hos enheden"),
    "answered": _l("Besvaret"),
    "closed": _l("Afsluttet"),
    "set_aside": _l("Lagt til side"),
    "referred": _l("Anden myndighed"),
    "quarantine": _l("Kan ikke læses"),
    "circulating": _l("Cirkulerer"),
}
REASONS = {
    "confident": _l("robotten var sikker nok"),
    "stopped": _l("robotten er stoppet"),
    "no_model": _l("robotten har intet lært endnu"),
    "no_limit": _l("for få erfaringer til at sætte en grænse"),
    "unsure": _l("robotten var ikke sikker nok"),
    "strange": _l("mailen ligner ingen enheds mails"),
    "elsewhere": _l("mailen ligner noget, der hører til hos en anden myndighed eller ikke er en henvendelse"),
    "several": _l("mailen handler måske om flere ting"),
    "mode_observe": _l("robotten observerer kun for enheden"),
    "mode_suggest": _l("robotten foreslår kun for enheden"),
    "follow_up": _l("opfølgning på en kendt sag"),
    "unreadable": _l("mailen kunne ikke læses"),
    "no_citizen": _l("det fremgår ikke sikkert, hvem der skal have svar"),
    "words_missing": _l("mailens tekst kunne ikke læses"),
    "unit_stopped": _l("robotten er stoppet for enheden"),
    "rule_unit": _l("en regel sender den til enheden"),
    "rule_human": _l("en regel kræver et menneske"),
    "direct": _l("skrevet til enhedens egen postkasse"),
    "from_unit": _l("lagt i Retur af enheden"),
    "blind_check": _l("robotten var sikker nok, men mailen blev udtaget til stikprøve"),
    "read_receipt": _l("læsekvittering"),
    "calendar": _l("mødeindkaldelse"),
    "digest": _l("nyhedsbrev"),
    "spam": _l("markeret som spam af mailsystemet"),
    "twin": _l("samme mail i flere postkasser"),
    "moved_on": _l("henvendelsen er kommet videre"),
    "owner_decided": _l("besluttet af den ansvarlige leder"),
    "loop": _l("vores egen mail, der kom tilbage"),
    "bounce": _l("besked om mail, der ikke kunne leveres"),
    "automatic_reply": _l("automatisk svar"),
    "delivery_notice": _l("besked om, at en mail er forsinket eller leveret"),
    "house_reply": _l("en enheds svar, der kom hertil"),
    "from_house": _l("skrevet af en enhed, ikke af en borger"),
    "stranger": _l("den henviser til en sag eller tråd, som dens afsender ikke har skrevet i"),
    "bounce_unproven": _l("siger, at en mail ikke nåede frem, men viser ikke hvilken"),
    "maybe_answer": _l("måske en enheds svar til borgeren"),
    "answer": _l("en enheds svar til borgeren"),
    "not_an_enquiry": _l("ikke en henvendelse"),
    "not_ours": _l("hører til hos en anden myndighed"),
    "split": _l("delt i flere henvendelser"),
    "split_undone": _l("samlet igen med den mail, den var en del af"),
}
DECISIONS = {
    "confirmed": _l("bekræftet"),
    "corrected": _l("rettet"),
    "blind": _l("uden at se forslaget"),
    "ended": _l("anden myndighed, eller ikke en henvendelse"),
}
"""How a mail was decided, where seconds are told."""
QUARANTINE = {
    "too_deep": _l("mailen har for mange mails inde i hinanden"),
    "too_many_parts": _l("mailen har for mange dele"),
    "too_many_addresses": _l("mailen er sendt til for mange adresser"),
    "headers_too_large": _l("mailens tekniske oplysninger fylder for meget"),
    "broken": _l("mailen er skrevet på en måde, vi ikke kan læse"),
    "failed": _l("mailen fik vores behandling til at gå i stå"),
    "timeout": _l("mailen tog for lang tid at læse"),
    "memory": _l("mailen krævede for meget hukommelse"),
    "crashed": _l("programmet gik ned, da det læste mailen"),
    "not_exported": _l("mailen kunne ikke hentes ud af mailsystemet"),
}
REPAIRS = {
    "header": _l("linjer i mailens hoved var skrevet forkert"),
    "boundary": _l("skellet mellem mailens dele manglede eller var skrevet forkert"),
    "encoding": _l("kodningens navn var skrevet forkert"),
    "base64": _l("der var fejl i kodningen (base64)"),
    "quoted_printable": _l("der var fejl i kodningen (quoted-printable)"),
    "uuencode": _l("en fil stod som tegn inde i teksten"),
    "charset": _l("tegnsættet var ikke oplyst rigtigt"),
    "file_name": _l("et filnavn var ikke skrevet efter reglerne"),
    "stub": _l("teksten er læst i mailens HTML-udgave, for tekstudgaven siger ikke noget"),
}
"""What was mended while a mail was read."""
UNREAD = {
    "cut": _l("slutningen af en tekst eller en fil, som er afbrudt undervejs"),
    "letters": _l("enkelte tegn, som vises som \ufffd"),
    "encoding": _l("en del af mailen, hvis kodning vi ikke kender"),
    "encrypted": _l("krypteret indhold"),
    "damaged": _l("indhold i en pakke, der ikke kan åbnes"),
    "locked": _l("en fil med adgangskode"),
    "signature": _l("en digital underskrift, som ingen har kontrolleret"),
}
"""What of a mail could not be read, though the rest was."""
WORDS_MISSING = {
    "encrypted": _l("Mailen er krypteret, og Sluse kan ikke læse den."),
    "damaged": _l("Mailens indhold ligger i en pakke, der ikke kan åbnes."),
    "locked": _l("Mailens indhold ligger i en fil med adgangskode."),
    "files": _l("Mailens indhold ligger i filer eller billeder, og dem læser robotten ikke."),
}
"""Why a mail says something that Sluse has not read (app/domain/unread.py)."""
THEMES = {
    "light": _l("Lyst"),
    "dark": _l("Mørkt"),
    "machine": _l("Som på computeren"),
}
ROLES = {
    "visitator": _l("Visitator"),
    "caseworker": _l("Sagsbehandler"),
    "manager": _l("Leder"),
    "administrator": _l("Administrator"),
    "auditor": _l("Revisor af hændelsesloggen"),
}
ROLE_SUMMARIES = {
    "visitator": _l("Fordeler mails og ser alle henvendelser."),
    "caseworker": _l("Besvarer sin egen enheds henvendelser og ser kun dem."),
    "manager": _l("Ser alle henvendelser, tal og stikprøver og ændrer regler, skabeloner og frister."),
    "administrator": _l("Kan alt, også give andre adgang, ændre enheder og stoppe robotten."),
    "auditor": _l("Ser hændelsesloggen og ingen mails."),
}
"""What each role may, in a line."""
ACCESS = {
    "open": _l("åben"),
    "invited": _l("inviteret"),
    "lapsed": _l("linket er udløbet"),
    "closed": _l("spærret"),
}
"""How an account stands (app.queries.organisation.account_list.Access)."""
METHODS = {
    "password": _l("adgangskode"),
    "password and code": _l("adgangskode og kode"),
    "oidc": _l("arbejdskonto"),
}
"""How somebody signed in."""
MODES = {
    "observe": _l("Observerer"),
    "suggest": _l("Foreslår"),
    "automatic": _l("Fordeler selv"),
}
CLOSED_YEARLY = {
    "05-01": _l("1. maj"),
    "06-05": _l("5. juni (grundlovsdag)"),
    "12-24": _l("24. december"),
    "12-31": _l("31. december"),
}
YES_NO = {True: _l("ja"), False: _l("nej")}
UNIT_FIELDS = {
    "area": _l("serviceområde"),
    "centre": _l("center"),
    "name": _l("navn"),
    "address": _l("postkasse"),
    "subject_code": _l("emnekode"),
    "also_called": _l("kaldes også"),
    "guide": _l("hører til"),
    "guide_not": _l("hører ikke til"),
    "mode": _l("robottens rolle"),
    "max_error": _l("tilladt fejlandel"),
    "owner": _l("ansvarlig"),
    "closed": _l("nedlagt"),
    "stopped": _l("stoppet"),
    "acknowledge": _l("sender kvittering"),
    "mail_system": _l("mailsystem"),
    "journal": _l("journalpostkasse"),
}
IMPORT_PROBLEMS = {
    "column_missing": _l("Kolonnen mangler"),
    "no_csv": _l("Filen er ikke CSV"),
    "empty": _l("Feltet er tomt"),
    "no_address": _l("Det er ikke en mailadresse"),
    "no_mode": _l("Robottens rolle skal være observerer, foreslår eller fordeler selv"),
    "no_share": _l("Den tilladte fejlandel skal være procent mellem 0 og 50"),
    "twice": _l("Enheden står der to gange"),
    "address_taken": _l("Adressen hører til en anden enhed"),
    "no_mail_system": _l("Mailsystemet er ikke sat op"),
    "owner_unknown": _l("Den ansvarlige har ingen konto"),
}
PLACE_PROBLEMS = {
    "no_name": _l("Der står intet navn"),
    "no_kind": _l("Slags skal være vej eller bydel"),
    "too_long": _l("Navnet er for langt"),
    "too_many": _l("Der er for mange navne i filen"),
}
WHAT_IF_STATES = {
    "waiting": _l("Venter"),
    "running": _l("I gang"),
    "done": _l("Færdig"),
    "interrupted": _l("Afbrudt"),
    "failed": _l("Gået i stå"),
}
AMENDMENTS = {
    "rolled_back": _l("gået tilbage til en tidligere version"),
    "distrusted": _l("en kontos valg tæller ikke længere"),
    "erased": _l("en persons henvendelser slettet"),
    "reorganised": _l("organisationen ændret"),
}
LIFTED = {
    "rolled_back": _l("gik tilbage til en tidligere version: fortrudt"),
    "distrusted": _l("en kontos valg tæller igen"),
    "reorganised": _l("organisationsændring fortrudt"),
}
UNIT_CHANGES = {
    "comes": _l("ny"),
    "goes": _l("nedlægges"),
    "begins": _l("fordeles automatisk fra nu af"),
    "ends": _l("fordeles ikke længere automatisk"),
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
    "observe": _l("Robotten foreslår, men et menneske fordeler alt. Sådan begynder en ny enhed."),
    "suggest": _l("Visitator ser forslaget og vælger."),
    "automatic": _l("Robotten fordeler selv det, den er sikker nok på."),
}
PURPOSES = {
    "unit page": _l("på enhedens side"),
    "answer": _l("for at svare, med borgerens adresse"),
    "interim reply": _l("for at skrive et foreløbigt svar"),
    "return": _l("for at sende retur"),
    "enquiry page": _l("på henvendelsens side"),
    "unmasked": _l("med personoplysninger"),
    "rest of the text": _l("resten af en lang mail"),
    "html": _l("med mailens egen opsætning og personoplysninger"),
    "audit page": _l("i hændelsesloggen"),
    "triage": _l("i visiteringen"),
    "triage, ahead": _l("hentet, så den er klar som den næste i visiteringen"),
    "template preview": _l("for at prøve en skabelon"),
    "merging": _l("for at samle henvendelser"),
    "referral": _l("for at sende videre til en anden myndighed"),
    "splitting": _l("for at dele mailen op"),
    "wave": _l("for at fordele ens mails"),
    "find a citizen": _l("for at finde en borger"),
}
"""Why somebody looked at a mail, as the log keeps it."""
UNMASKED = {
    "unmasked": _l("med det skjulte"),
    "html": _l("med det skjulte"),
    "answer": _l("med borgerens adresse"),
}
"""Purposes for which something is shown that is hidden elsewhere: what it was."""
LOG_FIELDS = {
    "what": _l("hvad"),
    "page": _l("side"),
    "streets": _l("veje"),
    "districts": _l("bydele"),
    "query": _l("søgte efter"),
    "filters": _l("filtre"),
    "rows": _l("rækker"),
    "found": _l("fundet"),
    "asked": _l("bad om"),
    "account": _l("konto"),
    "role": _l("rolle"),
    "unit_id": _l("enhed"),
    "name": _l("navn"),
    "reason": _l("årsag"),
    "issuer": _l("hos"),
    "group": _l("gruppe"),
    "source": _l("fra"),
    "method": _l("måde"),
    "before": _l("før"),
    "after": _l("nu"),
    "count": _l("antal"),
    "size": _l("bytes"),
}
"""What else a row of the log tells."""
SIGN_ON = {
    "state": _l("svaret hører ikke til et login, der er begyndt i denne browser"),
    "used": _l("svaret er brugt før"),
    "no_code": _l("svaret mangler sin kode"),
    "denied": _l("afbrudt af personen eller afvist af login-tjenesten"),
    "provider_error": _l("login-tjenesten meldte en fejl"),
    "code_refused": _l("login-tjenesten godtog ikke koden eller Sluses hemmelighed"),
    "no_token": _l("login-tjenesten sendte intet ID-token"),
    "malformed": _l("ID-tokenet kan ikke læses"),
    "algorithm": _l("ID-tokenet er ikke underskrevet på en måde, der godtages"),
    "key_in_token": _l("ID-tokenet har sin egen nøgle med"),
    "unknown_key": _l("ID-tokenet er underskrevet med en ukendt nøgle"),
    "signature": _l("ID-tokenets underskrift passer ikke"),
    "issuer": _l("svaret er fra en anden login-tjeneste"),
    "audience": _l("ID-tokenet er til et andet program"),
    "expired": _l("ID-tokenet er udløbet"),
    "not_yet": _l("ID-tokenet er udstedt i fremtiden: et af de to steder går klokken forkert"),
    "nonce": _l("ID-tokenet hører til et andet login"),
    "subject": _l("ID-tokenet siger ikke, hvem det er"),
    "claims": _l("ID-tokenets oplysninger kan ikke bruges"),
    "no_groups": _l("ID-tokenet har ingen grupper: sæt login-tjenesten til at sende dem med"),
    "groups_elsewhere": _l(
        "personen er i så mange grupper, at de ikke sendes med: send kun de grupper, der er tildelt programmet, "
        "eller brug app-roller"
    ),
    "no_group_fits": _l("ingen af personens grupper giver adgang"),
    "no_access_to_tie": _l(
        "ingen af arbejdskontoens grupper giver adgang, så den lokale konto er ikke knyttet til den"
    ),
    "no_address": _l("ID-tokenet har hverken brugernavn eller bekræftet mailadresse"),
    "address_taken": _l("en anden konto har allerede adressen"),
    "account_closed": _l("kontoen er spærret"),
    "last_administrator": _l("kontoens grupper giver en anden rolle, og ingen anden er administrator"),
    "tied_already": _l("en af de to konti er allerede knyttet til en anden"),
    "provider_unreachable": _l("login-tjenesten svarer ikke"),
    "provider_broken": _l("login-tjenesten svarer noget, der ikke giver mening"),
    "provider_other": _l("login-tjenesten har et andet navn end det, der står i SLUSE_OIDC_ISSUER"),
    "provider_elsewhere": _l("login-tjenesten henviser til en anden server end sin egen"),
    "provider_busy": _l("for mange logger ind på én gang, eller login-tjenesten er langsom"),
}
"""Why somebody was not signed in with their account elsewhere, for who administers it."""
RELATIONS = {
    "follows": _l("Opfølgning på"),
    "follower": _l("Opfølgning"),
    "twin": _l("Samme mail i en anden postkasse"),
    "relates": _l("Hører sammen med en afsluttet sag"),
    "later": _l("Senere henvendelse om samme sag"),
    "resembles": _l("Ligner"),
    "alike": _l("Ligner denne"),
}
LETTERS = {
    "reply": _l("svaret til borgeren"),
    "interim": _l("det foreløbige svar"),
    "acknowledgement": _l("kvitteringen"),
    "forward": _l("mailen til enheden"),
    "sent_on": _l("mailen til den anden myndighed"),
    "not_ours": _l("beskeden til borgeren"),
    "recall": _l("beskeden om, at mailen er trukket tilbage"),
    "notice": _l("beskeden til enheden"),
    "reminder": _l("påmindelsen om frister"),
    "digest": _l("ugebrevet om frister"),
    "audit_head": _l("mailen med hændelsesloggens kontrolsum"),
}
"""What of ours did not arrive, or may not have."""
WEEKDAYS = (_l("mandag"), _l("tirsdag"), _l("onsdag"), _l("torsdag"), _l("fredag"))
WAITS_FOR = {
    "reading": _l("Robotten har ikke læst mailen endnu"),
    "unreadable": _l("Et menneske skal se på en mail, der ikke kunne læses"),
    "triage": _l("Fordeling"),
    "owner": _l("Den ansvarlige for mails, der er sendt retur"),
    "letter": _l("Et menneske skal sige, om en mail blev sendt"),
    "held": _l("Robotten er stoppet"),
    "system": _l("Et andet system, der ikke svarer"),
    "unit": _l("Enhedens svar"),
}
"""What an overdue enquiry waits for (app/domain/waiting.py)."""
PLACES = {
    "note": _l("i en note"),
    "document": _l("i et dokument på sagen"),
    "file": _l("i et bilags navn"),
}
"""Where words were found that stand neither in the subject nor in the mail."""
DOCUMENTS = {
    "mail": _l("mailen"),
    "attachment": _l("bilag"),
    "draft": _l("svarudkast"),
    "reply": _l("svaret"),
    "interim": _l("foreløbigt svar"),
    "acknowledgement": _l("kvittering"),
}
STEPS = {
    "open_case": _l("Opret sag"),
    "file_mail": _l("Journalisér mail og bilag"),
    "register_deadline": _l("Registrér frister"),
    "file_draft": _l("Journalisér svarudkast"),
    "save_draft": _l("Læg svarudkast i mappen Kladder"),
    "forward": _l("Send til enheden"),
    "write_acknowledgement": _l("Skriv kvittering"),
    "send_acknowledgement": _l("Send kvittering til borgeren"),
    "file_acknowledgement": _l("Journalisér kvittering"),
    "file_reply": _l("Journalisér svaret"),
    "meet_deadline": _l("Afslut svarfristen"),
    "close_case": _l("Afslut sagen"),
    "close_enquiry": _l("Afslut henvendelsen"),
    "begin_referral": _l("Begynd videresendelse"),
    "open_referral_case": _l("Opret sag og journalisér mail og bilag"),
    "send_on": _l("Send mailen videre til myndigheden"),
    "tell_citizen": _l("Send besked til borgeren"),
    "file_referral": _l("Journalisér videresendelse og besked"),
    "end_referral": _l("Afslut sagen"),
    "send_notice": _l("Giv enheden besked"),
    "dismiss_case": _l("Afslut sagen uden svar"),
    "send_interim": _l("Send foreløbigt svar"),
    "file_interim": _l("Journalisér foreløbigt svar"),
    "note_feedback": _l("Afslut tilbagemeldingsfristen"),
    "amend_deadline": _l("Ret fristen"),
    "send_recall": _l("Fortæl enheden, at mailen er trukket tilbage"),
    "file_recall": _l("Journalisér, at mailen er trukket tilbage"),
    "reopen_case": _l("Genåbn sagen"),
    "resume_deadline": _l("Lad fristen løbe igen"),
}
WORK = {
    "journal": _l("Journalisering"),
    "interim": _l("Foreløbigt svar"),
    "clocks": _l("Frister"),
    "acknowledge": _l("Kvittering"),
    "reply": _l("Svar"),
    "dismiss": _l("Afslutning"),
    "notice": _l("Besked til enheden"),
    "recall": _l("Tilbagetrækning"),
    "reopen": _l("Genåbning"),
    "refer": _l("Videresendelse"),
}
TOO_LATE = {
    "sent_on": _l("Er sendt videre, eller borgeren har fået besked. Kan ikke fortrydes."),
    "leaving": _l("Er ved at blive sendt til enheden. Genindlæs om et øjeblik."),
    "answered": _l("Enheden har svaret borgeren. Kan ikke fortrydes."),
    "moved": _l("Fordelt igen eller sendt retur siden da."),
}
"""Why a decision cannot be undone (app/domain/undo.py)."""
JOB_STATES = {
    "delayed": _l("Venter"),
    "queued": _l("Venter"),
    "running": _l("I gang"),
    "held": _l("Holdt tilbage"),
    "waiting": _l("Venter på andre"),
    "overtaken": _l("Ikke længere aktuel"),
    "done": _l("Færdig"),
    "failed": _l("Gået i stå"),
    "given_up": _l("Opgivet efter mange forsøg"),
    "cancelled": _l("Annulleret"),
}
JOB_CHIPS = {
    "done": "done",
    "failed": "late",
    "given_up": "late",
    "running": "",
    "overtaken": "is-set_aside",
    "cancelled": "is-set_aside",
}
"""The look of a job's state; the rest is yellow, since it waits."""
WAITS = {
    "delayed": _l("venter lidt, så valget kan fortrydes"),
    "queued": _l("venter på, at robotten når til den"),
    "held": _l("fortsætter om et øjeblik"),
    "waiting": _l("venter på et system, der ikke svarer"),
    "robot_stopped": _l("venter, til robotten startes igen"),
    "unit_stopped": _l("venter, til robotten startes igen for enheden"),
    "stopping": _l("standser før næste trin, fordi robotten er stoppet"),
    "answer": _l("venter på svar på, om mailen er sendt"),
    "person": _l("venter på, at nogen trykker Fortsæt"),
}
"""What one of the robot's jobs waits for."""
SYSTEMS = {
    "mail": _l("Mailsystemet"),
    "records": _l("ESDH"),
    "deadlines": _l("Fristregistret"),
}
"""The outside systems that the robot works with."""
READING_STATES = {
    "waiting": _l("Venter på natten"),
    "running": _l("I gang"),
    "paused": _l("På pause"),
    "done": _l("Læst til ende"),
    "failed": _l("Gået i stå"),
}
FOLDER_ROLES = {
    "inbox": _l("Indbakke"),
    "sent": _l("Sendt post"),
    "drafts": _l("Kladder"),
    "returns": _l("Retur"),
}
FOLDER_PURPOSES = {
    "inbox": _l("Her kommer mails ind. Den kan ikke vælges om."),
    "sent": _l("Her ligger det, enheden og Sluse har sendt. Enhedens svar til borgerne findes her."),
    "drafts": _l("Her lægger Sluse udkast til svar."),
    "returns": _l("Hertil flytter enheden mails, der ikke hører til hos den."),
}
POLL_ERRORS = {"no_answer": _l("Svarer ikke")}
"""What keeps a mailbox from being read, where Sluse itself found out."""
ANSWER_SIGNS = {
    "replied": _l("der er svaret på mailen"),
    "draft_gone": _l("svarudkastet ligger hverken i Kladder eller i Sendt post"),
    "thanked": _l("borgeren har takket"),
    "forwarded": _l("mailen er videresendt"),
    "gone": _l("mailen ligger ikke længere i indbakken"),
    "flagged": _l("mailen er markeret til opfølgning"),
    "read": _l("mailen er læst"),
    "late": _l("fristen er overskredet"),
}
"""What shows that a unit may have replied, though nobody has seen it (domain/unseen_answers.py)."""
STEP_STATES = {
    "done": _l("udført"),
    "failed": _l("gået i stå"),
    "next": _l("næste trin"),
    "to_come": _l("senere"),
    "dropped": _l("bliver ikke udført"),
}
SETUP_STEPS = {
    "authority": _l("Myndighedens navn og kalender"),
    "units": _l("Serviceområder og enheder"),
    "mail_systems": _l("Mailsystemer"),
    "mailboxes": _l("Postkasser"),
    "people": _l("Mennesker"),
    "observe": _l("Observér"),
}
SETUP_PURPOSES = {
    "authority": _l("Navnet står øverst på det, der skrives ud; lukkedagene flytter fristerne."),
    "units": _l("Enhederne er dem, der svarer; det, der hører til hver, læser både visitator og robotten."),
    "mail_systems": _l("Her henter Sluse mails, og herfra sender den."),
    "mailboxes": _l("Fællespostkasserne er dem, borgerne skriver til, og som Sluse henter mails fra."),
    "people": _l("Mindst én visitator skal kunne logge ind og fordele mailene."),
    "observe": _l(
        "Mails kommer ind, og mennesker fordeler dem; det lærer robotten af, og fra det første valg får de næste forslag."
    ),
}
SETUP_STATES = {"missing": _l("mangler"), "begun": _l("i gang"), "ready": _l("klar")}
SETUP_LACKS = {
    "no_name": _l("Navnet mangler."),
    "no_calendar": _l("Lukkedagene står, som de kom. Se dem igennem, og gem dem."),
    "no_units": _l("Der er ingen enheder endnu."),
    "unguided": _l("Enheder, hvor der ikke står, hvad der hører til"),
    "invented": _l("Enheder med en opfunden adresse (@example.org)"),
    "no_system": _l("Intet er valgt. Indtil da ligger mails i mapper på denne maskine."),
    "unusable": _l("Et mailsystem kan ikke bruges, som det er beskrevet."),
    "unread": _l("Et mailsystem er ikke prøvet endnu: robotten har ikke læst nogen postkasse i det."),
    "units_failing": _l("Enheder, hvis egen postkasse ikke kan læses lige nu"),
    "in_main": _l(
        "Postkasser, der ligger i mapper på Sluses egen maskine, fordi der ikke er valgt et mailsystem for dem. Mails dertil når "
        "ikke frem til enheden"
    ),
    "no_mailbox": _l("Der er ingen postkasse at hente fra endnu."),
    "failing": _l("Postkasser, der ikke kan læses lige nu"),
    "unseen": _l(
        "Robotten har ikke meldt endnu, at den har set ind i dem alle. Det gør den af sig selv inden for et minut."
    ),
    "no_visitator": _l("Ingen visitator er inviteret."),
    "invited": _l("Visitatorer, der er inviteret og ikke har logget ind endnu"),
    "not_possible": _l("Der skal være mindst én enhed og én postkasse først."),
    "no_mails": _l("Den første mail er ikke kommet endnu."),
}
"""What a step lacks; some are followed by how many."""
CLOCKS = {"feedback": _l("Tilbagemeldingsfrist"), "answer": _l("Svarfrist")}
"""The two deadlines by their names, wherever one is shown."""
ORDERS = {
    "haster": _l("det, der haster, først"),
    "tvivl": _l("størst tvivl først"),
    "nyeste": _l("nyeste først"),
    "enhed": _l("efter foreslået enhed"),
}
"""How the queue of triage can be sorted; the value stands in the address."""
PLACES_IN_QUEUE = {
    "overdue": _l("Fristen er overskredet"),
    "today": _l("Fristen er i dag"),
    "urgent": _l("Frist inden for 3 arbejdsdage"),
    "later": _l("Derefter: størst tvivl først"),
    "no_unit": _l("Uden vist forslag"),
}
"""Why a mail stands where it does in the queue; the heading above it."""
TEXT_KINDS = {
    "reply_draft": _l("Svarudkast"),
    "interim_reply": _l("Foreløbigt svar"),
    "acknowledgement": _l("Kvittering"),
    "referral": _l("Videresendt"),
    "guidance": _l("Myndighed ukendt"),
}
TEXT_ADVICE = {
    "reply_draft": _l(
        "Er svaret en afgørelse, skal det have en begrundelse og en klagevejledning. "
        "Skriv klagevejledningen som en fælles tekst, og hent den ind her med {afsnit:klagevejledning}."
    ),
    "interim_reply": _l(
        "Tilbagemeldingsgarantien vil have sagsbehandlerens navn og en lovbestemt frist, hvor der er en. "
        "Den nævner brev eller Digital Post; om en almindelig mail er nok, må kommunen sige. "
        "Lov kun at skrive igen, hvis påmindelserne om frister bliver brugt."
    ),
}
"""What whoever writes a text has to think of."""
PLACEHOLDERS = {
    "sagsnummer": _l("sagens nummer"),
    "emne": _l("mailens emne"),
    "frist": _l("næste frist: tilbagemelding, derefter svar; i et foreløbigt svar altid svarfristen"),
    "tilbagemeldingsfrist": _l("tilbagemeldingsfristen, fx 7. december 2026"),
    "svarfrist": _l("svarfristen, fx 8. januar 2027"),
    "modtaget": _l("dagen, mailen kom"),
    "enhed": _l("enhedens navn"),
    "enhed_adresse": _l("enhedens mailadresse"),
    "afsender": _l("borgerens navn"),
    "sagsbehandler": _l("sagsbehandlerens navn"),
    "myndighed": _l("navnet på den myndighed, mailen er sendt videre til"),
    "myndighed_adresse": _l("den myndigheds mailadresse"),
    "postkasse": _l("navnet på den fællespostkasse, mailen kom til"),
}
FAULTS = {
    "empty": _l("Teksten er tom."),
    "unknown": _l("Pladsholderen findes ikke her:"),
    "no_paragraph": _l("Der er ingen fælles tekst, der hedder det:"),
    "nested": _l("En fælles tekst kan ikke selv hente en fælles tekst:"),
    "brace": _l("Et { eller } mangler sin modpart:"),
    "no_name": _l("Skabelonen mangler et navn."),
    "bad_name": _l(
        "Navnet på en fælles tekst skrives med små bogstaver, tal, bindestreg og understreg. Det gør dette ikke:"
    ),
    "name_taken": _l("Der er allerede en fælles tekst, der hedder"),
    "second_general": _l(
        "Der er allerede en skabelon uden stikord samme sted. Giv en af dem stikord. Den anden hedder"
    ),
    "in_use": _l("Den fælles tekst kan ikke slettes, fordi den bruges i skabelonen"),
}
"""What is wrong with a text; what stands there exactly follows after it."""
TEMPLATE_FIELDS = {"name": _l("Navn"), "keywords": _l("Kun ved stikord"), "text": _l("Tekst")}
"""The fields of a template, as its form calls them."""
RETURN_REASONS = {
    "other_unit": _l("Den hører til en anden enhed"),
    "other_authority": _l("Den hører til en anden myndighed"),
    "several_matters": _l("Den handler om flere ting, og kun noget er vores"),
    "known_case": _l("En anden enhed har allerede sagen"),
    "not_for_answer": _l("Den skal ikke besvares (reklame, tak, kvittering)"),
    "something_else": _l("Noget andet"),
}
REASONS |= RETURN_REASONS
CASELOAD = {
    "venter": _l("Venter på svar"),
    "haster": _l("Haster"),
    "foreloebigt-svar": _l("Foreløbigt svar"),
    "besvaret": _l("Besvaret"),
    "retur": _l("Sendt retur"),
}
"""The tabs of a unit's page."""
CASELOAD_ORDERS = {
    "frist": _l("Tidligste frist først"),
    "nyeste": _l("Nyeste først"),
    "aeldste": _l("Ældste først"),
}
CASELOAD_EMPTY = {
    "venter": (_l("Intet venter på svar"), _l("Når der kommer en henvendelse, dukker den op her af sig selv.")),
    "haster": (_l("Intet haster lige nu"), _l("Her står det, hvis frist er tæt på eller overskredet.")),
    "foreloebigt-svar": (
        _l("Ingen foreløbige svar"),
        _l("Her står de henvendelser, hvor borgeren ved, hvem der ser på sagen, men stadig venter på svar."),
    ),
    "besvaret": (_l("Intet besvaret for nylig"), _l("Svar fra enhedens postkasse, så står henvendelsen her.")),
    "retur": (_l("Intet sendt retur"), _l("Her står det, I har sendt retur, og hvor det er nu.")),
}
PRACTICE = {
    "not_ours": _l("Anden myndighed"),
    "not_enquiry": _l("Ikke en henvendelse"),
    "split": _l("Del op"),
}
PRACTICE_INSTEAD = {
    "not_ours": _l("Her var ”Anden myndighed” det rette valg"),
    "not_enquiry": _l("Her ville mailen være lagt til side"),
    "split": _l("Her ville mailen være delt op"),
}
LABEL_SOURCES = {
    "confirmed": _l("Forslag bekræftet"),
    "corrected": _l("Forslag rettet"),
    "returned": _l("Rettet efter retur"),
    "answered": _l("Besvaret af enheden"),
    "history": _l("Indlæst historik"),
}
CITIZEN_SOURCES = {
    "from": _l("Afsenderen af mailen."),
    "reply_to": _l("Mailen beder om svar til denne adresse, ikke til afsenderens."),
    "form": _l("Adressen er læst i mailen fra en webformular. Den er ikke bekræftet, så der sendes ingen kvittering."),
    "confirmed_form": _l("Adressen er læst i mailen fra en webformular, som får adresser bekræftet."),
    "sender": _l("Mailen nævner ingen forfatter. Adressen er den, der har sendt den."),
    "return_path": _l(
        "Mailen nævner ingen forfatter. Adressen er den, den er sendt fra, og der sendes ingen kvittering."
    ),
    "human": _l("Adressen er skrevet af en medarbejder."),
    "unnamed": _l("Mailen har ingen adresse, der kan læses sikkert. Skriv borgerens adresse, hvis du kender den."),
    "several": _l("Mailen nævner flere, som kan skulle have svar. Vælg en af dem, eller skriv adressen."),
    "ours": _l(
        "Mailen kommer fra en af vores egne postkasser. Skriv borgerens adresse, hvis en borger skal have svar."
    ),
    "no_field": _l("Webformularen oplyser ikke sikkert, hvem der har udfyldt den. Skriv borgerens adresse."),
}
"""What told who the citizen is, or why nothing did."""
MAIL_SYSTEMS = {
    "imap": _l("Mailserver med IMAP og SMTP"),
    "exchange": _l("Exchange på egen server"),
    "graph": _l("Exchange Online (Microsoft 365)"),
    "folder": _l("Mapper på Sluses egen maskine"),
}
HIDDEN = {
    "cpr": _l("CPR skjult"),
    "phone": _l("telefon skjult"),
    "email": _l("e-mail skjult"),
    "iban": _l("konto skjult"),
}


def outside_system(system: str) -> str:
    """Return what an outside system is called, as its circuit names it; a further mail system by the name that it was given."""
    kind, _, name = system.partition(":")
    called = str(SYSTEMS.get(kind, kind))
    return f"{called} {name}" if name else called


def confidence(value: float) -> str:
    """Return in words how sure the robot is."""
    bands = ((0.9, _l("meget sikker")), (0.6, _l("ret sikker")), (0.35, _l("usikker")))
    return str(next((word for least, word in bands if value >= least), _l("gætter")))


def belongs(name: str) -> str:
    """Return the name of a unit or an authority. "Not an enquiry" has a text instead of a name."""
    return gettext("Ikke en henvendelse") if name in ("", "not_an_enquiry") else name


def field(code: str) -> str:
    """Return words for a feature that is no word.

    A mail was known by it: "subject", "mailbox:ADDRESS", "attachment:KIND".
    """
    name, _colon, value = code.partition(":")
    names = {
        "subject": _l("emnet"),
        "mailbox": _l("postkassen %(address)s", address=value),
        "attachment": _l("vedhæftet %(kind)s", kind=value.rpartition("/")[2]),
    }
    return str(names.get(name, code))


def seen_by(day: Any) -> str:
    """Return how often and by whom a mail was seen. On a day: "Set 4 gange af 2 personer"."""
    times = ngettext("Set %(num)s gang", "Set %(num)s gange", len(day.looks))
    people = ngettext("af %(num)s person", "af %(num)s personer", day.lookers)
    return gettext("%(times)s %(people)s", times=times, people=people)


ERASED = {
    "enquiries": _l("Henvendelser"),
    "attachments": _l("Bilag"),
    "notes": _l("Noter"),
    "replies": _l("Svar fra enheder"),
    "letters": _l("Kvitteringer til borgeren"),
    "interim": _l("Foreløbige svar"),
    "referrals": _l("Beskeder om videresendelse"),
    "labels": _l("Valg, som modellen glemmer"),
    "masked": _l("Andre henvendelser, hvor nummeret eller adressen er fjernet"),
}
MENTIONED_IN = {
    "mail": _l("i mailen"),
    "file": _l("i et bilags navn"),
    "document": _l("i et dokuments titel"),
    "note": _l("i en note"),
    "letter": _l("i et foreløbigt svar"),
    "receipt": _l("i en kvittering"),
    "referral": _l("i en besked om videresendelse"),
}
MENTION_CHOICES = {
    "mask": _l("Fjern nummeret og adressen, og behold resten"),
    "erase": _l("Slet hele henvendelsen"),
    "keep": _l("Lad den stå, som den er"),
}
FOUND_BY = {"address": _l("mailadresse"), "number": _l("CPR-nummer"), "both": _l("mailadresse og CPR-nummer")}
FOLDERS = {"inbox": _l("Indbakke"), "sent": _l("Sendt post"), "drafts": _l("Kladder"), "returns": _l("Retur")}
