"""The page of the benefit: what to enter where nothing is, the founding case, and what was saved."""

import re
from datetime import timedelta

from sqlalchemy import update

from app import database
from app.domain.access import Role
from app.domain.deadlines import local_day
from app.models.benefit import BenefitVersion
from tests.app.queries.reports.test_benefit import busy_town
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import Town, now

EDIT = "/tal/gevinst/ret"
EFFECT = local_day(now()) - timedelta(days=60)
VALUES = {
    "before": "4,5", "journal_before": "6", "journal_after": "1", "misrouted_before": "10", "detour": "5",
    "hours": "1.418", "position": "425.000",
}  # fmt: skip


def form(version: str = "", **changed: object) -> dict[str, object]:
    fields: dict[str, object] = {"version": version, "note": "første tal", "plan": "ja", "effekt_fra": str(EFFECT)}
    for key, value in VALUES.items():
        fields |= {f"vaerdi_{key}": value, f"kilde_{key}": "egen måling", f"dato_{key}": "2025-10-01"}
    fields |= {"drift_navn": ["Hosting", ""], "drift_kr": ["36.500", ""]}
    fields |= {"investering_navn": ["Projekt"], "investering_kr": ["300.000"]}
    return fields | changed


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\xa0", " ").split())


def test_a_house_without_assumptions_is_told_what_to_enter_and_why(town: Town, sign_in: SignIn) -> None:
    page = text_of(sign_in(Role.MANAGER).get("/tal/gevinst/").text)
    assert "Gevinsten kan ikke regnes ud endnu" in page
    assert "Effektive timer pr. årsværk (timer pr. år). Uden ferie" in page
    assert "Skriv forudsætningerne" in page
    assert "Skriv forudsætningerne" not in text_of(sign_in(Role.VISITATOR).get("/tal/gevinst/").text)
    assert sign_in(Role.VISITATOR).get(EDIT).status_code == 404


def test_the_founding_case_comes_out_of_the_page_to_the_last_thousand(town: Town, sign_in: SignIn) -> None:
    page = sign_in(Role.MANAGER).get("/tal/gevinst/?plan=grundlag").text
    table = page.split("Planen: business casen")[-1].split("<table>")[1].split("</table>")[0]
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in table.split("<tr>")[2:]]
    assert [[int(cell.strip().replace(".", "").replace("\u2212", "-")) for cell in row] for row in rows] == [
        [1, 1_327_000, 0, 0, 0, 0, 1_327_000],
        [2, 1_142_000, 0, 0, 0, 0, 2_469_000],
        [3, 0, 1, -425_000, 310_000, -115_000, 2_354_000],
        [4, 0, 3, -1_275_000, 310_000, -965_000, 1_389_000],
        [5, 0, 3, -1_275_000, 310_000, -965_000, 424_000],
        [6, 0, 3, -1_275_000, 310_000, -965_000, -541_000],
        [7, 0, 3, -1_275_000, 310_000, -965_000, -1_506_000],
        [8, 0, 3, -1_275_000, 310_000, -965_000, -2_471_000],
    ]
    told = text_of(page)
    assert "Arbejdet optog 6 årsværk" in told
    assert "50.000 + 100.000 + 60.000 + 100.000 kr. om året" in told
    assert "Investeringen er tjent hjem i år 6." in told
    assert "Planen: business casen" not in sign_in(Role.MANAGER).get("/tal/gevinst/?plan=ingen").text


def test_a_manager_enters_assumptions_and_sees_what_was_saved(town: Town, sign_in: SignIn) -> None:
    busy_town(town)
    manager, days = sign_in(Role.MANAGER), f"{local_day(now() - timedelta(days=9))}..{local_day(now())}"
    token = csrf_token(manager, EDIT)
    assert manager.post(EDIT, data=form(csrf_token=token)).status_code == 303
    page = text_of(manager.get("/tal/gevinst/", query_string={"periode": days}).text)
    assert "8 Fordelt eller knyttet" in page
    assert "Der står 425.000 kr. i planen for 1. år med effekt." in page
    assert "Sandsynligheden for at nå planen vises, når" in page
    assert "drift i perioden: 1.000 kr." in page
    assert "Version 1" in page
    assert "før: ingen" in page
    assert "Ændrer det sparede, hvis tallet er en tiendedel større" in page
    assert "Tid til at fordele en mail før Sluse 4,5 minutter pr. mail egen måling" in page
    assert re.search(r"95 %: [−\d.,]+ kr\.–", page)
    kinds = manager.get("/tal/gevinst/", query_string={"periode": days}).text
    assert "Planen og det målte" in page
    assert "Planen regnede med drift på 310.000 kr. om året, forudsætningerne siger 36.500 kr. om året." in page
    assert "hvis alle forudsætninger er sikre" in page
    assert "Pengene kommer fra fordeling (" in page
    behind = re.search(r'href="([^"]+tal=decided_blind[^"]*)"', kinds)
    assert behind is not None
    assert manager.get(behind[1].replace("&amp;", "&")).status_code == 200


