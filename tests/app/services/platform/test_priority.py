"""Who comes first is waited for, and nobody waits for ever."""

import threading
import time

from app.services.platform.priority import Priority

LONG, SHORT = 600.0, 0.05


def test_nobody_is_waited_for_where_nobody_comes_first() -> None:
    priority = Priority(LONG)
    priority.step_aside()
    with priority.first():
        pass
    priority.step_aside()


def test_all_who_come_first_are_waited_for() -> None:
    priority, gone = Priority(LONG), threading.Event()
    priority.enter()
    priority.enter()
    threading.Thread(target=lambda: (priority.step_aside(), gone.set())).start()
    priority.leave()
    assert not gone.wait(SHORT)
    priority.leave()
    assert gone.wait(LONG)


def test_patience_ends() -> None:
    priority = Priority(SHORT)
    priority.enter()
    began = time.monotonic()
    priority.step_aside()
    assert SHORT <= time.monotonic() - began < LONG
