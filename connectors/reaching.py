"""Tell why a server was not reached, however deep a library has wrapped it."""

import socket
import ssl

from connectors.errors import CertificateRefused, NotReached

NOBODY_THERE = (ConnectionRefusedError, socket.gaierror)
"""Nobody listens at the port, or nothing has that name."""


def failure(where: str, error: BaseException) -> CertificateRefused | NotReached | None:
    """Return our error where a certificate or the address is what failed; None for every other failure."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateRefused(where, cause.verify_message)
        if isinstance(cause, NOBODY_THERE):
            return NotReached(where, type(cause).__name__)
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return None
