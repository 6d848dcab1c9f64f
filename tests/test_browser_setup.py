"""From an empty house to observing, in a real browser: the first administrator needs no file and no command."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.container import Container
from app.services.platform import first_run
from app.workflow.worker import Worker
from connectors.mail.folder.gateway import FolderGateway
from tests import browser as chromium
from tests.connectors.imap import dovecot_server, estate, needs_dovecot
from tests.mail_systems import exchange_online, imap_settings
from tests.serving import serving
from tests.standins.dovecot import SECRET, Estate
from tests.town import Town, eventually, mail

__all__ = ["dovecot_server", "estate"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.CHROMIUM is None, reason="no Chromium on this machine"),
]
BOX = "post@kommune.example.org"
GOOD = "kaktus harmonika 4 torden"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def house(container: Container) -> Town:
    """An empty house with folders of mail: no unit, no mailbox, nobody."""
    return Town(container, FolderGateway(container.settings.mail_root))


def step(page: Page, key: str) -> str:
    return page.locator(f"#{key} .chip").inner_text()


def make_the_first_administrator(page: Page, code: str) -> None:
    page.goto("/")
    page.get_by_label("Koden fra starten").fill(code)
    page.get_by_label("Dit navn").fill("Første Prøve")
    page.get_by_label("Din e-mail").fill("foerste@kommune.example.org")
    for field in page.locator("input[type=password]").all():
        field.fill(GOOD)
    page.get_by_role("button", name="Opret og log ind").click()
    expect(page.get_by_role("heading", name="Kom i gang")).to_be_visible()


def make_a_mailbox(page: Page) -> None:
    page.locator("#mailboxes").get_by_role("link", name="Ny postkasse").click()
    page.get_by_label("Navn").fill("Teknik")
    page.get_by_label("Adresse").fill(BOX)
    page.get_by_role("button", name="Gem", exact=True).click()
    expect(page.get_by_text("Postkassen er gemt.")).to_be_visible()


def test_from_nothing_to_observing(house: Town, browser: Browser) -> None:
    c = house.container
    code = first_run.prepare(c.engine, c.settings.home)
    assert code
    worker = Worker(c)
    # The browser's driver keeps an event loop in this thread; the engine wants one without.
    with ThreadPoolExecutor(max_workers=1) as elsewhere, serving(house) as base:
        elsewhere.submit(worker.start).result()
        with chromium.page(browser, base) as page:
            make_the_first_administrator(page, code)
            assert {step(page, key) for key in ("authority", "units", "mailboxes", "people", "observe")} == {"mangler"}
            page.get_by_label("Myndighedens navn").fill("Prøve Kommune")
            page.get_by_role("button", name="Gem navnet").click()
            expect(page.get_by_text("Navnet er gemt.")).to_be_visible()
            page.get_by_role("button", name="Begynd med et eksempel").click()
            expect(page.get_by_text("Eksemplets enheder er lagt ind.")).to_be_visible()
            page.goto("/opsaetning/")
            make_a_mailbox(page)
            house.gateway.deliver(BOX, mail("Væltet træ", "Træet i parken er væltet", to=BOX))
            page.goto("/opsaetning/")
            page.get_by_role("link", name="Teknik").click()
            page.get_by_role("button", name="Kig i postkassen").click()
            expect(page.get_by_text("Postkassen kan læses.")).to_be_visible()
            page.get_by_role("button", name="Send en prøvemail igennem").click()
            expect(page.get_by_text("Postkassen kan både sende og modtage.")).to_be_visible()
            eventually(lambda: house.last_enquiry() >= 1)
            page.goto("/opsaetning/")
            assert step(page, "observe") == "klar"
            expect(page.get_by_role("heading", name="Hvad mangler der?")).to_be_visible()
        elsewhere.submit(worker.stop).result()


def add_a_system(page: Page, kind: str, **typed: str) -> None:
    page.goto("/mailsystemer/")
    page.get_by_role("link", name="Tilføj et mailsystem").click()
    page.get_by_label(kind).check()
    page.get_by_role("button", name="Næste").click()
    page.get_by_text("Flere indstillinger").click()
    save_system(page, **typed)


def save_system(page: Page, **typed: str) -> None:
    for name, value in typed.items():
        page.locator(f"select[name={name}], input[name={name}]").evaluate(
            "(field, value) => { field.value = value }", value
        )
    page.get_by_role("button", name="Gem", exact=True).click()
    expect(page.get_by_text("Mailsystemet er gemt.")).to_be_visible()


def load_units(page: Page, file: Path, units: dict[str, str]) -> None:
    """Load ten units from the list that the page hands out, with the mail system of each."""
    page.goto("/enheder/indlaes")
    with page.expect_download() as download:
        page.get_by_role("link", name="Hent listen som CSV").click()
    columns = Path(download.value.path()).read_text(encoding="utf-8-sig").strip().split(";")
    rows = [
        {"serviceområde": "Byen", "enhed": address.partition("@")[0], "postkasse": address, "mailsystem": system}
        for address, system in units.items()
    ]
    lines = [";".join(row.get(column, "") for column in columns) for row in rows]
    file.write_text("\n".join([";".join(columns), *lines]), encoding="utf-8")
    page.get_by_label("CSV-fil").set_input_files(file)
    page.get_by_role("button", name="Se, hvad filen vil ændre").click()
    page.get_by_role("button", name="Indlæs", exact=True).click()
    expect(page.get_by_text("10 enheder er ændret eller oprettet.")).to_be_visible()


def invite_three(page: Page) -> None:
    page.goto("/adgang/ny")
    for number in range(3):
        if number:
            page.get_by_role("link", name="Invitér en person til").click()
        page.get_by_label("Navn", exact=True).fill(f"Person {number}")
        page.get_by_label("E-mail").fill(f"person{number}@kommune.example.org")
        page.get_by_role("button", name="Opret").click()
        expect(page.get_by_label("Linket")).to_be_visible()
    page.get_by_role("link", name="Færdig").click()


@needs_dovecot
def test_two_mail_systems_of_which_one_is_described_wrongly_at_first(
    house: Town, browser: Browser, estate: Estate, tmp_path: Path
) -> None:
    """What IT operations does with a sheet of addresses: the certificate's authority is forgotten, and mended once it is told."""
    c, imap, domain = house.container, imap_settings(estate), "kommune.example.org"
    shared = {f"teknik@{domain}": "kontoret", f"post@{domain}": "skyen"}
    units = {f"enhed{n}@{domain}": "kontoret" if n < 5 else "skyen" for n in range(10)}
    code = first_run.prepare(c.engine, c.settings.home)
    assert code
    worker = Worker(c)
    with (
        exchange_online(tmp_path) as (graph, online),
        ThreadPoolExecutor(max_workers=1) as elsewhere,
        serving(house) as base,
    ):
        for address, system in (shared | units).items():
            if system == "kontoret":
                estate.add_mailbox(address, folders=("Sent", "Drafts"))
            else:
                online.server.service.create(address)
        for address in shared:
            raw = mail(f"Brev til {address.partition('@')[0]}", "Træet i parken er væltet", to=address)
            (estate.put if shared[address] == "kontoret" else online.deliver)(address, raw)
        elsewhere.submit(worker.start).result()
        with chromium.page(browser, base) as page:
            make_the_first_administrator(page, code)
            typed = {
                "name": "kontoret", "server": imap.server, "port": str(imap.port), "smtp_port": str(imap.smtp_port),
                "smtp_security": "starttls", "user": imap.user, "password": SECRET, "shared": imap.shared,
            }  # fmt: skip
            add_a_system(page, "Mailserver med IMAP og SMTP", **typed)
            add_a_system(
                page, "Exchange Online", name="skyen", tenant=graph.tenant, client_id=graph.client_id,
                client_secret=graph.client_secret.get_secret_value() if graph.client_secret else "",
                server=graph.server, authority=graph.authority, ca_file=str(graph.ca_file),
            )  # fmt: skip
            load_units(page, tmp_path / "enheder.csv", units)
            for address, system in shared.items():
                page.goto("/enheder/postkasse")
                page.get_by_label("Navn").fill(address.partition("@")[0])
                page.get_by_label("Adresse").fill(address)
                assert page.get_by_label("Mailsystem").evaluate("field => !field.checkValidity()"), "nothing is chosen"
                page.get_by_label("Mailsystem").select_option(system)
                page.get_by_role("button", name="Gem", exact=True).click()
                expect(page.get_by_text("Postkassen er gemt.")).to_be_visible()
            page.goto("/enheder/")
            page.get_by_role("link", name="teknik", exact=True).click()
            page.get_by_role("button", name="Kig i postkassen").click()
            expect(page.get_by_text("Sluse kender ikke den, der har udstedt mailserverens certifikat.")).to_be_visible()
            page.goto("/mailsystemer/ret?navn=kontoret")
            save_system(page, ca_file=str(imap.ca_file), password=SECRET)
            invite_three(page)
            eventually(lambda: house.last_enquiry() >= 2)
            page.goto("/visitering/")
            for address in shared:
                expect(page.get_by_text(f"Brev til {address.partition('@')[0]}").first).to_be_visible()

            def all_read() -> bool:
                page.goto("/opsaetning/")
                return {step(page, key) for key in ("mail_systems", "mailboxes", "observe")} == {"klar"}

            eventually(all_read)
            expect(page.get_by_role("heading", name="Hvad mangler der?")).to_be_visible()
        elsewhere.submit(worker.stop).result()
