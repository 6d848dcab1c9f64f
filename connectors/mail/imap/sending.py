"""Hand letters to a mail server by SMTP, and say for sure whether one may have left."""

import base64
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from connectors import reaching
from connectors.errors import AnswerLost, ConnectorError, SignInRefused, UnreachableAddress
from connectors.mail import addresses
from connectors.mail.imap.server import Endpoint, ImapServer, Login, Security
from connectors.mail.message import Outgoing

ENHANCED = re.compile(rb"^(?:\s*)([245]\.\d{1,3}\.\d{1,3})\b")
LINE_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)
SERVICE_ENDS, SIGNED_IN = 421, 235
MEGABYTE = 1024 * 1024


class Post:
    """The sending side of a mail server. A connection for each letter."""

    def __init__(self, server: ImapServer) -> None:
        self._endpoint, self._login = server.smtp, server.smtp_login or server.login

    def send(self, message: Outgoing, content: bytes) -> None:
        """Hand a letter over.

        Raises:
            AnswerLost: the server had it, or all of it but the end, and did not say that it took it.
            UnreachableAddress: its addresses need SMTPUTF8, and the server does not offer that.
        """
        with _faults(self._endpoint):
            smtp = self._signed_in(message.sender)
        try:
            with _faults(self._endpoint):
                self._address(smtp, message, len(content))
                _command(smtp, "DATA", expected=354)
            _hand_over(smtp, self._endpoint.host, content)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _signed_in(self, sender: str) -> smtplib.SMTP:
        """Connect and sign in. A token that is refused is asked for anew, once."""
        try:
            return self._connected(sender, fresh=False)
        except smtplib.SMTPAuthenticationError as error:
            if self._login.token is None or error.smtp_code < 500:
                raise
        return self._connected(sender, fresh=True)

    def _connected(self, sender: str, *, fresh: bool) -> smtplib.SMTP:
        smtp = _connection(self._endpoint)
        try:
            if self._login.user:
                _sign_in(smtp, self._login, self._login.user_of(sender), fresh=fresh)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _address(self, smtp: smtplib.SMTP, message: Outgoing, size: int) -> None:
        """Tell the server from whom and to whom. Whatever bounces comes back to the mailbox, and so to its case."""
        _check_size(smtp, size)
        options = [f"SIZE={size}"] if smtp.has_extn("size") else []
        if smtp.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        if message.needs_smtputf8:
            if not smtp.has_extn("smtputf8"):
                raise UnreachableAddress(
                    "the mail server does not carry addresses with letters beyond A to Z (SMTPUTF8)"
                )
            options.append("SMTPUTF8")
        code, said = smtp.mail(addresses.on_wire(message.sender), options)
        if code != 250:
            raise smtplib.SMTPResponseException(code, said)
        code, said = smtp.rcpt(addresses.on_wire(message.recipient))
        if code not in (250, 251):
            raise smtplib.SMTPResponseException(code, said)


def _hand_over(smtp: smtplib.SMTP, host: str, content: bytes) -> None:
    """Send a letter's bytes and wait for the answer, without which nobody knows what became of it."""
    ended = content if content.endswith(b"\r\n") else content + b"\r\n"
    try:
        smtp.send(LINE_WITH_DOT.sub(b"..", ended) + b".\r\n")
        code, said = smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise AnswerLost(f"{host}: the connection broke before the mail server said that it took the letter") from error
    if code == SERVICE_ENDS or (400 <= code < 500 and _enhanced(said).startswith("4.4.")):
        # A relay that lost its own connection says so in its own words: the server behind it may have the letter.
        raise AnswerLost(f"{host}: the mail server does not know what became of the letter ({code} {_enhanced(said)})")
    if code != 250:
        raise _refused(host, code, said)


def _connection(endpoint: Endpoint) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=str(endpoint.ca_file) if endpoint.ca_file else None)
    if endpoint.security is Security.TLS:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(endpoint.host, endpoint.port, timeout=endpoint.timeout, context=context)
    else:
        smtp = smtplib.SMTP(endpoint.host, endpoint.port, timeout=endpoint.timeout)
    try:
        smtp.ehlo()
        if endpoint.security is Security.STARTTLS:
            smtp.starttls(context=context)
            smtp.ehlo()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _sign_in(smtp: smtplib.SMTP, login: Login, user: str, *, fresh: bool) -> None:
    if login.token is None and (user + login.password).isascii():
        smtp.login(user, login.password)
        return
    if login.token is None:
        said = base64.b64encode(f"\0{user}\0{login.password}".encode()).decode()  # the library knows ASCII only
        code, answer = smtp.docmd("AUTH", f"PLAIN {said}")
        if code != SIGNED_IN:
            raise smtplib.SMTPAuthenticationError(code, answer)
        return
    said = f"user={user}\1auth=Bearer {login.token(fresh)}\1\1"
    # A server that refuses a token asks once more, for an empty line.
    smtp.auth("XOAUTH2", lambda challenge=None: said if challenge is None else "")


def _command(smtp: smtplib.SMTP, command: str, *, expected: int) -> None:
    code, said = smtp.docmd(command)
    if code != expected:
        raise smtplib.SMTPResponseException(code, said)


def _check_size(smtp: smtplib.SMTP, size: int) -> None:
    most = smtp.esmtp_features.get("size", "")
    if most.isdigit() and 0 < int(most) < size:
        raise ConnectorError(
            f"the letter has {size / MEGABYTE:.1f} MB, and the mail server takes {int(most) / MEGABYTE:.1f} MB",
            retryable=False,
        )


@contextmanager
def _faults(endpoint: Endpoint) -> Iterator[None]:
    """Put what happens before a letter is handed over into our words; whatever it is, nothing was sent."""
    host = endpoint.host
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise SignInRefused(
            f"{host}: the mail server refuses the sign-in for sending ({error.smtp_code}); mend user, password or token",
            retryable=error.smtp_code < 500,
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise ConnectorError(
            f"{host}: the mail server offers no way to sign in that we know", retryable=False
        ) from error
    except smtplib.SMTPResponseException as error:
        raise _refused(host, error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise reaching.failure(f"{host}:{endpoint.port}", error) or ConnectorError(
            f"{host}: the connection for sending failed ({type(error).__name__})", retryable=True
        ) from error


def _refused(host: str, code: int, said: bytes | str) -> ConnectorError:
    """Return the error for an answer. The server's own words stay out, but for its codes: they may quote a mail."""
    enhanced = _enhanced(said)
    reason = next((words for each, words in SAID.items() if f"{code} {enhanced}".startswith(each)), None)
    reason = reason or next((words for each, words in SAID.items() if enhanced == each), "refused")
    return ConnectorError(
        f"{host}: the mail server says {f'{code} {enhanced}'.strip()}: {reason}",
        retryable=400 <= code < 500 or code < 0,
    )


SAID = {
    "5.1.1": "there is no such recipient; correct the address",
    "550 5.1.1": "there is no such recipient; correct the address",
    "5.2.2": "the recipient's mailbox is full",
    "4.2.2": "the recipient's mailbox is full for now",
    "5.3.4": "the letter is too large",
    "5.2.3": "the letter is too large for the recipient",
    "552": "the letter is too large, or the recipient's mailbox is full",
    "550": "the recipient is refused; correct the address, or let the robot send there",
    "553": "the address is refused; correct it",
    "4": "not now; it is tried again",
}
"""What answers mean, by their enhanced code (RFC 3463) or by how they begin."""


def _enhanced(said: bytes | str) -> str:
    found = ENHANCED.search(said if isinstance(said, bytes) else said.encode(errors="replace"))
    return found[1].decode() if found else ""
