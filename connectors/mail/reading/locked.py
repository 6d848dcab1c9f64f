"""Recognition of files with a password: archives, documents, PDFs."""

import struct

ZIP, OLE, PDF, SEVEN_ZIP = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-", b"7z\xbc\xaf\x27\x1c"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
FLAGS = 6
"""Where in the head of a file in an archive its flags stand; the lowest says that it is encrypted."""


def is_locked(content: bytes) -> bool:
    """Tell whether a file needs a password to be read."""
    if content.startswith(ZIP):
        return len(content) > FLAGS + 1 and bool(struct.unpack_from("<H", content, FLAGS)[0] & 1)
    if content.startswith(OLE):
        return ENCRYPTED_PACKAGE in content
    # The trailer says so; a document may only speak of it, but then beside no number of an object.
    return content.startswith(PDF) and b"/Encrypt " in content[-4096:]
