"""Which period a page of figures shows where none was chosen: a new house has no last month."""

from datetime import date

from sqlalchemy import update

from app import database
from app.domain.access import Role
from app.models.enquiry_facts import EnquiryFactsRow
from app.services.reports import enquiry_facts
from tests.app.web.conftest import SignIn
from tests.town import Town, mail


def test_a_house_that_began_today_sees_this_month_and_an_older_one_the_month_of_yesterday(
    town: Town, sign_in: SignIn
) -> None:
    town.receive(mail("Hul", "Hul i vejen"))
    while enquiry_facts.refresh(town.container.engine):
        pass
    manager = sign_in(Role.MANAGER)
    assert "Der kom ingen mails" not in manager.get("/tal/").text
    with database.write(town.container.engine) as session:
        session.execute(update(EnquiryFactsRow).values(received_on=date(2020, 1, 1)))
    assert "Der kom ingen mails" in manager.get("/tal/").text