def test_a_period_from_before_the_effect_is_told_and_the_days_since_are_one_click_away(
    town: Town, sign_in: SignIn
) -> None:
    busy_town(town)
    manager, today = sign_in(Role.MANAGER), local_day(now())
    begun = today - timedelta(days=5)
    manager.post(EDIT, data=form(csrf_token=csrf_token(manager, EDIT), effekt_fra=str(begun)))
    since = f"{begun}..{today - timedelta(days=1)}"
    before = manager.get("/tal/gevinst/", query_string={"periode": f"{today - timedelta(days=9)}..{today}"}).text
    assert "Perioden begynder før den dag, effekten regnes fra" in text_of(before)
    assert "siden effekten begyndte" in text_of(before)
    assert f"periode={since}" in before
    after = text_of(manager.get("/tal/gevinst/", query_string={"periode": since}).text)
    assert "Perioden begynder før den dag" not in after


def test_what_no_person_entered_names_none(town: Town, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    manager.post(EDIT, data=form(csrf_token=csrf_token(manager, EDIT)))
    with database.write(town.container.engine) as session:
        session.execute(update(BenefitVersion).values(by="history"))
    for page in ("/tal/gevinst/", "/tal/gevinst/forudsaetninger"):
        told = text_of(manager.get(page).text)
        assert "lagt ind ved opsætningen: første tal" in told
        assert "history" not in told


def test_versions_stay_and_whoever_comes_second_is_told(town: Town, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    token = csrf_token(manager, EDIT)
    manager.post(EDIT, data=form(csrf_token=token))
    assert manager.post(EDIT, data=form("1", csrf_token=token, vaerdi_hours="1400", note="ny norm")).status_code == 303
    late = manager.post(EDIT, data=form("1", csrf_token=token, vaerdi_hours="1500"))
    assert late.status_code == 409
    assert 'value="1500"' in late.text
    old = text_of(sign_in(Role.VISITATOR).get("/tal/gevinst/forudsaetninger?version=1").text)
    assert "Det er en tidligere version" in old
    assert "1.418" in old
    assert "1.400" in text_of(manager.get("/tal/gevinst/forudsaetninger").text)
    assert manager.get("/tal/gevinst/forudsaetninger?version=7").status_code == 404


def test_what_is_no_number_or_has_no_source_is_refused(town: Town, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    token = csrf_token(manager, EDIT)
    for changed, problem in (
        ({"vaerdi_hours": "mange"}, "Det er ikke et tal: Effektive timer"),
        ({"vaerdi_hours": "nan"}, "Det er ikke et tal"),
        ({"vaerdi_hours": "0"}, "skal være mellem 1 og 8760"),
        ({"vaerdi_misrouted_before": "101"}, "skal være mellem 0 og 100"),
        ({"kilde_before": " "}, "Skriv, hvor tallet kommer fra"),
        ({"dato_before": "i går"}, "Skriv en dato"),
        ({"drift_kr": ["12,5", ""]}, "hele kroner"),
        ({"note": ""}, "Skriv, hvad der er ændret"),
    ):
        answer = manager.post(EDIT, data=form(csrf_token=token, **changed))
        assert answer.status_code == 422, changed
        assert problem in text_of(answer.text), changed
    assert "Gevinsten kan ikke regnes ud endnu" in manager.get("/tal/gevinst/").text


def test_what_is_there_is_shown_where_something_is_missing(town: Town, sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    token = csrf_token(manager, EDIT)
    assert manager.post(EDIT, data=form(csrf_token=token, vaerdi_hours="")).status_code == 303
    page = text_of(manager.get("/tal/gevinst/").text)
    assert "Gevinsten kan ikke regnes ud endnu" in page
    assert "Effektive timer pr. årsværk – timer pr. år mangler" in page
    assert "Udgift pr. årsværk 425.000 kr. pr. år egen måling" in page
    assert "Udgift pr. årsværk ( kr. pr. år )" not in page
