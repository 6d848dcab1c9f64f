"""A signal ends the process, whoever still has a page open."""

import http.client
import signal
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance import House, free_port
from tests.town import PATIENCE


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_open_connection_does_not_hold_it_up(tmp_path: Path, how: int) -> None:
    house = House(tmp_path, free_port())
    house.start()
    with closing(http.client.HTTPConnection("127.0.0.1", house.port, timeout=PATIENCE)) as page:
        page.request("GET", "/log-ind")
        assert page.getresponse().read()
        house.end(how)
    assert house.process is not None
    assert house.process.returncode == 0
