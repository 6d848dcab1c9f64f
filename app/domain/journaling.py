"""Names and keys of what the robot makes outside. Keys are stable: an effect is found before it is repeated."""

import hashlib
import hmac

TITLE_LENGTH = 120


def case_key(enquiry_id: int) -> str:
    return f"enquiry:{enquiry_id}:case"


def document_key(enquiry_id: int, what: str) -> str:
    """Return a document's key. `what` is e.g. mail, attachment:0, draft:1, reply:7."""
    return f"enquiry:{enquiry_id}:{what}"


def is_draft(key: str) -> bool:
    """Tell whether a key is a reply draft's."""
    return key.split(":")[2:3] == ["draft"]


def reply_key(raw_mail_id: int) -> str:
    """Return the key of an answer. One answer is one document, also where it answers several mails of a case."""
    return f"reply:{raw_mail_id}"


def deadline_key(enquiry_id: int) -> str:
    return f"enquiry:{enquiry_id}:deadline"


def workflow_id(name: str, enquiry_id: int, routing_no: int) -> str:
    return f"{name}:{enquiry_id}:{routing_no}"


def draft_key(enquiry_id: int, routing_no: int, corrected: str = "") -> str:
    """Return the key of a route's draft. One a route, and one more where a human has said who the citizen is (`corrected`)."""
    return f"draft:{enquiry_id}:{routing_no}" + (f":{corrected}" if corrected else "")


def message_id(key: str, secret: str, host: str = "sluse.example.org") -> str:
    """Return the Message-ID of an effect. Each time the same for the same effect; nobody outside can guess it."""
    digest = hashlib.sha256(f"{secret}\0{key}".encode()).hexdigest()[:32]
    return f"<{digest}@{host}>"


def seal(message_id: str, secret: str) -> str:
    """Return the seal of one of our letters.

    By it a letter with this Message-ID is known as ours: the citizen learns the id from the unit's answer, never this.
    """
    return hmac.new(secret.encode(), f"seal\0{message_id}".encode(), hashlib.sha256).hexdigest()


def reply_tag(enquiry_id: int, routing_no: int, secret: str) -> str:
    """Return the tag of the address that an enquiry's answer comes back by ("post+s…@"): nobody can guess it."""
    return (
        "s" + hmac.new(secret.encode(), f"reply\0{enquiry_id}:{routing_no}".encode(), hashlib.sha256).hexdigest()[:24]
    )


def case_title(mask: str) -> str:
    """Return a short theme for the journal.

    Asked for by offentlighedsloven § 15, 3; `mask` is the subject with identities hidden.
    """
    title = " ".join(mask.split())
    return title[:TITLE_LENGTH] or "Henvendelse uden emne"


def tagged_subject(subject: str, case_number: str, prefix: str) -> str:
    """Return a subject with the case number, once. An example is "SV: Støj fra nr. 14 [2026-000123]"."""
    bare = subject.replace(f"[{case_number}]", "").strip() or "(uden emne)"
    start = "" if bare.lower().startswith(prefix.lower()) else f"{prefix} "
    return f"{start}{bare} [{case_number}]"
