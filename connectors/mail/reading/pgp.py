"""Removal of PGP's armour from a text. Signed words stay, encrypted ones and keys are no words."""

from connectors.mail.reading.notes import ReadingNotes, Unread

CONTROL = "application/pgp-encrypted"
"""The part that says that the one beside it is encrypted (RFC 3156)."""
SIGNED, SIGNATURE, END = "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----", "-----END PGP "
BLOCKS = {
    "-----BEGIN PGP MESSAGE": Unread.ENCRYPTED,
    "-----BEGIN PGP PUBLIC KEY BLOCK": None,
    SIGNATURE.removesuffix("-----"): Unread.SIGNATURE,
}
ARMOUR_HEADS = ("Hash:", "Version:", "Comment:", "Charset:", "MessageID:", "NotDashEscaped:")


def without_armour(text: str, notes: ReadingNotes) -> str:
    """Return a text's words, noting what is closed. Each line is looked at once."""
    if "-----BEGIN PGP " not in text:
        return text
    kept: list[str] = []
    inside, heads = False, False
    for line in text.split("\n"):
        mark = line.strip()
        block = next((each for each in BLOCKS if mark.startswith(each)), None)
        if block is not None:
            inside = True
            if (closed := BLOCKS[block]) is not None:
                notes.missed(closed)
        elif inside:
            inside = not mark.startswith(END)
        elif mark == SIGNED:
            heads = True
        elif heads and (not mark or mark.startswith(ARMOUR_HEADS)):
            heads = bool(mark)
        else:
            heads = False
            kept.append(line.removeprefix("- ") if line.startswith("- -") else line)
    return "\n".join(kept).strip()
