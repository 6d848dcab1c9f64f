"""Start DavMail, a foreign client of Exchange that shows it as IMAP and SMTP, where it is installed (Debian: davmail)."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ARCHIVE = Path("/usr/share/davmail/davmail.jar")
JAVA = shutil.which("java")
PATIENCE = 120.0
SETTINGS = """davmail.server=true
davmail.mode=EWS
davmail.url={url}
davmail.imapPort={imap}
davmail.smtpPort={smtp}
davmail.popPort=
davmail.caldavPort=
davmail.ldapPort=
davmail.bindAddress=127.0.0.1
davmail.allowRemote=false
davmail.disableUpdateCheck=true
davmail.useSystemProxies=false
davmail.logFilePath={folder}/davmail.log
"""


def installed() -> bool:
    return JAVA is not None and ARCHIVE.exists()


@dataclass(frozen=True)
class DavMail:
    """Where it listens."""

    imap: int
    smtp: int


@contextmanager
def davmail(url: str, folder: Path) -> Iterator[DavMail]:
    """Run it in front of an Exchange server; its files lie in `folder`."""
    ports = DavMail(_free_port(), _free_port())
    settings = folder / "davmail.properties"
    settings.write_text(SETTINGS.format(url=url, imap=ports.imap, smtp=ports.smtp, folder=folder))
    command = [str(JAVA), "-Djava.awt.headless=true", "-Xmx128m", "-jar", str(ARCHIVE), "-notray", str(settings)]
    with (folder / "davmail.out").open("w") as said:
        running = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        try:
            _wait_for(ports.imap, running)
            yield ports
        finally:
            running.terminate()
            running.wait(timeout=PATIENCE)


def _wait_for(port: int, running: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and running.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("DavMail did not come up")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
