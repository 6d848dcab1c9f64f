"""Answers to refusals. Each of our own is mapped to one answer a person can act on."""

from contextlib import suppress

from flask import Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.errors import AppError, ConflictError, NotFoundError
from app.models import words
from app.web.platform import access, filters, incidents, problems, refusals, uploads

TEXTS = {
    "not_found": _l("Siden findes ikke, eller du har ikke adgang til den."),
    "conflict": _l("En anden var hurtigere. Her ser du, hvordan det står nu."),
    "nothing_to_undo": _l("Der er ikke noget at fortryde."),
    "held": _l("En kollega har mailen åben. Overtag den, hvis du vil fordele den, eller tag den næste."),
    "leaving_now": _l("Mailen er ved at blive sendt til enheden. Prøv igen om et øjeblik, så kan den trækkes tilbage."),
    "not_yours": _l("Det kan kun en leder eller en administrator ændre."),
    "answered_already": _l("Enheden har allerede svaret borgeren, så valget kan ikke fortrydes."),
    "decided_since": _l("Henvendelsen er fordelt igen eller sendt retur siden da, så der er intet at fortryde."),
    "referral_left": _l(
        "Mailen er sendt videre, eller borgeren har fået besked, så det kan ikke fortrydes. "
        "Skriv til myndigheden, hvis den skal tilbage."
    ),
    "set_aside_by_human": _l("Mailen er ikke lagt til side af robotten og kan ikke lægges i visiteringen herfra."),
    "merge_impossible": _l("Der er ingen åben henvendelse med det nummer, som mailen kan følge."),
    "merge_itself": _l("Det er mailens eget nummer. Skriv nummeret på den anden henvendelse."),
    "merge_follows": _l(
        "Den henvendelse er en opfølgning på denne. Åbn den, og saml den derfra, hvis det skal være omvendt."
    ),
    "answer_elsewhere": _l("Enheden har ikke henvendelsen og kan ikke have besvaret den. Send den først til enheden."),
    "not_a_mail": _l("Filen kan ikke læses som en mail. Gem svaret som en .eml- eller .msg-fil, og vælg den."),
    "mail_too_large": _l("En mail må højst fylde 25 MB. Intet er ændret."),
    "mail_of_citizen": _l("Det er borgerens egen mail. Vælg det svar, enheden har sendt til borgeren."),
    "mail_by_machine": _l("Mailen er sendt automatisk. Vælg det svar, en medarbejder har skrevet til borgeren."),
    "mail_before_enquiry": _l("Mailen er skrevet, før henvendelsen kom, og kan ikke være svar på den."),
    "answer_not_to_citizen": _l("Mailen er ikke sendt til borgeren, så den kan ikke være svaret på henvendelsen."),
    "answer_of_another": _l(
        "Mailen hører til en anden henvendelse, eller en anden enhed har sendt den. Intet er ændret."
    ),
    "answer_kept": _l(
        "Sluse har allerede mailen. Den ligger på sagen, eller den er sendt til visiteringen, fordi den måske er et svar."
    ),
    "answered_before": _l("Borgeren har allerede fået svar på henvendelsen."),
    "unit_wrote_it": _l(
        "En enhed har skrevet mailen. Vælg den henvendelse, den er svar på, eller at den ikke er en henvendelse."
    ),
    "merge_has_case": _l("Mailen har allerede sin egen sag og kan ikke blive en opfølgning."),
    "split_unreadable": _l("Mailen kan ikke læses og derfor ikke deles."),
    "split_count": _l("En mail kan deles i 2 til 6."),
    "split_part_empty": _l("Hver del skal have en titel og mindst ét kryds eller egne ord."),
    "split_file_nowhere": _l("Hvert bilag skal høre til mindst én del. Sæt kryds ved det, hvor det hører hjemme."),
    "split_title_long": _l("En titel må højst have 80 tegn."),
    "split_parts_alike": _l("To dele er ens. Sæt kryds ved noget forskelligt."),
    "part_decided": _l("En af delene er allerede fordelt. Fortryd det først."),
    "letter_settled": _l(
        "Der er allerede svaret, eller robotten har selv fundet mailen. Her ser du, hvordan det står nu."
    ),
    "head_alone": _l("Mailen kunne ikke hentes ud af mailsystemet, så der er intet at læse. Find den i postkassen."),
    "letter_empty": _l("Skriv til borgeren, at en anden skal svare, og hvor mailen er sendt hen."),
    "address_is_ours": _l("Adressen er vores egen. En anden myndighed har sin egen adresse."),
    "amendment_stays": _l("Ændringen er allerede fortrudt, eller den kan ikke fortrydes, fordi den sletter."),
    "nothing_to_distrust": _l("Kontoen har ingen valg siden da, der tæller."),
    "no_moment": _l("Tidspunktet findes ikke. Vælg dato og klokkeslæt igen."),
    "nothing_learned_since": _l("Modellen har ikke lært noget siden den version."),
    "erase_open": _l("Nogle af henvendelserne er ikke afsluttet. Besvar dem, eller læg dem til side, og prøv igen."),
    "has_owner": _l("Henvendelsen har været retur to gange. Nu beslutter den ansvarlige leder, hvem der svarer."),
    "document_busy": _l("Andre får lige nu lavet et dokument. Prøv igen om et øjeblik."),
    "moved_on": _l("Henvendelsen er allerede behandlet eller sendt videre. Du behøver ikke gøre mere."),
    "nobody_typed": _l("Skriv en mailadresse eller et CPR-nummer."),
    "no_cpr_number": _l("Det er ikke et CPR-nummer. Skriv alle ti cifre."),
    "link_too_old": _l(
        "Linket i en mail gælder i 90 dage. Åbn henvendelsen på enhedens side i Sluse, og send den retur derfra, "
        "eller ring til visiteringen."
    ),
    "owner_decided": _l(
        "Henvendelsen har været retur to gange, og den ansvarlige leder har besluttet, at den hører til hos "
        "jer. Ring til visiteringen, hvis det er forkert."
    ),
    "too_many_attempts": _l("For mange forsøg. Vent et minut, og prøv igen."),
    "account_address": _l("Skriv én hel mailadresse, for eksempel anna@example.org."),
    "account_name": _l("Skriv personens navn."),
    "account_exists": _l(
        "Der er allerede en konto med den adresse. Find den på listen; er den spærret, kan den åbnes igen."
    ),
    "account_unit": _l("En sagsbehandler skal høre til en enhed. Vælg den."),
    "account_elsewhere": _l("Personen logger ind med sin arbejdskonto og har ingen adgangskode her."),
    "account_role": _l("Vælg en rolle."),
    "token_without_name": _l("Skriv, hvilket program der skal bruge nøglen, og hvad det skal bruge tallene til."),
    "token_expiry": _l("Vælg en dag fra i morgen og højst to år frem."),
    "last_administrator": _l(
        "Der skal være mindst én administrator, der har været logget ind. Giv en anden rollen først."
    ),
    "own_account": _l("Du kan ikke spærre din egen konto. Bed en anden administrator om det."),
    "demo_account": _l("I demoen kan adgangskoder ikke ændres: De er kendt af alle."),
    "password_length": _l("Adgangskoden skal have mindst 12 tegn og højst 1.000."),
    "password_guessed": _l("Den adgangskode er let at gætte. Vælg for eksempel fire tilfældige ord."),
    "passwords_differ": _l("De to adgangskoder er ikke ens. Skriv den samme begge steder."),
    "wrong_password": _l("Den nuværende adgangskode passer ikke. Intet er ændret."),
    "factor_required": _l("En administrator logger ind med adgangskode og kode, så koden kan ikke fjernes."),
    "first_code": _l(
        "Koden passer ikke. Den står, hvor Sluse blev startet, og i filen foerste-kode.txt i Sluses mappe."
    ),
    "sign_in_over": _l("Kontoen er ændret imens. Log ind igen."),
    "sign_in_busy": _l("Mange logger ind lige nu. Vent et øjeblik, og prøv igen."),
    "group_incomplete": _l("Skriv gruppens id eller navn, og vælg en rolle."),
    "group_without_unit": _l("Vælg den enhed, gruppens sagsbehandlere arbejder i."),
    "group_has_rule": _l("Gruppen står der allerede. Ret den i listen."),
    "work_not_ended": _l("Opgaven er i gang, færdig eller venter på robotten. Der er ikke noget at fortsætte."),
    "not_of_unit": _l("Vælg en kollega, der arbejder i enheden."),
    "already_answered": _l("Enheden har svaret borgeren. Henvendelsen kan ikke længere sendes retur."),
    "records_unavailable": _l("ESDH svarer ikke lige nu. Prøv igen om lidt."),
    "stop_without_reason": _l("Skriv, hvorfor robotten skal stoppes. Robotten kører stadig."),
    "form_expired": _l("Siden er for gammel. Genindlæs den, og prøv igen."),
    "choose_a_unit": _l("Vælg en enhed, eller vælg Anden myndighed."),
    "rule_without_name": _l("Giv reglen et navn, som kolleger forstår."),
    "rule_without_condition": _l("Skriv mindst én betingelse: ord, afsendergruppe, postkasse eller sprog."),
    "class_without_senders": _l("Skriv et navn og mindst én adresse eller ét domæne."),
    "name_taken": _l("Der er allerede noget med det navn. Vælg et andet."),
    "class_in_use": _l("Afsendergruppen bruges i en regel. Ret reglen først."),
    "no_date": _l("En af datoerne findes ikke. Vælg datoen igen."),
    "no_digest_time": _l("Vælg en hverdag og en time fra 6 til 18."),
    "no_days": _l("Skriv antal dage fra 1 til 366. Svaret må ikke have kortere frist end tilbagemeldingen."),
    "usual_type": _l("Den sædvanlige fristtype kan ikke tages ud af brug. Vælg først en anden som den sædvanlige."),
    "in_triage": _l("Henvendelsen ligger i visiteringen. Den skal fordeles, før der kan svares."),
    "no_case_yet": _l("Robotten er ved at oprette sagen. Vent lidt, og prøv igen."),
    "nobody_to_write_to": _l("Mailen har ingen afsender, der kan skrives til."),
    "citizen_unreachable": _l(
        "Mailsystemet sender ikke til borgerens adresse. Skriv en anden adresse på henvendelsens side, eller ring."
    ),
    "no_citizen_address": _l("Skriv én hel mailadresse, for eksempel anna@example.org."),
    "citizen_is_ours": _l("Adressen er en af vores egne. Skriv borgerens egen adresse."),
    "enquiry_is_history": _l("Henvendelsen er indlæst fra tidligere mails og kan ikke ændres."),
    "form_incomplete": _l("Skriv et navn, mindst én afsender og mindst én tekst, der står foran borgerens adresse."),
    "form_of_citizens": _l("Fra det domæne skriver borgere selv. Skriv formularens egen adresse."),
    "told_already": _l("Borgeren har allerede fået et foreløbigt svar."),
    "nobody_named": _l(
        "Det foreløbige svar skal nævne sagsbehandleren ved navn; ellers er tilbagemeldingsfristen ikke opfyldt."
    ),
    "letter_unfinished": _l("Noget skal stadig skrives. Se efter de firkantede parenteser."),
    "day_is_over": _l("Den dato, svaret loves, er overskredet. Skriv en senere dato."),
    "unit_closed": _l("Enheden er nedlagt og får ikke flere mails. Vælg en anden."),
    "unit_without_name": _l("Skriv enhedens navn og dens serviceområde."),
    "in_settings": _l("Det er fastlagt i Sluses indstillinger på serveren og kan ikke ændres her."),
    "no_municipality": _l("Skriv myndighedens navn, for eksempel Eksempel Kommune."),
    "units_exist": _l("Der er allerede enheder. Eksemplet kan kun lægges ind, mens der ingen er."),
    "no_address": _l("Skriv en mailadresse, for eksempel park@example.org, og et navn."),
    "address_taken": _l("Adressen hører allerede til en anden. Ret den ene af dem."),
    "journal_of_unit": _l("En journalpostkasse kan ikke høre til en enhed eller være en enheds egen postkasse."),
    "no_day": _l("Skriv datoen som dag, måned og år."),
    "no_folder_chosen": _l("Vælg mindst én mappe."),
    "folder_of_the_house": _l(
        "Sendt post, kladder og Retur kan ikke bruges: der ligger ikke borgernes mails til enheden."
    ),
    "no_shared_mailbox": _l("Opret først den fællespostkasse, som mailene skal regnes for at være kommet til."),
    "no_such_folder": _l("Mappen ligger ikke længere i postkassen. Vælg en anden."),
    "folder_twice": _l(
        "Vælg en mappe til hver brug. Den samme mappe kan ikke bruges til to ting, og indbakken er taget."
    ),
    "no_mail_system": _l("Vælg et mailsystem, som Sluse er sat op til."),
    "mail_system_in_use": _l("Der ligger postkasser i mailsystemet. Flyt dem først."),
    "mail_system_refused": _l("Noget skal rettes, før mailsystemet kan gemmes."),
    "owner_unknown": _l("Den ansvarlige har ingen konto i Sluse."),
    "no_share": _l("Den tilladte fejlandel skrives i procent, for eksempel 2,5, og højst 50."),
    "import_problems": _l("Filen har fejl, og intet er ændret."),
    "guide_too_long": _l("Teksten er for lang til at blive læst, mens man visiterer. Højst 1.000 tegn i hvert felt."),
    "breaker_tripped": _l(
        "Automatisk fordeling er slået fra for enheden, fordi der var for mange fejl. Slå den til på siden Stikprøver."
    ),
    "not_tripped": _l("Automatisk fordeling er ikke slået fra, så der er intet at slå til."),
    "what_if_nothing": _l("Vælg mindst én ting, der skal være anderledes."),
    "what_if_too_few": _l("Der er fordelt for få mails til at afprøve noget. Der skal være mindst 100."),
    "what_if_not_adoptable": _l("Afprøvningen er ikke færdig, eller den handler om mere end den tilladte fejlandel."),
    "reorganisation_restored": _l("Organisationsændringen er allerede fortrudt."),
    "reorganisation_later": _l("En senere organisationsændring bygger på denne. Fortryd den senere først."),
    "plan_empty": _l("Planen er tom. Tilføj mindst én ændring."),
    "plan_unknown_unit": _l("Planen nævner en enhed, der ikke findes."),
    "plan_unit_closed": _l("Planen nævner en enhed, der er nedlagt."),
    "plan_unit_twice": _l("En enhed kan kun lægges sammen eller deles én gang i samme plan."),
    "plan_target_closes": _l("En enhed, der nedlægges, kan ikke samtidig få mails, nyt navn eller ny plads."),
    "plan_merge_too_few": _l("Vælg mindst to enheder, der skal lægges sammen."),
    "plan_split_without_parts": _l("Beskriv mindst én del, som enheden skal afgive mails til."),
    "plan_part_without_condition": _l("Hver del skal have mindst ét ord eller en postkasse at kende sine mails på."),
    "plan_without_area": _l("Skriv det serviceområde, enheden flytter til."),
    "plan_name_missing": _l("Skriv enhedens nye navn."),
    "plan_two_general": _l(
        "To skabeloner uden stikord af samme slags ville høre til samme enhed. Giv den ene stikord, eller slet den."
    ),
    "plan_unreadable": _l("Planen kunne ikke læses. Begynd forfra."),
    "note_length": _l("Skriv en note på højst 2.000 tegn."),
    "note_stays": _l("Kun den, der har skrevet noten, kan fortryde den, og kun samme dag."),
    "not_confirmed": _l("Sæt kryds i feltet, før du fortsætter."),
    "too_large": _l("Der kan højst sendes 256 KB ad gangen. Intet er ændret."),
    "failed": _l("Noget gik galt hos os. Intet er gået tabt. Prøv igen om lidt."),
}
STATUS = {NotFoundError: 404, ConflictError: 409}
KINDS = {403: "not_found", 404: "not_found", 405: "not_found", 413: "too_large", 429: "too_many_attempts"}
HEADINGS = {
    400: _l("Siden er for gammel"),
    403: _l("Siden kan ikke vises"),
    404: _l("Siden kan ikke vises"),
    405: _l("Siden kan ikke vises"),
    409: _l("En anden var hurtigere"),
    413: _l("Filen er for stor"),
    422: _l("Det kan ikke lade sig gøre"),
    429: _l("Vent lidt"),
    500: _l("Noget gik galt hos os"),
}
ADVICE = {
    400: _l("Gå tilbage i browseren. Det, du har skrevet, står der endnu; kopiér det, før du genindlæser."),
    404: _l("Er adressen skrevet af, så se efter, om hele adressen er med. Ellers kan en kollega have adgang."),
    409: _l("Gå tilbage, genindlæs siden, og se, om der stadig er noget at gøre."),
    413: _l("Gå tilbage, og vælg en mindre fil."),
    422: _l("Gå tilbage i browseren. Det, du har skrevet, står der endnu."),
}


