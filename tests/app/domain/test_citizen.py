"""Who the citizen is, decided from what a mail says of its correspondents."""

import pytest

from app.domain.citizen import Citizen, CitizenSource, FormFields, Headers, decide, is_read
from connectors.mail import addresses
from connectors.mail.addresses import Named

BO, LIS, ANNA = (Named(name, f"{name.lower()}@borger.example.org") for name in ("Bo", "Lis", "Anna"))
FORM = Named("Hjemmesiden", "ingen-svar@formular.example.org")
TMF = Named("TMF", "tmf@town.example.org")


def who(mail: Headers, form: FormFields | None = None, *enclosed: Named) -> Citizen:
    return decide(mail, is_ours=lambda each: addresses.same(each, TMF.address), form=form, enclosed=enclosed)


def wrote(writer: Named, *reply_to: Named, said_by: str = "from", listed: bool = False) -> Headers:
    return Headers(writer=writer, said_by=said_by, authors=[writer], reply_to=reply_to, listed=listed)


@pytest.mark.parametrize(("mail", "expected", "source"), [
    (wrote(BO), BO, "from"),
    (wrote(BO, Named("", "BO@Borger.example.org")), BO, "from"),
    (wrote(FORM, BO), BO, "reply_to"),
    (wrote(LIS, BO), BO, "reply_to"),
    (wrote(TMF, BO), BO, "reply_to"),
    (wrote(BO, TMF), BO, "from"),
    (wrote(BO, FORM), BO, "from"),
    (wrote(BO, BO, LIS), BO, "from"),
    (wrote(BO, LIS, TMF), LIS, "reply_to"),
    (wrote(BO, LIS, listed=True), BO, "from"),
    (wrote(LIS, LIS, said_by="sender"), LIS, "sender"),
    (wrote(LIS, said_by="return_path"), LIS, "return_path"),
    (Headers(LIS, "reply_to", [], [LIS]), LIS, "reply_to"),
])  # fmt: skip
def test_somebody_is_the_citizen(mail: Headers, expected: Named, source: str) -> None:
    found = who(mail)
    assert (found.name, found.address, found.source) == (expected.name, expected.address, source)


@pytest.mark.parametrize(("mail", "source", "offered"), [
    (wrote(FORM, BO, LIS), "several", ["bo", "lis", "ingen-svar"]),
    (Headers(Named("", ""), "", [BO, LIS]), "several", ["bo", "lis"]),
    (Headers(), "unnamed", []),
    (wrote(TMF), "ours", []),
    (wrote(Named("", "bounces+7@post.example.org"), said_by="return_path"), "unnamed", ["bounces+7"]),
    (wrote(Named("", "srs0=x=y=z=bo@post.example.org"), said_by="return_path"), "unnamed", ["srs0=x=y=z=bo"]),
])  # fmt: skip
def test_where_nobody_is_sure_a_human_chooses(mail: Headers, source: str, offered: list[str]) -> None:
    found = who(mail)
    assert (found.address, found.source) == ("", source)
    assert [each.address.partition("@")[0] for each in found.candidates] == offered


def test_who_wrote_the_mail_within_is_offered() -> None:
    assert who(wrote(TMF), None, ANNA, BO).candidates == (ANNA, BO)
    assert who(wrote(LIS), None, ANNA).candidates == (ANNA,)
    assert who(wrote(LIS), None, ANNA).address == LIS.address


@pytest.mark.parametrize(("form", "mail", "expected", "source"), [
    (FormFields("Bo", BO.address), wrote(FORM), BO.address, CitizenSource.FORM),
    (FormFields("Bo", BO.address, confirmed=True), wrote(FORM), BO.address, CitizenSource.CONFIRMED_FORM),
    (FormFields("Bo", BO.address), wrote(FORM, LIS), BO.address, CitizenSource.FORM),
    (FormFields("Bo"), wrote(FORM, LIS), LIS.address, CitizenSource.REPLY_TO),
    (FormFields("Bo"), wrote(FORM), "", CitizenSource.NO_FIELD),
    (FormFields("Bo"), wrote(FORM, LIS, ANNA), "", CitizenSource.NO_FIELD),
])  # fmt: skip
def test_a_form_speaks_for_whom_its_fields_name(
    form: FormFields, mail: Headers, expected: str, source: CitizenSource
) -> None:
    found = who(mail, form)
    assert (found.address, found.source) == (expected, source)


@pytest.mark.parametrize("local", ["noreply", "No-Reply", "ingen-svar", "ikkesvar", "MAILER-DAEMON", "bounces+7"])
def test_nobody_reads_there(local: str) -> None:
    assert not is_read(f"{local}@example.org")
