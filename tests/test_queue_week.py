"""A slice of the week that `make verify` plays: what is due is decided before what has more days left."""

from tests import queue_week


def test_nothing_is_late_while_something_with_more_days_left_is_shown() -> None:
    house = queue_week.House(11, queue_week.SLICE)
    before, now = house.play(queue_week.before), house.play(queue_week.now)
    assert now.decisions == before.decisions == 5 * queue_week.SLICE.decided
    assert before.hidden > 0, "the order of before hid urgent mails below others: else the week would prove nothing"
    assert (now.hidden, now.overtaken) == (0, 0)
    assert now.passed <= before.passed
