"""Reading of S/MIME that is only signed (RFC 8551). Text and signature lie in one binary part."""

import re
import zlib

from connectors.mail.reading.notes import Unread

KINDS = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
SIGNATURES = frozenset(("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"))
ENCRYPTED = frozenset(("enveloped_data", "authenticated_enveloped_data", "encrypted_data", "signed_and_enveloped_data"))
MOST = 64 * 1024 * 1024
"""Bytes that a compressed part may become."""
ENTITY = re.compile(rb"\s*[!-9;-~]{1,80}[ \t]*:")


def is_smime(kind: str, name: str) -> bool:
    """Tell whether a part claims to be S/MIME. Gateways lose the kind and keep the name."""
    return kind in KINDS or (name.lower().endswith(".p7m") and kind == "application/octet-stream")


def opened(content: bytes) -> bytes | Unread | None:
    """Take the MIME entity out of a signed part.

    The structure counts, not the `smime-type` beside it, which senders get wrong. The signature is not checked.

    Returns:
        the entity; why it stays closed; None where there is nothing to read in it (certificates, a signed file).
    """
    try:
        return _content(content)
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        NotImplementedError,
        zlib.error,
    ):
        return Unread.DAMAGED


def _content(content: bytes) -> bytes | Unread | None:
    from asn1crypto import cms, pem  # 10 MB that only a child that meets such a mail needs

    if pem.detect(content[:200]):
        content = pem.unarmor(content)[2]
    info = cms.ContentInfo.load(content)
    kind = info["content_type"].native
    if kind in ENCRYPTED:
        return Unread.ENCRYPTED
    if kind == "signed_data":
        inner = info["content"]["encap_content_info"]["content"].native
    elif kind == "compressed_data":
        inner = zlib.decompressobj().decompress(info["content"]["encap_content_info"]["content"].native, MOST)
    else:
        return Unread.DAMAGED
    if inner is None:
        return None
    if not isinstance(inner, bytes):
        return Unread.DAMAGED
    return inner if ENTITY.match(inner) else None
