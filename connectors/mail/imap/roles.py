"""Find which of a mailbox's folders is Sent, Drafts and Retur."""

from collections.abc import Mapping

from imap_tools import FolderInfo

from connectors.mail.imap.server import ImapServer
from connectors.mail.imap.session import Session
from connectors.mail.message import Folder

SPECIAL_USE = {Folder.SENT: "\\Sent", Folder.DRAFTS: "\\Drafts"}
USUAL = {
    Folder.SENT: ("Sent", "Sent Items", "Sent Messages", "Sendt post", "Sendte elementer", "Sendte mails", "Sendt"),
    Folder.DRAFTS: ("Drafts", "Kladder", "Udkast"),
    Folder.RETURNS: ("Retur",),
}
"""What they are called elsewhere; the first is made where none is there."""
UNSELECTABLE = {"\\noselect", "\\nonexistent"}


def names(server: ImapServer, session: Session, mailbox: str, chosen: Mapping[Folder, str]) -> dict[Folder, str]:
    """Return what a mailbox's folders are called on the wire.

    What a setting says of this very mailbox counts first, then what people have chosen for it, what a setting says of all, the
    special use (RFC 6154), which many servers do not tell of shared mailboxes, and a usual name.
    """
    inbox = server.inbox_of(mailbox)
    there = folders(server, session, mailbox)
    top = f"{inbox}{_delimiter(there)}" if server.prefix else ""
    found, known = {Folder.INBOX: inbox}, {each.name for each in there}
    for role, usual in USUAL.items():
        if role in chosen and not server.named_there(mailbox, role):
            found[role] = chosen[role]
            continue
        said = server.named(mailbox, role)
        special = next((each.name for each in there if SPECIAL_USE.get(role) in each.flags), None)
        habitual = next((name for name in (f"{top}{each}" for each in usual) if name in known), f"{top}{usual[0]}")
        found[role] = f"{top}{said}" if said else special or habitual
    return found


def folders(server: ImapServer, session: Session, mailbox: str) -> list[FolderInfo]:
    """Return the folders of a mailbox that can be opened. A prefix may be the beginning of another mailbox's, too."""
    inbox = server.inbox_of(mailbox)
    there = session.folders_below(inbox if server.prefix else "", "*")
    return [
        each
        for each in there
        if not UNSELECTABLE & {flag.lower() for flag in each.flags}
        and (not server.prefix or each.name == inbox or each.name.startswith(f"{inbox}{each.delim}"))
    ]


def _delimiter(there: list[FolderInfo]) -> str:
    return next((each.delim for each in there if each.delim and each.delim != "NIL"), "/")