def text(error: AppError) -> str:
    """Return the text of a refusal."""
    return str(TEXTS.get(error.code, TEXTS["failed"]))


def register(app: Flask) -> None:
    app.register_error_handler(AppError, _refusal)
    app.register_error_handler(CSRFError, _too_old)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, broken)


def _refusal(error: AppError) -> ResponseReturnValue:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 422)
    if status == 404:
        refusals.note()
    return _page(status, text(error))


def _too_old(error: CSRFError) -> ResponseReturnValue:
    """Answer a form whose token is too old.

    A token from before the person was signed out is the same as no longer being signed in.
    """
    if access.ROLES.get(request.blueprint or "") and not current_user.is_authenticated:
        return access.to_sign_in()
    return _page(400, str(TEXTS["form_expired"]))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    if problems.wanted():
        return problems.of(error)
    if error.code == 405 and request.method == "GET" and (page := _page_above(request.path)):
        return redirect(page, 303)
    if error.code == 413 and uploads.takes_mail():
        return _page(413, str(TEXTS["mail_too_large"]))
    if error.code in (403, 404):
        refusals.note()
    return _page(error.code, str(TEXTS[KINDS.get(error.code, "failed")]))


def _page_above(path: str) -> str | None:
    """Return the nearest page above an address.

    The address takes forms only: reloading a refused form leads back to that page.
    """
    addresses = current_app.url_map.bind_to_environ(request.environ)
    while path := path.rstrip("/").rpartition("/")[0]:
        for page in (path, f"{path}/"):
            with suppress(HTTPException):
                addresses.match(page, method="GET")
                return page
    return None


def _page(status: int, message: str) -> ResponseReturnValue:
    words.begin()  # what was read to come to a refusal does not stand on its page: who is refused has not looked
    heading, advice = HEADINGS.get(status, HEADINGS[500]), ADVICE.get(status, "")
    return render_template("errors/error.html", heading=heading, message=message, advice=advice, status=status), status


def broken(error: Exception) -> ResponseReturnValue:
    """Answer a fault of ours. It may be the database's: this page asks neither it nor who is signed in."""
    if problems.wanted():
        incidents.report(error)
        return problems.of(InternalServerError())
    template = current_app.jinja_env.get_template("errors/broken.html")
    incident = incidents.report(error)
    return template.render(
        message=TEXTS["failed"], again=filters.this_address(), url_for=url_for, incident=incident
    ), 500
