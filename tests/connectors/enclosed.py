"""Write mails that enclose others."""

import io
import zipfile
from email.message import EmailMessage
from email.policy import SMTP

from asn1crypto import algos, cms, core

TEXT = "Jeg klager over afgørelsen om min byggetilladelse."
ENTITY = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{TEXT}\r\n".encode()


def wrapped(content: bytes, kind: str, name: str = "", text: str = "") -> bytes:
    """A mail of one part, or of a text and that part."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["Subject"] = "Sofie <sofie@borger.example.org>", "Klage"
    if text:
        mail.set_content(text)
    main, _, sub = kind.partition("/")
    if text:
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    else:
        mail.set_content(content, maintype=main, subtype=sub, filename=name or None)
    return mail.as_bytes()


def signed(content: bytes | None) -> bytes:
    """A CMS structure as signers write it; the signature itself is left out."""
    inner = {"content_type": "data"} | ({"content": core.OctetString(content)} if content is not None else {})
    data = cms.SignedData(
        {"version": "v1", "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
         "encap_content_info": inner, "signer_infos": []}
    )  # fmt: skip
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()


def enveloped() -> bytes:
    data = cms.EnvelopedData(
        {"version": "v0", "recipient_infos": [], "encrypted_content_info": {
            "content_type": "data", "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": b"0" * 16},
            "encrypted_content": b"hemmeligt"}}
    )  # fmt: skip
    return cms.ContentInfo({"content_type": "enveloped_data", "content": data}).dump()


def winmail(*things: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(things)


def locked_zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("klage.docx", b"x")
    raw = bytearray(content.getvalue())
    raw[6] |= 1
    return bytes(raw)


def forwarded(inner: bytes, *, text: str = "", kind: str = "message/rfc822", name: str = "") -> bytes:
    mark = f"b{inner.count(b'boundary')}"
    disposition = f'Content-Disposition: attachment; filename="{name}"\r\n' if name else ""
    head = f"From: Kollega <kollega@town.example.org>\r\nSubject: VS: til jer\r\nContent-Type: multipart/mixed; boundary={mark}"
    words = f"--{mark}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    opening = f"{head}\r\n\r\n{words}--{mark}\r\nContent-Type: {kind}\r\n{disposition}\r\n"
    return opening.encode() + inner + f"\r\n--{mark}--\r\n".encode()
