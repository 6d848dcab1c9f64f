"""The demo's one piece of stopped work: it stops at the start, and can be resumed once somebody has cleared the file away."""

from datetime import timedelta

from app.demo.lived_year import stopped_work
from app.domain.journaling import workflow_id
from app.workflow.worker import Worker
from tests.town import Town, eventually, mail, now


def test_the_work_stops_and_is_resumed(town: Town) -> None:
    c = town.container
    (enquiry,) = town.receive(mail("Et træ", "Træet i parken er væltet."))
    town.decide(enquiry)
    stopped_work.leave(c, town.enquiry(enquiry))
    worker = Worker(c)
    worker.start()
    try:
        stopped_work.order(c)
        eventually(lambda: c.robot.failed(enquiry))
        began = now()
        stopped_work.clear_away(c.settings, since=began, now=began)
        assert list(c.settings.deadlines_root.glob("F-*.json")), "nobody has looked yet"
        stopped_work.clear_away(c.settings, since=began, now=began + stopped_work.AFTER)
        c.robot.resume(workflow_id("journal", enquiry, 1))
        eventually(lambda: "forwarded" in town.events(enquiry))
    finally:
        worker.stop()


def test_a_sound_file_of_the_register_stays(town: Town) -> None:
    c = town.container
    (enquiry,) = town.receive(mail("Et træ", "Træet i parken er væltet."))
    stopped_work.leave(c, town.enquiry(enquiry))
    other = c.settings.deadlines_root / "F-0123.json"
    other.write_text('{"nøgle": "enquiry:7:deadline"}')
    stopped_work.clear_away(c.settings, since=now() - timedelta(minutes=2), now=now())
    assert [file.name for file in c.settings.deadlines_root.glob("F-*.json")] == [other.name]
