"""The guards of this house: a piece of code each that keeps somebody from something, and the tests that miss it when it is gone.

To add one, add a line. `text` stands exactly once in `file`; the check puts `instead` in its place and runs `tests`, of which
one must fail. `python -m tests.guards NAME …` checks single ones.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    name: str
    file: str
    text: str
    instead: str
    tests: str
    """As for pytest, separated by blanks."""


IMAP, IMAP_SENDING = "tests/connectors/test_imap.py", "tests/connectors/test_imap_sending.py"
DOORS, UNLOGGED = "tests/app/web/platform/test_doors.py", "tests/app/web/platform/test_nothing_unlogged.py"
SIGN_IN, SESSIONS = "tests/app/web/platform/test_sign_in.py", "tests/app/web/platform/test_sessions.py"
TARGETS, INCOMING, ORIGIN = (f"tests/app/web/platform/test_{name}.py" for name in ("targets", "incoming", "origin"))
FIGURES_API, FIGURE_TOKENS = "app/web/reports/figures_api.py", "app/services/reports/figure_tokens.py"
API_TESTS = "tests/app/web/reports/test_figures_api.py"
KINSHIP = "tests/app/services/inbound/test_forged_kinship.py"
ANSWERS = "tests/app/services/inbound/test_answers.py"
TAGGED = "tests/app/services/inbound/test_tagged_answers.py"
AUDIT, RATES = "tests/app/services/platform/test_audit.py", "tests/app/services/platform/test_rates.py"
PARTS, TITLES, HIDDEN = (
    "tests/app/web/triage/test_parts.py",
    "tests/app/workflow/test_titles.py",
    "tests/app/web/triage/test_hidden.py",
)
MIME, COMPOSE = "tests/connectors/test_mime.py", "tests/connectors/test_compose.py"
SANITISED = f"{MIME}::test_sanitised_html_can_do_nothing {MIME}::test_only_links_and_spans_of_cells_keep_anything"
LISTENER, PRIVATE, IDENTITIES = (
    "tests/test_listener.py",
    "tests/app/test_private.py",
    "tests/learning/test_identities.py",
)
EXCHANGE, EXCHANGE_SIGN_IN = "tests/connectors/test_exchange.py", "tests/connectors/test_exchange_sign_in.py"
GRAPH = "tests/connectors/test_graph.py"
ROUTING, ACKNOWLEDGING = "tests/app/domain/test_routing.py", "tests/app/workflow/test_acknowledging.py"
RETURNS, LONG = "tests/app/web/triage/test_return_link.py", "tests/app/web/triage/test_long_mail.py"
PEOPLE, FACTOR, FIRST = (
    "tests/app/web/organisation/test_people.py",
    *(f"tests/app/web/platform/test_{name}.py" for name in ("second_factor", "first_run")),
)
HOMES, LOOKS = "tests/app/test_homes.py", "tests/app/web/platform/test_looks.py"
OBSERVED = "tests/test_observed_mailbox.py"
MIGRATIONS = "tests/architecture/test_migrations.py"

ACCESS, VIEWING, SHOWN = "app/web/platform/access.py", "app/services/platform/viewing.py", "app/web/platform/shown.py"
POLICY = "app/web/platform/content_security_policy.py"
FACTORY, TARGET, AUDITING = (
    "app/web/platform/factory.py",
    "app/web/platform/targets.py",
    "app/services/platform/audit.py",
)

GUARDS = (
    # Who gets in
    Guard("a role enters its own pages only", ACCESS, "    if current_user.role not in roles:\n        abort(404)\n", "", f"{DOORS}::test_who_gets_in"),
    Guard("who is not signed in is sent to the door", ACCESS, "    if not current_user.is_authenticated:\n        return to_sign_in()\n    if current_user.role", "    if current_user.is_authenticated and current_user.role", f"{DOORS}::test_who_gets_in"),
    Guard("every blueprint has its guard", ACCESS, "    made.before_request(_guard)\n", "", f"{DOORS}::test_who_gets_in"),
    Guard("a form needs its token", FACTORY, "    forms = CSRFProtect(app)\n", "    app.config.update(WTF_CSRF_CHECK_DEFAULT=False)\n    forms = CSRFProtect(app)\n", f"{DOORS}::test_every_unsafe_request_needs_a_token"),
    Guard("what another site sends is refused", FACTORY, "    app.before_request(access.refuse_other_sites)\n", "", f"{DOORS}::test_what_another_site_sends_is_refused"),
    Guard("a site beside ours is another site", ACCESS, 'OWN_SITE = frozenset({"same-origin", "none"})', 'OWN_SITE = frozenset({"same-origin", "same-site", "none"})', f"{DOORS}::test_what_another_site_sends_is_refused"),
    Guard("a closed account is out at once", "app/services/platform/sessions.py", "UserSession.key_hash == random_keys.hashed(key), Account.active)", "UserSession.key_hash == random_keys.hashed(key))", f"{DOORS}::test_a_closed_account_is_out_at_once"),
    Guard("a caseworker sees the own unit's mails only", "app/domain/access.py", "own_unit is not None and own_unit == enquiry_unit", "own_unit is not None", f"{DOORS}::test_a_caseworker_sees_her_own_unit_only {PARTS}"),
    Guard("an auditor sees no mail", "app/domain/access.py", "SEES_ALL = frozenset({Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR})", "SEES_ALL = frozenset(Role) - {Role.CASEWORKER}", "tests/app/domain/test_access.py"),
    Guard("whoever may not see a mail finds none", VIEWING, "if enquiry is None or not may_see(by.role, by.unit_id, enquiry.unit_id):", "if enquiry is None:", f"{DOORS}::test_a_caseworker_sees_her_own_unit_only"),
    # Sessions and signing in
    Guard("a sign-in ends with its row", "app/services/platform/sessions.py", "    return _end(session, (UserSession.id == session_id) & (UserSession.account_id == account_id)) > 0\n", "    return True\n", f"{SESSIONS}::test_a_copied_cookie_is_dead_after_signing_out"),
    Guard("an idle sign-in ends", "app/services/platform/sessions.py", "(UserSession.seen_at <= now - IDLE) | ", "", f"{SESSIONS}::test_an_idle_sign_in_ends"),
    Guard("no sign-in lasts for ever", "app/services/platform/sessions.py", " | (UserSession.created_at <= now - LONGEST)", "", f"{SESSIONS}::test_no_sign_in_lasts_for_ever_whatever_is_done"),
    Guard("what a page asks for by itself keeps nobody signed in", "app/services/platform/sessions.py", "found is not None and by_hand and", "found is not None and", f"{SESSIONS}::test_what_a_page_asks_for_by_itself_keeps_nobody_signed_in"),
    Guard("the database does not hold the key of a sign-in", "app/services/platform/random_keys.py", '    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()', "    return key", f"{SESSIONS}::test_the_row_does_not_hold_the_key"),
    Guard("a sign-in under way does not outlive its account", "app/services/platform/sessions.py", "    if _way_in(session.get_one(Account, account.id)) != _way_in(account):", "    if False:", f"{SESSIONS}::test_a_sign_in_under_way_does_not_outlive_the_account_it_began_with"),
    Guard("the token of forms is another after signing in", "app/web/platform/sessions.py", "    session.clear()\n    login_user(", "    login_user(", f"{SESSIONS}::test_the_token_of_forms_is_another_after_signing_in_and_out"),
    Guard("a new password ends other sign-ins", "app/services/organisation/people.py", "    sessions.end_all(session, account.id, but=but)\n", "", f"{PEOPLE}::test_a_new_password_ends_all_other_sign_ins"),
    Guard("another role or closing ends sign-ins", "app/services/organisation/people.py", "    sessions.end_all(session, account.id)\n    queue_shares", "    queue_shares", f"{PEOPLE}::test_another_role_or_unit_holds_at_once"),
    Guard("who is closed lets go of what was taken", "app/services/organisation/people.py", "    session.execute(delete(Assignment).where(Assignment.account_id == account.id))\n", "", f"{PEOPLE}::test_a_closed_account_lets_go_of_all_it_had"),
    Guard("an invitation is good once", "app/services/organisation/people.py", "    account.invitation_hash = account.invited_until = None\n    sessions.end_all(session, account.id, but=but)\n", "    sessions.end_all(session, account.id, but=but)\n", f"{PEOPLE}::test_somebody_is_invited_and_comes"),
    Guard("an invitation lasts a week", "app/services/organisation/people.py", "        Account.invited_until > now,\n", "", f"{PEOPLE}::test_a_link_lasts_a_week"),
    Guard("somebody always administers", "app/services/organisation/people.py", '    if account.role is Role.ADMINISTRATOR and not session.scalar(others):\n        raise RefusedError("last_administrator")\n', "", f"{PEOPLE}::test_somebody_always_administers"),
    Guard("who signs in elsewhere gets no password here", "app/services/organisation/people.py", '    if account.issuer is not None:\n        raise RefusedError("account_elsewhere")\n', "", f"{PEOPLE}::test_who_signs_in_elsewhere_gets_no_password_here"),
    Guard("a password that others guess is refused", "app/services/platform/passwords.py", " or _score(password, theirs) < STRONG", "", f"{PEOPLE}::test_a_password_that_others_guess_is_refused"),
    Guard("a password is not one's own name", "app/services/platform/passwords.py", "len(_without(password, theirs)) < OF_THEIR_OWN or ", "", f"{PEOPLE}::test_a_password_that_others_guess_is_refused"),
    Guard("an administrator needs a code", "app/services/platform/second_factor.py", "    return required and account.role is Role.ADMINISTRATOR", "    return False", f"{FACTOR}::test_the_first_time_it_is_set_up"),
    Guard("a code is good once", "app/services/platform/second_factor.py", "    account.factor_used = step\n    return True", "    return True", f"{FACTOR}::test_a_code_is_good_once"),
    Guard("codes are not guessed for ever", "app/web/platform/second_factor.py", "    allowed = rates.allows(counted) and rates.count(counted)\n", "    allowed = True\n", f"{FACTOR}::test_guessing_codes_is_slowed_down"),
    Guard("who has a code cannot set up another half way", "app/web/platform/second_factor.py", "account.factor_secret is None and must(account) else None", "must(account) else None", f"{FACTOR}::test_who_has_one_cannot_set_up_another_half_way"),
    Guard("a screen that somebody left sets up no telephone", "app/web/platform/second_factor.py", "    if current_user.is_authenticated:\n        try:\n            typed", "    if False:\n        try:\n            typed", f"{FACTOR}::test_a_screen_that_somebody_left_sets_up_no_telephone"),
    Guard("the secret of codes lies sealed", "app/services/platform/second_factor.py", "    return _fernet(key).encrypt(text.encode()).decode()", "    return text", f"{FACTOR}::test_another_installations_key_opens_no_secret"),
    Guard("the first administrator knows the code", "app/services/platform/first_run.py", "    if not known or not hmac.compare_digest(_plain(known).encode(), _plain(code).encode()):", "    if False:", f"{FIRST}::test_nobody_else_becomes_it"),
    Guard("there is one first administrator", "app/services/platform/first_run.py", '        if not is_due(session):\n            raise RefusedError("first_code")\n', "", f"{FIRST}::test_two_at_once_make_one"),
    Guard("a demo's house is not served as real", "app/commands/process.py", "    homes.refuse_demo(settings)\n", "", f"{HOMES}::test_serving_a_demos_house_is_refused_by_name"),
    Guard("the demo leaves a real house alone", "app/commands/homes.py", "    if _is_used(settings) or (fresh", "    if (fresh", f"{HOMES}::test_the_demo_leaves_a_real_house_alone {HOMES}::test_one_account_makes_a_house_somebodys"),
    Guard("a typo in a setting is told", "app/environment.py", "    _refuse_unknown(given)\n", "", "tests/app/test_settings.py::test_what_makes_no_sense_is_refused_and_says_what_to_write"),
    Guard("a mailbox in no system is told at the start", "app/commands/worker.py", "    homes.refuse_lost_mailboxes(container)\n", "", f"{HOMES}::test_a_mailbox_in_a_system_that_no_setting_describes_is_told_at_the_start"),
    Guard("reading leaves mails unread", "connectors/mail/imap/messages.py", 'WHOLE = "(UID BODY.PEEK[])"', 'WHOLE = "(UID BODY[])"', f"{IMAP}::test_reading_leaves_no_trace_and_taking_does"),
    Guard("an old key is no other mail's", "connectors/mail/imap/messages.py", "if found and int(found[1]) == opened.validity else None", "if found else None", f"{IMAP}::test_a_folder_made_anew_gives_everything_again"),
    Guard("a longer Message-ID is another", "connectors/mail/imap/messages.py", " if _id(each) == wanted), None)", "), None)", f"{IMAP}::test_only_the_very_message_id_is_found"),
    Guard("what somebody else marked is not deleted", "connectors/mail/imap/session.py", 'self._uid("EXPUNGE", str(uid))', "self._checked(lambda m: m.client.expunge())", f"{IMAP}::test_mails_that_somebody_took_away"),
    Guard("a password goes nowhere in the clear", "connectors/mail/imap/server.py", "if self.security is Security.NONE and not is_loopback(self.host):", "if False:", f"{IMAP}::test_nothing_leaves_the_machine_in_the_clear"),
    Guard("a wrong password is not tried for each mailbox", "connectors/mail/imap/session.py", "            if not error.retryable:\n                self._refused", "            if False:\n                self._refused", f"{IMAP}::test_a_password_that_is_wrong_is_tried_once_a_while"),
    Guard("a letter whose answer is lost is looked for", "connectors/mail/imap/gateway.py", " and not (again and self._has_left(message))", "", f"{IMAP_SENDING}::test_a_letter_to_a_unit_whose_answer_is_lost_comes_once"),
    Guard("what nobody can look for is a human's question", "connectors/mail/imap/gateway.py", "            if message.outward or not self._is_ours(message.recipient):", "            if False:", f"{IMAP_SENDING}::test_a_letter_to_a_citizen_whose_answer_is_lost_is_a_humans_question"),
    Guard("a relay that lost its way has not refused", "connectors/mail/imap/sending.py", 'if code == SERVICE_ENDS or (400 <= code < 500 and _enhanced(said).startswith("4.4.")):', "if False:", f"{IMAP_SENDING}::test_a_letter_to_a_unit_whose_answer_is_lost_comes_once"),
    Guard("twins stay twins when a folder is made anew", "app/services/inbound/intake.py", "        here.key = key\n", "        pass\n", "tests/app/services/inbound/test_folder_made_anew.py::test_as_many_twins_as_there_were"),
    Guard("what a migration copied is no second mail", "app/services/inbound/intake.py", " or _has_another_key(session, address, folder, ref.key, digest)", "", "tests/test_two_mail_systems.py::test_a_shared_mailbox_moves_and_nothing_is_lost_or_comes_twice"),
    Guard("a mailbox that moved is read where it was", "connectors/mail/systems.py", "*(each for each in sorted(cursors) if each != now and each in systems), ", "", "tests/connectors/test_systems.py::test_a_mailbox_that_moves_is_read_from_the_beginning_there_and_to_the_end_where_it_was"),
    Guard("a demo only looks into mailboxes of real people", "app/connectors_by_name.py", "self._observed(name, made) if self._settings.demo and system.kind != \"folder\" else made", "made", f"{OBSERVED}::test_whatever_else_a_demo_is_joined_to_is_only_observed"),
    Guard("an observed account is one mailbox", "connectors/mail/observed.py", "        if self._only and not addresses.same(mailbox, self._only):", "        if False:", "tests/connectors/test_observed.py::test_one_account_is_no_other_mailbox"),
    Guard("a letter of the demo stays on this machine", "connectors/mail/observed.py", "        self._local.send(message, again=again)", "        self._real.send(message, again=again)", "tests/connectors/test_observed.py::test_whatever_is_asked_only_inboxes_are_read"),
    Guard("the demo is for this machine only", "app/config.py", "        if info.data[\"demo\"] and not is_loopback(host):", "        if False:", f"{HOMES}::test_the_demo_is_for_this_machine_only"),
    Guard("a key that others know is refused", "app/config.py", "key == DEMO_KEY or ", "", f"{HOMES}::test_a_key_that_others_know_or_guess_is_refused"),
    Guard("a key that others guess is refused", "app/config.py", " or len(set(key)) < FEWEST_SIGNS", "", f"{HOMES}::test_a_key_that_others_know_or_guess_is_refused"),
    Guard("no text about the settings holds the key", "app/config.py", "        default_factory=lambda data: DEMO_KEY if data[\"demo\"] else \"\",\n        repr=False,", "        default_factory=lambda data: DEMO_KEY if data[\"demo\"] else \"\",", f"{HOMES}::test_secrets_stand_in_no_text_about_the_settings"),
    Guard("documents of another unit's mail have no name", "app/queries/casework/case_documents.py", "    if account.role not in SEES_ALL:", "    if False:", f"{LOOKS}::test_documents_of_anothers_mail_in_ones_case_have_no_name"),
    Guard("whose document it is is said", "app/models/case.py", "    note([document.enquiry_id])", "    pass", f"{LOOKS}::test_who_may_see_them_has_looked_at_both"),
    Guard("passwords are not tried for ever", "app/services/platform/accounts.py", '    if not rates.allows(*counted):\n        raise RefusedError("too_many_attempts")\n', "    pass\n", f"{DOORS}::test_guessing_is_slowed_down"),
    Guard("one source does not try all accounts", "app/services/platform/accounts.py", '        ("sign-in from a source", origin.source),\n', "", f"{SIGN_IN}::test_addresses_tried_one_after_the_other_are_one_stranger"),
    Guard("a known browser may not guess for ever", "app/services/platform/accounts.py", '        return [("sign-in from a known browser", origin.browser)]', "        return []", f"{SIGN_IN}::test_a_known_browser_may_not_guess_for_ever"),
    Guard("a browser is known for its owner only", "app/services/platform/accounts.py", "account is not None and account.id == origin.account_id", "account is not None and origin.account_id is not None", f"{SIGN_IN}::test_a_browser_is_known_for_its_owner_only"),
    Guard("what a stranger types as a name is not kept", "app/services/platform/accounts.py", "account.actor if account else UNIDENTIFIED", "type(UNIDENTIFIED)(email)", f"{SIGN_IN}::test_what_a_stranger_types_as_a_name_is_not_kept"),
    Guard("a few passwords at once", "app/services/platform/accounts.py", "_STRANGERS, _KNOWN = Turns(at_once=1, waiting=2), Turns(at_once=1, waiting=4)", "_STRANGERS, _KNOWN = Turns(at_once=99, waiting=99), Turns(at_once=99, waiting=99)", f"{SIGN_IN}::test_a_few_passwords_are_tried_at_once"),
    Guard("an IPv6 network is one stranger", "app/web/platform/origin.py", "    if isinstance(address, IPv6Address):\n        return str(ip_network((address, 64), strict=False))\n", "", f"{SIGN_IN}::test_of_an_ipv6_network_all_addresses_are_one_stranger"),
    Guard("only a named proxy says where from", "app/web/platform/origin.py", "if not any(found in network for network in trusted):", "if nearest is None:", f"{ORIGIN}::test_the_nearest_that_is_no_proxy_of_ours"),
    Guard("what is no address ends the reading", "app/web/platform/origin.py", "        if found is None:\n            return nearest\n", "        if found is None:\n            continue\n", f"{ORIGIN}::test_the_nearest_that_is_no_proxy_of_ours"),
    Guard("nobody trusts everybody", "app/config.py", "        if any(network.prefixlen == 0 for network in found):", "        if False:", f"{ORIGIN}::test_nobody_and_everybody_is_no_proxy"),
    # Where to go next, and what comes in
    Guard("an address leads not to another host", TARGET, 'path.startswith("//") or ', "", f"{TARGETS}::test_none_leads_out"),
    Guard("a backslash is a slash", TARGET, ' or "\\\\" in path', "", f"{TARGETS}::test_none_leads_out"),
    Guard("control characters lead nowhere", TARGET, '    if any(unicodedata.category(sign) == "Cc" for sign in target):\n        return False\n', "", f"{TARGETS}::test_none_leads_out"),
    Guard("what is encoded is looked through", TARGET, "    return all(_is_plain_path(path := unquote(path)) for _layer in range(DECODED))", "    return True", f"{TARGETS}::test_none_leads_out"),
    Guard("a number fits into the database", "app/web/platform/incoming.py", "is None or abs(number := int(text)) > LARGEST:", "is None or not str(number := int(text)):", f"{INCOMING}::test_no_number_that_a_table_could_not_hold"),
    Guard("an id in an address fits into the database", "app/web/platform/incoming.py", "        if number > LARGEST:\n            raise ValidationError\n", "", f"{INCOMING}::test_no_id_that_a_table_could_not_hold"),
    Guard("a day has a year of ours", "app/web/platform/incoming.py", '    if found.year not in YEARS:\n        raise ValueError("no year of ours")\n', "", f"{INCOMING}::test_no_day_that_deadlines_cannot_be_reckoned_from"),
    Guard("JSON is not deeper than ours", "app/web/platform/incoming.py", '    if deepest > DEPTH:\n        raise ValueError("nested too deep")\n', "", f"{INCOMING}::test_no_json_that_is_deeper_or_larger_than_ours"),
    Guard("no character that no database takes", "app/web/platform/incoming.py", '    return _OUTSIDE.sub("\\N{REPLACEMENT CHARACTER}", text)', "    return text", f"{INCOMING}::test_no_character_comes_in_that_no_database_takes"),
    # Headers
    Guard("every answer has its headers", FACTORY, "    app.after_request(_protect)\n", "", f"{DOORS}::test_headers_on_every_answer"),
    Guard("pages are not stored", FACTORY, '        response.headers["Cache-Control"] = "no-store"\n', "        pass\n", f"{DOORS}::test_headers_on_every_answer"),
    Guard("errors of files are not stored", FACTORY, '    if request.endpoint != "static" or response.status_code >= 400:', '    if request.endpoint != "static":', f"{DOORS}::test_headers_on_every_error_too"),
    Guard("nothing is fetched from elsewhere", POLICY, "\"default-src 'none'; ", "\"default-src *; ", f"{DOORS}::test_headers_on_every_answer"),
    Guard("types are not guessed", POLICY, '        "X-Content-Type-Options": "nosniff",\n', "", f"{DOORS}::test_headers_on_every_answer"),
    Guard("a mail's HTML stands in a sandbox", POLICY, "sandbox allow-popups; default-src 'none'; ", "default-src 'none'; ", "tests/app/web/platform/test_pages.py"),
    Guard("cookies go over https only", FACTORY, "        SESSION_COOKIE_SECURE=settings.secure_cookies,\n", "", f"{DOORS}::test_every_cookie_is_for_the_server_alone"),
    # No row, no view
    Guard("no answer leaves unlogged", SHOWN, "    app.after_request(_log)\n", "", f"{UNLOGGED}::test_no_word_of_a_mail_leaves_without_a_row"),
    Guard("what cannot be logged is not shown", SHOWN, "        return make_response(errors.broken(error))\n", "", f"{UNLOGGED}::test_nothing_is_shown_while_the_log_cannot_be_written"),
    Guard("a row for each mail on a page of many", SHOWN, "(reading.rows and not unlogged)", "reading.rows", f"{UNLOGGED}::test_as_many_rows_as_looks tests/app/web/platform/test_looks.py"),
    Guard("a look is committed before the mail is read", VIEWING, "    with database.write(engine) as session:\n        log(session, enquiry_id, by=by, purpose=purpose, now=now)\n", "", f"{UNLOGGED}::test_as_many_rows_as_looks"),
    Guard("a download is logged", VIEWING, '        _record(session, FileDownloaded(what=what), enquiry_id, by, now)\n', "        pass\n", f"{UNLOGGED}::test_as_many_rows_as_looks"),
    Guard("reading words is noticed", "app/models/words.py", "    if (reading := _reading.get()) is not None:\n        reading.words = True\n", "    pass\n", f"{UNLOGGED}::test_no_word_of_a_mail_leaves_without_a_row"),
    Guard("an export is logged with whom it holds", VIEWING, "filters=kept, enquiries=list(enquiry_ids)", "filters=kept", "tests/app/web/platform/test_looks.py"),
    Guard("the recent mails in a guide are looked at", "app/queries/triage/suggestion_list.py", "    note(whose[subject] for each in shown.values() for subject in each)\n", "", "tests/app/web/platform/test_looks.py::test_the_recent_mails_in_a_units_guide_are_looked_at_too"),
    Guard("the mails that a rule would catch are looked at", "app/queries/inbound/rule_list.py", "    note(each.id for each in fitting[:EXAMPLES])\n", "", "tests/app/web/platform/test_looks.py::test_mails_that_a_rule_would_catch_are_looked_at"),
    Guard("who is refused has not looked", "app/web/platform/errors.py", "    words.begin()  # what", "    # what", "tests/app/web/platform/test_looks.py"),
    Guard("who is refused is written down", "app/web/platform/errors.py", "        refusals.note()\n    return _page(error.code", "        pass\n    return _page(error.code", f"{SIGN_IN}::test_what_somebody_is_refused_is_logged_once_an_hour"),
    Guard("a stranger cannot fill the log", "app/web/platform/refusals.py", "    if not rates.allows(same, all_of_them):\n        return\n", "", f"{SIGN_IN}::test_what_somebody_is_refused_is_logged_once_an_hour {SIGN_IN}::test_a_stranger_cannot_fill_the_log"),
    # The chain
    Guard("a row's hash covers the row before it", "app/domain/audit_chain.py", "    row = [before, number, moment,", "    row = [number, moment,", f"{AUDIT}::test_what_the_database_could_not_refuse_is_found_and_located"),
    Guard("a row's hash covers what it tells", "app/domain/audit_chain.py", "enquiry_id, digest(data)]", "enquiry_id]", f"{AUDIT}::test_what_the_database_could_not_refuse_is_found_and_located"),
    Guard("a missing row is found", AUDITING, "            if row.id != last + 1:\n                return Break(last + 1, Why.MISSING)\n", "", f"{AUDIT}::test_what_the_database_could_not_refuse_is_found_and_located"),
    Guard("a changed row is found", AUDITING, "            if row.hash != audit_chain.link(before, row.id, row.at, row.by, row.kind, row.enquiry_id, row.data):\n                return Break(row.id, Why.CHANGED if row.hash else Why.UNCHAINED)\n", "", f"{AUDIT}::test_what_the_database_could_not_refuse_is_found_and_located"),
    Guard("a log made anew is found by its heads", AUDITING, "            if row.id in written and written[row.id] != row.hash:\n                return Break(row.id, Why.NOT_AS_WRITTEN)\n", "", f"{AUDIT}::test_what_the_database_could_not_refuse_is_found_and_located"),
    Guard("a row dated back is found", AUDITING, "            if row.at + BACK < newest and row.by != HISTORY:\n                return Break(row.id, Why.OUT_OF_ORDER)\n", "", f"{AUDIT}::test_what_the_database_could_not_refuse_is_found_and_located"),
    Guard("a log cut off is found", AUDITING, "Break(last + 1, Why.CUT) if max(written, default=0) > last else None", "None", f"{AUDIT}::test_what_the_database_could_not_refuse_is_found_and_located"),
    Guard("a missing trigger is named", "app/services/platform/log_triggers.py", "if found.get(name) != wanted]", "if False]", f"{AUDIT}::test_a_trigger_that_is_gone_is_named"),
    Guard("the database refuses changes of the log", "migrations/versions/0001_create_the_first_tables.py", "f\"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END\"", "\"BEGIN SELECT 1; END\"", f"{AUDIT}::test_the_database_refuses {MIGRATIONS}::test_the_log_cannot_be_changed"),
    Guard("the database refuses to replace a row", "migrations/versions/0026_chain_events.py", "WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken})", "WHEN 0", f"{AUDIT}::test_the_database_refuses"),
    # Identities
    Guard("CPR numbers are masked", "learning/identities.py", "for pattern in (_CPR, _CPR_LETTER_BY_LETTER, _CPR_DATED, _CPR_CENTURY, _CPR_BACKWARDS):", "for pattern in (_CPR_LETTER_BY_LETTER, _CPR_DATED, _CPR_CENTURY, _CPR_BACKWARDS):", IDENTITIES),
    Guard("CPR numbers written like a date are masked", "learning/identities.py", "for pattern in (_CPR, _CPR_LETTER_BY_LETTER, _CPR_DATED, _CPR_CENTURY, _CPR_BACKWARDS):", "for pattern in (_CPR, _CPR_LETTER_BY_LETTER, _CPR_CENTURY, _CPR_BACKWARDS):", IDENTITIES),
    Guard("what is invisible hides no number", "learning/identities.py", "    bones = skeleton(text)\n", '    bones = type("Bones", (), {"text": text, "source": lambda _self, start, end: (start, end)})()\n', IDENTITIES),
    Guard("half a number does not stay at an end", "learning/identities.py", 'else _CUT_NUMBER.sub("", text[:cap])', "else text[:cap]", IDENTITIES),
    Guard("CPR numbers written freely are masked", "learning/identities.py", "    found = _apart([*found, *_freely(bones.text, found, strict)])\n", "", f"{IDENTITIES}::test_found_as_freely_as_people_write_them"),
    Guard("subjects of letters carry no number", "app/services/casework/titles.py", "journaling.tagged_subject(hidden(enquiry.subject), case_number, prefix)", "journaling.tagged_subject(enquiry.subject, case_number, prefix)", TITLES),
    Guard("titles of cases carry no number", "app/services/casework/titles.py", "journaling.case_title(hidden(enquiry.subject))", "journaling.case_title(enquiry.subject)", TITLES),
    Guard("file names on cases carry no number", "app/services/casework/titles.py", '{hidden(filename)}"', '{filename}"', TITLES),
    Guard("words in letters carry no number", "app/services/casework/titles.py", 'hidden(enquiry.subject) or "(uden emne)"', 'enquiry.subject or "(uden emne)"', TITLES),
    Guard("a link in a mail's frame tells no number", "app/web/enquiries/enquiry_page.py", "frames.links_hidden(enquiry.html)", "enquiry.html", "tests/app/web/enquiries/test_frame.py"),
    Guard("names of downloads carry no number", VIEWING, "File(hidden(found.filename)", "File(found.filename", f"{HIDDEN}::test_no_download_is_called_by_a_number"),
    # Parts of a mail
    Guard("a part's mail is the part alone", "app/services/platform/parts.py", "    if not enquiry.part:\n        return enquiry.raw.content\n", "    return enquiry.raw.content\n", f"{PARTS}::test_its_original_is_a_mail_of_its_own"),
    Guard("a part has its own files only", "app/services/platform/parts.py", "    if not enquiry.part:\n        return files\n", "    return files\n", f"{PARTS}::test_of_several_files_each_part_sends_on_its_own"),
    # What leaves
    Guard("no header breaks out of a letter", "connectors/mail/compose.py", '    return SURROGATES.sub("\\ufffd", BREAKING.sub(" ", value)).strip()[:900]', '    return SURROGATES.sub("\\ufffd", value).strip()[:900]', f"{COMPOSE}::test_a_header_is_one_line"),
    Guard("no attached mail ends ours", "connectors/mail/compose.py", "    for part in parts:\n        digest.update(part)\n", "", f"{COMPOSE}::test_no_attached_mail_can_end_ours"),
    Guard("no robot is acknowledged", "app/services/casework/acknowledging.py", "        not enquiry.may_acknowledge\n        or not citizens", "        not citizens", f"{ACKNOWLEDGING}::test_no_robot_no_list_and_nobody_of_ours_is_told"),
    Guard("an address that was merely typed gets no receipt", "app/services/inbound/citizens.py", "enquiry.citizen_source in citizen.RECEIVES_RECEIPTS and ", "", "tests/app/workflow/test_citizen.py::test_an_address_that_was_merely_typed_gets_no_receipt"),
    Guard("a robot repeats no stranger's link", "app/services/casework/titles.py", "    return subject(enquiry) if repeatable.may_repeat(enquiry.subject) else repeatable.ENQUIRY\n", "    return subject(enquiry)\n", f"{ACKNOWLEDGING}::test_it_carries_no_strangers_link"),
    Guard("a robot greets by a name", "app/services/casework/reply_templates.py", "repeatable.greeting_name(enquiry.citizen_name)", 'enquiry.citizen_name or "borger"', f"{ACKNOWLEDGING}::test_it_carries_no_strangers_link"),
    Guard("one sender is told so often and no more", "app/services/casework/acknowledging.py", "    return (session.scalar(query) or 0) >= MOST", "    return False", f"{ACKNOWLEDGING}::test_one_sender_is_told_so_often_and_no_more"),
    Guard("nobody of ours is acknowledged", "app/services/casework/acknowledging.py", " or authorities.ours(session, enquiry.citizen_address):", ":", f"{ACKNOWLEDGING}::test_no_robot_no_list_and_nobody_of_ours_is_told"),
    Guard("no robot is told of a referral", "app/services/triage/referring.py", "        enquiry.may_acknowledge\n        and enquiry", "        enquiry", "tests/app/workflow/test_refer.py::test_no_robot_is_told"),
    Guard("a mail is sent once", "connectors/mail/folder/gateway.py", "            if sent.holds(key):\n                return\n", "", "tests/connectors/test_folder.py::test_send_done_is_done_also_when_the_unit_deleted_it"),
    Guard("a stopped robot does nothing", "app/workflow/steps.py", "    stopped = kill_switch.stopped_for(session, unit)\n", "    stopped = False\n", "tests/app/workflow/test_robot.py::test_stopped_robot_sends_nothing_and_goes_on_when_started"),
    Guard("an open circuit lets one job ask", "app/services/platform/circuits.py", "circuit.opened_at is None or circuit.probe == job\n\n\ndef troubled", "True\n\n\ndef troubled", "tests/app/workflow/test_outside_systems.py::test_a_system_that_is_down_for_six_hours_costs_nothing_but_time"),
    Guard("a job that fails alone opens no circuit", "app/services/platform/circuits.py", "    circuit.failures += circuit.last_job != job\n", "    circuit.failures += 1\n", "tests/app/workflow/test_outside_systems.py::test_one_job_that_fails_alone_keeps_no_other_from_its_system"),
    Guard("what a lost call brings is not used", "app/workflow/polling.py", "            if self.lost:\n                raise Lost\n", "", "tests/app/workflow/test_polling.py::test_a_call_that_was_given_up_ends_what_it_was_for"),
    Guard("what stands elsewhere by now is left alone", "app/workflow/steps.py", "        if enquiry.routing_no != routing_no or enquiry.state is not state or enquiry.unit is None:\n            raise Overtaken\n", "", "tests/app/workflow/test_jobs.py::test_an_overtaken_job_says_that_nothing_more_is_done tests/app/workflow/test_robot.py::test_a_returned_mail_that_is_nobodys_has_its_case_closed"),
    Guard("a return link is signed", "app/services/triage/returns.py", '        enquiry_id, routing_no = URLSafeSerializer(secret, salt="return").loads(token)\n', '        enquiry_id, routing_no = URLSafeSerializer(secret, salt="return").loads_unsafe(token)[1]\n', "tests/app/services/triage/test_decisions.py::test_a_forged_return_link_is_nobodys"),
    Guard("a day that a mail leaves is counted again", "app/services/reports/enquiry_facts.py", "        differing = [*come, *(before[each] for each in changed if each in before)]\n", "        differing = come\n", "tests/app/services/reports/test_counted_days.py::test_a_day_that_a_mail_has_left_is_counted_without_it"),
    Guard("a day is counted again when a deadline passes", "app/queries/reports/counted_days.py", "        until = min(until, coming or until)\n", "", "tests/app/services/reports/test_counted_days.py::test_a_deadline_that_passes_is_counted_though_no_mail_changes"),
    Guard("what facts have overtaken is not kept", "app/services/reports/counted_days.py", "        if _facts(session) == as_of:\n", "        if True:\n", "tests/app/services/reports/test_counted_days.py::test_what_was_counted_of_facts_that_have_changed_meanwhile_is_not_kept"),
    Guard("a link that stops a digest is signed", "app/services/reports/digests.py", '        account_id = URLSafeSerializer(secret, salt="digest").loads(token)\n', '        account_id = URLSafeSerializer(secret, salt="digest").loads_unsafe(token)[1]\n', "tests/app/services/reports/test_digests.py::test_a_forged_link_stops_nobodys_digest"),
    Guard("a digest leaves once", "app/services/reports/digests.py", "        row.settled_at = max(row.settled_at, moment)\n", "        row.settled_at = max(row.settled_at, row.settled_at)\n", "tests/app/services/reports/test_digests.py::test_it_goes_out_once_each_week_at_the_hour_chosen"),
    Guard("a return link ends with its routing", "app/services/triage/returns.py", "    if enquiry.routing_no != link.routing_no or enquiry.state is not State.ROUTED:", "    if enquiry.state is not State.ROUTED:", "tests/app/services/triage/test_returns.py tests/app/web/triage/test_return_link.py"),
    Guard("a cell is no formula", "app/domain/spreadsheet.py", "    return f\"'{value}\" if is_formula(value) else value", "    return value", "tests/app/domain/test_spreadsheet.py"),
    Guard("a formula hides behind no blank", "app/domain/spreadsheet.py", "    seen = value.lstrip(\"\".join(sign for sign in set(value) if unicodedata.category(sign)[0] in \"CZ\"))\n", "    seen = value\n", "tests/app/domain/test_spreadsheet.py"),
    # Before the robot routes alone
    Guard("a stopped robot routes nothing", "app/domain/routing.py", "    if not running:\n        return Route(None, Reason.STOPPED)\n", "", ROUTING),
    Guard("a unit says that the robot may route", "app/domain/routing.py", "    if mode is not Mode.AUTOMATIC:\n        return Route(None, WITHOUT_AUTOMATION[mode])\n", "", ROUTING),
    Guard("without proof there is no limit", "app/domain/routing.py", "    if limit is None:\n        return Route(None, Reason.NO_LIMIT)\n", "", ROUTING),
    Guard("below the limit a human decides", "app/domain/routing.py", "    if not confident(ranking, limit):\n        return Route(None, Reason.UNSURE)\n", "", ROUTING),
    Guard("what is strange to all a human decides", "app/domain/routing.py", "    if ranking.out_of_scope:\n        return Route(None, Reason.OUT_OF_SCOPE)\n", "", ROUTING),
    Guard("several matters a human decides", "app/domain/routing.py", "Route(None, Reason.SEVERAL) if several else Route(first.unit, Reason.CONFIDENT)", "Route(first.unit, Reason.CONFIDENT)", ROUTING),
    Guard("what was not read is not routed", "app/services/inbound/routing.py", "    if enquiry.words_missing is not None:\n        _unranked(session, enquiry, robot, now, stranger=stranger)\n        return\n", "", "tests/app/services/inbound/test_unread.py::test_unread_mails_wait_for_a_human"),
    Guard("without a citizen a human decides", "app/services/inbound/routing.py", " or without_citizen(enquiry)\n", "\n", "tests/app/services/inbound/test_citizens.py::test_without_a_sure_citizen_a_human_decides"),
    Guard("a stranger in a thread goes on with nothing", "app/services/inbound/routing.py", "    return recognition.knows(session, thread_root, enquiry, mail)\n", "    return True\n", "tests/app/services/inbound/test_cases.py::test_a_strangers_mail_in_a_thread_is_proposed_to_a_human tests/app/services/triage/test_decisions.py::test_a_case_number_counts_only_from_the_one_who_wrote"),
    # Reading mails
    Guard("nothing but plain tags is left of HTML", "connectors/mail/reading/html.py", "            tags=set(TAGS),\n", '            tags=set(TAGS) | {"img", "form", "input"},\n', SANITISED),
    Guard("no attribute but a link is left of HTML", "connectors/mail/reading/html.py", '{"*": set(), "a"', '{"*": {"id", "style", "title"}, "a"', SANITISED),
    Guard("a link says where it leads", "connectors/mail/reading/html.py", "            attribute_filter=_leads_out,\n", "", f"{MIME}::test_a_link_that_leads_into_our_house_leads_nowhere"),
    Guard("a mail has so many headers and no more", "connectors/mail/reading/limits.py", "    if end is None and len(raw) > limits.header_bytes:", "    if False:", f"{MIME}::test_refused_soon_and_with_a_reason"),
    Guard("a child has so much memory and no more", "connectors/mail/reading/parser.py", "            initializer=_limit,\n            initargs=(self._memory,),\n", "", "tests/connectors/test_parser.py::test_time_and_memory_are_bounded"),
    Guard("a child has so much time and no more", "connectors/mail/reading/parser.py", "args=[argument], timeout=seconds)\n            except", "args=[argument])\n            except", "tests/connectors/test_parser.py::test_time_and_memory_are_bounded"),
    Guard("a page shows so much of a mail and no more", "app/domain/excerpt.py", "    last = start + bound.characters\n", "    last = start + len(text)\n", "tests/app/domain/test_excerpt.py"),
    Guard("a snapshot holds arrays and nothing that runs", "learning/snapshot.py", "np.load(io.BytesIO(content), allow_pickle=False)", "np.load(io.BytesIO(content), allow_pickle=True)", "tests/learning/test_snapshot.py"),
    # The machine
    Guard("files are their owner's", "app/private.py", "UMASK = 0o077", "UMASK = 0o022", PRIVATE),
    Guard("a home that lay open is closed", "app/private.py", "        path.chmod(stat.S_IMODE(mode) & ~OTHERS)\n", "", PRIVATE),
    Guard("a silent connection is cut", "app/commands/listener.py", "channel_timeout=IDLE_SECONDS", "channel_timeout=9999", f"{LISTENER}::test_200_who_say_no_more_shut_nobody_out_and_are_cut"),
    Guard("a request that never ends is cut", "app/commands/listener.py", "        elif now - self.began > REQUEST_SECONDS:\n            self.will_close = True\n            return False\n", "", f"{LISTENER}::test_one_who_never_ends_a_request_is_cut"),
    Guard("a large body is not read", "app/commands/listener.py", "max_request_body_size=BODY_BYTES", "max_request_body_size=9**12", f"{LISTENER}::test_too_large_a_body_is_answered_by_our_page"),
    Guard("what the server refuses has our headers", "app/commands/listener.py", "    error_task_class = RefusedRequest\n", "", f"{LISTENER}::test_what_the_server_refuses_by_itself_has_our_headers"),
    Guard("no error of the database holds what it was given", "app/database.py", "        hide_parameters=True,\n        connect_args", "        connect_args", "tests/app/web/platform/test_incidents.py::test_no_error_of_the_database_holds_what_it_was_given"),
    Guard("a fault tells nothing of whom", "app/web/platform/incidents.py", "            error=faults.name(error),\n", "            error=str(error),\n", "tests/app/web/platform/test_incidents.py::test_a_page_that_breaks_says_its_number_and_no_more"),
    Guard("what is deleted is overwritten", "app/database.py", ', "secure_delete=ON")', ")", f"{MIGRATIONS}::test_sqlite_is_durable"),
    Guard("threads take turns to write", "app/database.py", "if begins and turn.acquire(timeout=PATIENCE):", "if begins and False:", "tests/app/test_database.py::test_threads_take_turns_to_write"),
    # Whose a mail is, and what it goes on with.
    Guard("a hidden address is no author", "connectors/mail/message.py", " and not self.authors[0].lifted else", " else", f"{KINSHIP}::test_an_address_that_no_server_has_seen_writes_nothing"),
    Guard("a hidden address is no citizen", "app/domain/citizen.py", "    if mail.writer.lifted:\n", "    if False:\n", f"{KINSHIP}::test_an_address_that_no_server_has_seen_writes_nothing"),
    Guard("an answer goes to nobody of whom the thread has not heard", "app/services/inbound/recognition.py", "        return False  # the answer would go", "        pass  # the answer would go", f"{KINSHIP}::test_whom_a_follow_up_names_as_who_is_answered_is_no_member"),
    Guard("whom a follow-up names is no writer", "app/services/inbound/recognition.py", "Enquiry.follow_up_of_id.is_(None) | _written_by_them()", "Enquiry.id > 0", f"{KINSHIP}::test_whom_a_follow_up_names_as_who_is_answered_is_no_member"),
    Guard("who borrows a Message-ID leads nobody", "app/services/inbound/recognition.py", "select(func.min(Enquiry.raw_mail_id))", "select(func.max(Enquiry.raw_mail_id))", f"{KINSHIP}::test_a_borrowed_message_id_takes_no_follow_up_away"),
    Guard("a unit's answer is told of while its case waits", "app/services/inbound/house.py", "    if unit is None or enquiry.state is not State.ROUTED:", "    if unit is None:", f"{ANSWERS}::test_an_answer_to_the_forward_of_a_closed_case_is_read_by_a_human"),
    Guard("a case number tells no unit anything", "app/services/inbound/house.py", "    return enquiry.id in session.scalars(_forwards_to(unit, ids)).all()", "    return True", f"{ANSWERS}::test_who_only_knows_a_case_number_tells_no_unit_anything"),
    Guard("a seal seen twice is news", "app/services/inbound/own_letters.py", "return None if _another_lies_there(session, forward, content) else forward", "return forward", f"{KINSHIP}::test_a_second_letter_with_our_id_and_seal_is_news"),
    Guard("searches and exports have a limit", "app/web/platform/limited.py", "                refuse_if_full(name, who())\n", "                pass\n", f"{SIGN_IN}::test_searches_and_exports_have_a_limit"),
    Guard("a count ends no sooner", "app/services/platform/rates.py", '                "hits": case((over, amount), else_=RateCount.hits + amount),', '                "hits": amount,', RATES),
    Guard("whom a limit counts cannot be read", "app/services/platform/rates.py", 'hmac.new(self._secret, key.encode("utf-8", "replace"), hashlib.sha256).hexdigest()', "key[:64]", f"{RATES}::test_what_was_typed_is_not_kept"),
    Guard("a password goes by TLS to Exchange", "connectors/mail/exchange/server.py", "if not is_private(url):", "if False:", f"{EXCHANGE}::test_a_server_that_cannot_be_used_is_refused"),
    Guard("whose certificates Exchange is trusted by", "connectors/mail/exchange/server.py", "        session.trust_env = False\n", "", f"{EXCHANGE_SIGN_IN}::test_a_certificate_of_the_houses_own_is_trusted_where_it_is_named_and_nowhere_else"),
    Guard("Exchange's letters carry our mark", "connectors/mail/exchange/letters.py", "marks = [LOOP_MARK] if automatic else []", "marks: list[tuple[str, str]] = []", f"{EXCHANGE}::test_our_marks_survive_and_what_is_attached_is_whole"),
    Guard("a letter by Exchange whose fate is unknown", "connectors/mail/exchange/gateway.py", "if draft is None and again and self._has_left(account, message):", "if False:", f"{EXCHANGE}::test_a_letter_that_left_nothing_behind_is_a_humans_question"),
    Guard("a Message-ID that Exchange changed", "connectors/mail/exchange/gateway.py", "if item.message_id == message.message_id:", "if True:", f"{EXCHANGE}::test_a_server_that_gives_letters_its_own_message_ids_sends_none"),
    Guard("no cursor leads a token elsewhere", "connectors/mail/graph/cursor.py", 'all(each.startswith(f"{base}/") for each in links)', "links is not None", f"{GRAPH}::test_a_cursor_never_leads_elsewhere"),
    Guard("no token goes in the clear", "connectors/mail/graph/client.py", "if not is_private(tenant.server):", "if False:", f"{GRAPH}::test_nothing_listens"),
    Guard("a letter that may have left is told of", "connectors/mail/graph/client.py", "if effect and answer.status_code >= 500 and", "if False and", f"{GRAPH}::test_it_is_said_when_a_letter_may_have_left"),
    Guard("a letter is looked for before it is sent", "connectors/mail/graph/gateway.py", "        if self._sent(message.sender, message.message_id):\n            return\n        found = self._draft_of(message)\n        if again:", "        found = self._draft_of(message)\n        if again:", f"{GRAPH}::test_a_letter_that_was_sent_is_not_sent_again"),
    Guard("a mail that anybody may have written is no answer by its subject", "app/services/inbound/journal_mailboxes.py", "unit is None or not _says_whose(mail) or", "unit is None or", "tests/app/services/inbound/test_journal_mailboxes.py::test_all_else_is_left_where_it_lies"),
    Guard("a copy of an answer is no second one", "app/services/inbound/replies.py", "    if _was_copied(session, address, mail.message_id):\n        return False\n", "", "tests/app/services/inbound/test_added_answers.py::test_it_is_journaled_closes_the_case_and_counts_once_wherever_it_is_found_again"),
    Guard("who is not signed in sends nothing large", "app/web/platform/uploads.py", "    if takes_mail() and current_user.is_authenticated:", "    if takes_mail():", "tests/app/web/casework/test_added_answers.py::test_a_mail_may_be_large_and_not_larger_and_only_from_who_is_signed_in"),
    Guard("who is not of the house answers by no address of ours", "app/services/inbound/tagged_answers.py", " or not _of_the_house(session, enquiry, mail):", ":", f"{TAGGED}::test_whoever_invents_or_steals_an_address_writes_into_no_case"),
    Guard("no robot answers by an address of ours", "app/services/inbound/tagged_answers.py", "recognition.by_machine(traits_of(mail)) or ", "", f"{TAGGED}::test_no_robot_answers_by_it"),
    Guard("an address counts for the route it was made for", "app/services/inbound/tagged_answers.py", "tag.routing_no == enquiry.routing_no and ", "", f"{TAGGED}::test_each_route_has_its_own"),
    Guard("an address of ours with a tag is ours", "app/services/organisation/authorities.py", '    return written | {"@".join(addresses.untagged(address))}\n', "    return written\n", f"{TAGGED}::test_no_robot_answers_by_it"),
    Guard("an address is nothing that PowerShell runs", "app/web/inbound/unseen_answers.py", "quoted = quoted.replace(mark, mark * 2)", "pass", "tests/app/web/inbound/test_unseen_answers.py::test_the_commands_hold_addresses_and_nothing_that_runs"),
    Guard("what lies over itself in a file does not fill the memory", "connectors/mail/reading/outlook.py", "        if self.left < 0:\n", "        if False:\n", "tests/connectors/reading/test_outlook.py::test_streams_that_lie_over_each_other_are_no_way_to_fill_the_memory"),
    Guard("figures are told to who shows a token", FIGURES_API, "@bp.before_request\ndef _open", "def _open", f"{API_TESTS}::test_without_a_token_nothing_is_told"),
    Guard("a revoked token opens nothing", FIGURE_TOKENS, "FigureToken.revoked_at.is_(None), ", "", f"{API_TESTS}::test_a_token_that_is_over_opens_nothing"),
    Guard("an expired token opens nothing", FIGURE_TOKENS, ", FigureToken.expires_on >= today)", ")", f"{API_TESTS}::test_a_token_that_is_over_opens_nothing"),
    Guard("a token is used so often", FIGURES_API, '    refuse_if_full("figures by token", str(token.id))\n', "", f"{API_TESTS}::test_a_token_is_used_so_often_and_no_stranger_keeps_it_out"),
    Guard("tokens are not guessed", FIGURES_API, '        refuse_if_full("unknown token", origin.source())\n', "", f"{API_TESTS}::test_a_token_is_used_so_often_and_no_stranger_keeps_it_out"),
    Guard("a share that too little is behind is not told", FIGURES_API, '"too few" if sureness.lacking(of or 0, max_error) else None', "None", f"{API_TESTS}::test_every_figure_agrees_with_the_log_for_the_house_and_each_part_of_it"),
    Guard("no half file looks like one", "app/services/reports/extracts.py", 'part = target.with_name(f".{target.name}{PART}")', "part = target", "tests/app/services/reports/test_extracts.py"),
)  # fmt: skip
