"""Who acts: a person who is signed in, the robot, a command, or whoever an address stands for."""

from dataclasses import dataclass

from app.domain.access import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, as plain values. It is made once, where a request, a job or a command begins."""

    email: str
    """What the log keeps of them. Of those who are no people it is a name, which stays what it is."""
    role: Role | None = None
    """None for who has no account: they see no mail by right of themselves."""
    unit_id: int | None = None
    account_id: int | None = None
    """Claims and owners name an account by its number."""


ROBOT = Actor("robot")
LINK_HOLDER = Actor("link")
"""Where all that is known is that they had the link of a mail: a forward may have been quoted to anybody."""
TOKEN_HOLDER = Actor("token")
"""A program that fetches figures with a token; the event names the token."""
UNIDENTIFIED = Actor("")
"""Who came to the door and could not say who they are."""
