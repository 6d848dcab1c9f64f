"""Notices that a unit gets at once. An answer did not arrive, or came to us. They are filled like every letter."""

from enum import StrEnum


class Letter(StrEnum):
    """The letters of ours. From `RECALL` on they go to our own people."""

    REPLY = "reply"
    INTERIM = "interim"
    ACKNOWLEDGEMENT = "acknowledgement"
    FORWARD = "forward"
    SENT_ON = "sent_on"
    NOT_OURS = "not_ours"
    RECALL = "recall"
    NOTICE = "notice"
    REMINDER = "reminder"
    DIGEST = "digest"
    AUDIT_HEAD = "audit_head"


TO_CITIZENS = frozenset({Letter.REPLY, Letter.INTERIM, Letter.ACKNOWLEDGEMENT, Letter.NOT_OURS})


class Notice(StrEnum):
    """The notices a unit can get."""

    REPLY_BOUNCED = "reply_bounced"
    COPY_BOUNCED = "copy_bounced"
    INTERIM_BOUNCED = "interim_bounced"
    ACKNOWLEDGEMENT_BOUNCED = "acknowledgement_bounced"
    ASTRAY = "astray"
    """The unit's answer came to the shared mailbox; the citizen has got nothing."""


SUBJECTS = {
    Notice.REPLY_BOUNCED: "Svaret nåede ikke frem",
    Notice.COPY_BOUNCED: "En kopi af svaret nåede ikke frem",
    Notice.INTERIM_BOUNCED: "Det foreløbige svar nåede ikke frem",
    Notice.ACKNOWLEDGEMENT_BOUNCED: "Kvitteringen nåede ikke frem",
    Notice.ASTRAY: "Borgeren har ikke fået jeres svar",
}
TEXTS = {
    Notice.REPLY_BOUNCED: """Jeres svar i sag {sagsnummer} nåede ikke frem til borgeren. Mailsystemet kunne ikke levere det.

Sagen er åbnet igen. Næste frist er {frist}. Fristerne er de samme som før.

Se, om adressen er skrevet rigtigt, og send svaret igen. Virker adressen ikke, så brug en anden vej, for eksempel Digital Post.
""",
    Notice.COPY_BOUNCED: """Jeres svar i sag {sagsnummer} nåede ikke frem til en af dem, der fik en kopi.
Det er ikke borgeren. Sagen er stadig besvaret.
""",
    Notice.INTERIM_BOUNCED: """Det foreløbige svar i sag {sagsnummer} nåede ikke frem.
Borgeren ved derfor ikke, hvem der behandler henvendelsen.

Næste frist er {frist}. Se, om adressen er skrevet rigtigt, eller brug en anden vej, for eksempel Digital Post.
""",
    Notice.ACKNOWLEDGEMENT_BOUNCED: """Kvitteringen i sag {sagsnummer} nåede ikke frem. Borgerens mailadresse virker måske ikke.

Fristerne er de samme som før. Se, om adressen er skrevet rigtigt, før I svarer.
""",
    Notice.ASTRAY: """Jeres mail i sag {sagsnummer} kom til fællespostkassen.
Borgeren har ikke fået den, og sagen venter stadig på svar. Næste frist er {frist}.

Vil I svare borgeren? Brug svarudkastet i mappen Kladder, eller skriv til borgeren fra jeres egen postkasse.
Behold sagsnummeret i emnet.
Hører henvendelsen ikke til hos jer? Brug linket i den mail, I fik den med, eller læg mailen i mappen Retur.
Vil I fortælle visiteringen noget? Skriv en note på sagen. Mails til fællespostkassen fra en enhed læses ikke.
""",
}
