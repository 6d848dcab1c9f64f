"""Errors of the outside world. In the one form that the rest of Sluse understands."""


class ConnectorError(Exception):
    """The error of an outside system. It refused or failed.

    Args:
        message: what happened, for the robot page; never mail text.
        retryable: whether the same call may succeed later without anybody's help.
        wait: seconds the other side asked us to wait, if it said so.
    """

    def __init__(self, message: str, *, retryable: bool, wait: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.wait = wait


class UnreachableAddress(ConnectorError):
    """The error of an address no mail can reach.

    The mail system cannot carry a mail to it (RFC 6531), and never will as it is now.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)


class FolderMissing(ConnectorError):
    """The error of a folder that is not there, or not for us: it may be made, or somebody must say more."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)


class SignInRefused(ConnectorError):
    """The error of a server that does not let us in: by user, password, secret or token."""


class NotReached(ConnectorError):
    """The error of an address at which no server answers. `where` is that address."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: no server answers there ({why}); look at server, port and firewall", retryable=True)
        self.where = where


class CertificateRefused(ConnectorError):
    """The error of a server whose certificate nobody vouches for whom we trust.

    It is tried again all the same: certificates run out and are renewed, and meanwhile no work may end for good.
    """

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"{where}: the server's certificate is not trusted ({why}); where an authority of your own issued it, "
            "name that one's file (CA_FILE)",
            retryable=True,
        )


class AnswerLost(ConnectorError):
    """The error of an effect whose answer was lost: it may have happened, or not."""

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(message, retryable=True, wait=wait)


class UnknownFate(ConnectorError):
    """The error of a letter that may have been sent.

    An earlier try may have had its effect, and nothing that can be looked at says so or denies it. Only a person can decide
    whether it is sent again.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)


class MailNotExported(ConnectorError):
    """The error of a mail that lies there, and that its server cannot hand out.

    Args:
        message: why, as the server says it; never mail text.
        head: what the server does tell of it, as the header of a mail: sender, subject, date and Message-ID, so that somebody
            can look for it there.
    """

    def __init__(self, message: str, *, head: bytes) -> None:
        super().__init__(message, retryable=False)
        self.head = head
