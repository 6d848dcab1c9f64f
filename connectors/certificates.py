"""Tell of a certificate that nobody vouches for whom we trust, however deep a library has wrapped it."""

import ssl

from connectors.errors import CertificateRefused


def refused(where: str, error: BaseException) -> CertificateRefused | None:
    """Return our error where a server's certificate is what failed; None for every other failure."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateRefused(where, cause.verify_message)
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return None
