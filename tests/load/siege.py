"""A visitator at work while strangers hold connections, try passwords, and a mail of a million characters is read."""

import http.client
import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlencode

from sqlalchemy import text

from app import database
from tests.load.crowd import BAR_MS, Crowd
from tests.load.house import LargeHouse
from tests.load.town import PASSWORD
from tests.load.visitor import FORM, Visitor, token

IDLE, SIGN_INS = 200, 20.0
"""Connections that say nothing; wrong passwords a second, each from an address of its own."""
WORST = "ak\n\n" * 240_000
PAUSE = 0.2
"""Seconds between two things the visitator does."""


def besieged(house: LargeHouse, seconds: float) -> Crowd:
    """Everything at once for a time; returns what the visitator met, and how often the others got through."""
    crowd, until = Crowd(), time.monotonic() + seconds
    longest = _worst_mail(house)
    visitor = Visitor(house.port, "visitator1@load.example.org", PASSWORD)
    reader = Visitor(house.port, "visitator2@load.example.org", PASSWORD)
    works: list[Callable[[], None]] = [lambda: _hold(house.port, until)]
    works += [lambda n=n: _guess(house.port, until, random.Random(n)) for n in range(4)]  # type: ignore[misc]
    works += [lambda: _read(reader, longest, until)]
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    while time.monotonic() < until:
        for what, page in (("opened", "/visitering/"), ("listed", "/henvendelser/?tilstand=triage")):
            crowd.met(what, visitor.get(page))
            time.sleep(PAUSE)
    for thread in threads:
        thread.join()
    visitor.close()
    reader.close()
    return crowd


def _worst_mail(house: LargeHouse) -> int:
    with database.opened(house.url) as engine, engine.begin() as connection:
        number = int(connection.execute(text("SELECT max(id) FROM enquiry WHERE state = 'triage'")).scalar() or 0)
        connection.execute(text("UPDATE enquiry SET text = :text WHERE id = :id"), {"text": WORST, "id": number})
    return number


def _hold(port: int, until: float) -> None:
    """Keep so many connections open that say nothing; who is cut comes again."""
    held: list[socket.socket] = []
    while time.monotonic() < until:
        while len(held) < IDLE:
            held.append(socket.create_connection(("127.0.0.1", port), timeout=60))
        time.sleep(0.5)
        held = [each for each in held if _open(each)]
    for each in held:
        each.close()


def _open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        if connection.recv(1):
            return True
    except BlockingIOError:
        return True
    except OSError:
        pass
    connection.close()
    return False


def _guess(port: int, until: float, chance: random.Random) -> None:
    """Try passwords, each time from another of the addresses that loopback has."""
    while time.monotonic() < until:
        began, source = (
            time.monotonic(),
            f"127.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(2, 250)}",
        )
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(source, 0))
            connection.request("GET", "/log-ind")
            page = connection.getresponse()
            cookie = (page.getheader("Set-Cookie") or "").partition(";")[0]
            form = {"csrf_token": token(page.read().decode()), "email": "visitator1@load.example.org", "password": "x"}
            connection.request("POST", "/log-ind", urlencode(form), {**FORM, "Cookie": cookie})
            connection.getresponse().read()
            connection.close()
        time.sleep(max(0.0, 4 / SIGN_INS - (time.monotonic() - began)))


def _read(reader: Visitor, enquiry_id: int, until: float) -> None:
    """Look at the longest mail again and again."""
    while time.monotonic() < until:
        reader.get(f"/henvendelser/{enquiry_id}")
        time.sleep(PAUSE)


def fine(met: Crowd) -> bool:
    """Tell whether the visitator noticed nothing of it."""
    return met.fine(BAR_MS)
