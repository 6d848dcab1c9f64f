"""A real Dovecot for tests: shared mailboxes for a robot, LMTP, TLS, and submission in front of a server with faults.

It runs on loopback with a configuration of its own in a temporary folder. Every test gets an `Estate`: addresses that lead to new,
empty homes, so that no test finds what another left.
"""

import imaplib
import ipaddress
import os
import pwd
import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imap_tools.utils import encode_folder
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.standins.smtp import Relay

PROGRAM = next((path for path in map(Path, ("/usr/sbin/dovecot", "/usr/local/sbin/dovecot")) if path.exists()), None)
PARTS = ("imap", "lmtp", "submission")
HERE = PROGRAM is not None and all(Path("/usr/lib/dovecot", part).exists() for part in PARTS)
WHY_NOT = "no Dovecot here: scripts/dovecot tells what to install"
ROBOT, SECRET = "robot@sluse.example.org", "the-robots-own-secret"
RIGHTS = "lrwstipekxa"
MAIL_USER = "nobody"
"""Whose mail it is where the tests run as root: Dovecot gives root none."""
PATIENCE = 60.0
ISSUER, KEY_ID = "https://tokens.example.org/", "one"
APPENDED = re.compile(rb"\[APPENDUID (\d+) (\d+)\]")

CONFIGURATION = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap lmtp submission
recipient_delimiter = +
listen = 127.0.0.1
{users}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {uid}
mail_gid = {gid}
mail_location = sdbox:~/mail
mail_fsync = never
mail_max_userip_connections = 200
mail_plugins = acl quota
ssl = yes
ssl_cert = <{home}/certificate.pem
ssl_key = <{home}/key.pem
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
submission_max_mail_size = 60M
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {home}/users/%u
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
userdb {{
  driver = passwd-file
  args = {home}/users/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
  }}
  mailbox Drafts {{
    special_use = \\Drafts
  }}
}}
namespace shared {{
  type = shared
  separator = /
  prefix = shared/%%u/
  location = sdbox:%%h/mail
  subscriptions = no
  list = children
}}
plugin {{
  acl = vfile
  acl_defaults_from_inbox = yes
  acl_shared_dict = file:{home}/shared
  quota = count:Mailbox
  quota_vsizes = yes
}}
protocol imap {{
  mail_plugins = acl quota imap_acl imap_quota
}}
service imap-login {{
{chroot}
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service submission-login {{
{chroot}
  inet_listener submission {{
    port = {submission}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service anvil {{
{chroot}
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
{chroot}
}}
"""
OAUTH2 = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={home}/keys/
username_attribute = sub
issuers = {issuer}
"""


@dataclass
class Dovecot:
    """A running server: its folder, its ports, and the SMTP server with faults that it hands its mail to."""

    home: Path
    relay: Relay
    imap: int
    imaps: int
    lmtp: int
    submission: int
    estates: int = 0
    known: set[str] = field(default_factory=set)
    """The addresses that exist."""

    def token(self, user: str, *, seconds: int = 3600, forged: bool = False) -> str:
        """Sign an access token as the token server that Dovecot trusts would."""
        now = int(time.time())
        claims = {"sub": user, "iss": ISSUER, "iat": now - 10, "exp": now + seconds, "aud": "sluse"}
        key = RSAKey.generate_key(2048) if forged else self.signing_key
        return jwt.encode({"alg": "RS256", "kid": KEY_ID}, claims, key)

    @cached_property
    def signing_key(self) -> RSAKey:
        """Return the key that tokens are signed with; Dovecot has its public part."""
        key = RSAKey.generate_key(2048)
        place = self.home / "keys" / "default" / "RS256"
        place.mkdir(parents=True)
        (place / KEY_ID).write_bytes(key.as_pem(private=False))
        return key

    @property
    def certificate(self) -> Path:
        """Return the certificate that whoever connects by TLS must trust."""
        return self.home / "certificate.pem"

    def new_estate(self) -> "Estate":
        """Return a world of its own: all addresses are free again."""
        self.estates += 1
        self.known.clear()
        self.relay.reset()
        homes, account = self.home / "mail" / str(self.estates), _mail_account()
        with readable():
            homes.mkdir()
        os.chown(homes, account.pw_uid, account.pw_gid)
        link = self.home / "link"
        link.symlink_to(homes)
        link.rename(self.home / "homes")
        estate = Estate(self)
        estate.add_user(ROBOT)
        return estate


@dataclass
class Estate:
    """The mailboxes of one test. Each belongs to its address, whose password is SECRET; the robot may do all with them."""

    server: Dovecot

    def add_user(self, address: str, *, quota: str = "", password: str = SECRET) -> None:
        """Let an address exist. Its home is made when it is first used.

        Each has a file of its own: Dovecot looks at one that it has read only once a second.
        """
        account, rule = _mail_account(), f"userdb_quota_rule=*:storage={quota}" if quota else ""
        home = self.server.home / "homes" / address
        line = f"{address}:{{PLAIN}}{password}:{account.pw_uid}:{account.pw_gid}::{home}::{rule}\n"
        with readable():
            (self.server.home / "users" / address).write_text(line)
        self.server.known.add(address)

    def add_mailbox(
        self, address: str, *, quota: str = "", folders: tuple[str, ...] = ("Sent", "Drafts", "Retur")
    ) -> None:
        """Create a mailbox with its folders, and let the robot into all of them."""
        self.add_user(address, quota=quota)
        with self.owner(address) as client:
            for name in ("INBOX", *folders):
                if name != "INBOX":
                    _ok(client.create(encoded(name)))
                _ok(client.setacl(encoded(name), ROBOT, RIGHTS))

    @contextmanager
    def owner(self, address: str) -> Iterator[imaplib.IMAP4]:
        """Sign in as whom the mailbox belongs to, as a person's mail client does."""
        client = imaplib.IMAP4("127.0.0.1", self.server.imap, timeout=PATIENCE)
        try:
            client.login(address, SECRET)
            yield client
        finally:
            client.logout()

    def put(self, address: str, raw: bytes, *, folder: str = "INBOX", at: datetime | None = None) -> str:
        """Put a mail into a folder as it is; return its key. LMTP would add lines of its own."""
        with self.owner(address) as client:
            return self.append(client, raw, folder=folder, at=at)

    def append(self, client: imaplib.IMAP4, raw: bytes, *, folder: str = "INBOX", at: datetime | None = None) -> str:
        """Put a mail into a folder on a connection that is there already."""
        said = imaplib.Time2Internaldate(at or datetime.now(UTC))
        answer = _ok(client.append(encoded(folder), "", said, raw))
        found = APPENDED.search(answer)
        assert found, answer
        return f"{found[1].decode()}:{found[2].decode()}"

    def renumber(self, address: str) -> None:
        """Give an inbox another UIDVALIDITY, as a server does that was restored."""
        command = ["doveadm", "-c", str(self.server.home / "dovecot.conf"), "mailbox", "update", "-u", address]
        subprocess.run([*command, "--uid-validity", "4711", "INBOX"], check=True, capture_output=True)

    def deliver(self, address: str, raw: bytes) -> None:
        """Deliver a mail as a mail server does."""
        deliver(self.server.lmtp, address, raw)


def deliver(port: int, address: str, raw: bytes, sender: str = "") -> None:
    """Hand a mail to Dovecot by LMTP."""
    with smtplib.LMTP("127.0.0.1", port, timeout=PATIENCE) as lmtp:
        lmtp.sendmail(sender, [address], raw, mail_options=["BODY=8BITMIME"])


def encoded(folder: str) -> str:
    """Return a folder's name as IMAP has it (modified UTF-7)."""
    return encode_folder(folder).decode("ascii")


def _ok(answer: tuple[str, list[bytes | None]]) -> bytes:
    status, data = answer
    assert status == "OK", answer
    return data[0] or b""


@contextmanager
def readable() -> Iterator[None]:
    """Make files that Dovecot's own accounts can read, whatever this process keeps to itself otherwise."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def running() -> Iterator[Dovecot]:
    """Run a Dovecot of our own until the block ends."""
    home = Path(tempfile.mkdtemp(prefix="sluse-dovecot-", dir="/tmp"))  # Unix sockets want short paths
    with Relay() as relay:
        server = Dovecot(home, relay, *_free_ports(4))
        relay.deliver = lambda address, raw, sender: deliver(server.lmtp, address, raw, sender)
        relay.knows = lambda address: _untagged(address) in server.known
        relay.ours = lambda address: _domain(address) in {_domain(each) for each in server.known}
        try:
            with readable():
                _furnish(server)
                process = subprocess.Popen(
                    [str(PROGRAM), "-F", "-c", str(home / "dovecot.conf")],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                )
            try:
                _wait_for(server, process)
                yield server
            finally:
                process.terminate()
                process.communicate(timeout=PATIENCE)
        finally:
            shutil.rmtree(home, ignore_errors=True)


def _furnish(server: Dovecot) -> None:
    home, account = server.home, _mail_account()
    home.chmod(0o755)
    (home / "mail").mkdir()
    (home / "shared").touch()
    os.chown(home / "mail", account.pw_uid, account.pw_gid)
    os.chown(home / "shared", account.pw_uid, account.pw_gid)
    os.chown(home, account.pw_uid, account.pw_gid)  # what lists the shared mailboxes is written anew beside the old one
    _certify(home)
    (home / "keys").mkdir()
    _ = server.signing_key
    (home / "oauth2.conf").write_text(OAUTH2.format(home=home, issuer=ISSUER))
    own = f"default_internal_user = {account.pw_name}\ndefault_login_user = {account.pw_name}\n"
    own += f"default_internal_group = {_group(account)}"
    root = os.getuid() == 0
    configuration = CONFIGURATION.format(
        home=home, uid=account.pw_uid, gid=account.pw_gid, users="" if root else own, chroot="" if root else "  chroot =",
        relay=server.relay.port, imap=server.imap, imaps=server.imaps, lmtp=server.lmtp, submission=server.submission,
    )  # fmt: skip
    (home / "dovecot.conf").write_text(configuration)
    (home / "users").mkdir()


def _untagged(address: str) -> str:
    """Return an address without its tag: Dovecot delivers post+x@… to post@… (recipient_delimiter)."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _group(account: pwd.struct_passwd) -> str:
    import grp

    return grp.getgrgid(account.pw_gid).gr_name


def _mail_account() -> pwd.struct_passwd:
    return pwd.getpwnam(MAIL_USER) if os.getuid() == 0 else pwd.getpwuid(os.getuid())


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _certify(home: Path) -> None:
    """Write a certificate of our own for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (home / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (home / "key.pem").write_bytes(key.private_bytes(*pem))


def _wait_for(server: Dovecot, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE
    for port in (server.imap, server.lmtp, server.submission):
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5) as there:
                    if there.recv(1):
                        break
            except OSError:
                pass
            if process.poll() is not None or time.monotonic() > until:
                log = server.home / "log"
                said = log.read_text() if log.exists() else (process.stderr.read().decode() if process.stderr else "")
                raise RuntimeError(f"Dovecot does not answer: {said[-2000:]}")
            time.sleep(0.02)
