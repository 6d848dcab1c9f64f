"""Say an Exchange server's errors in the one form that the rest of Sluse understands."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from exchangelib import errors
from oauthlib.oauth2 import OAuth2Error

from connectors import reaching
from connectors.errors import AnswerLost, ConnectorError, SignInRefused

LOGGER = "exchangelib"


class Denied(errors.TransportError):
    """The server does not let us in."""


class TooLarge(errors.TransportError):
    """The request is larger than the web server takes; Exchange itself has not seen it."""


class Unavailable(errors.TransportError):
    """The web server, or one before it, answers in the place of Exchange."""

    def __init__(self, value: str, wait: float | None) -> None:
        super().__init__(value)
        self.wait = wait


NO_MAILBOX = (
    errors.ErrorNonExistentMailbox,
    errors.ErrorMissingEmailAddress,
    errors.ErrorInvalidSmtpAddress,
    errors.ErrorMailRecipientNotFound,
)
FORBIDDEN = (
    errors.ErrorAccessDenied,
    errors.ErrorImpersonateUserDenied,
    errors.ErrorImpersonationDenied,
    errors.ErrorImpersonationFailed,
    errors.ErrorSendAsDenied,
    errors.ErrorFolderNotFound,
)
GONE = (errors.ErrorItemNotFound, errors.ErrorInvalidIdMalformed, errors.ErrorInvalidId)
"""No item has this id now: it was moved, which gives it another, or deleted."""
FULL = (errors.ErrorQuotaExceeded,)
LARGE = (TooLarge, errors.ErrorMessageSizeExceeded, errors.ErrorAttachmentSizeLimitExceeded)
WITHOUT_ANSWER = (
    Unavailable,
    errors.ErrorTimeoutExpired,
    errors.ErrorInternalServerTransientError,
    errors.ErrorInternalServerError,
    errors.ErrorBatchProcessingStopped,
    errors.SOAPError,
    errors.MalformedResponseError,
    requests.RequestException,
)
"""What leaves open whether the server has done what it was asked to do."""
PASSING = (
    errors.ErrorServerBusy,
    errors.ErrorExceededConnectionCount,
    errors.ErrorTooManyObjectsOpened,
    errors.ErrorMailboxMoveInProgress,
    errors.ErrorMailboxStoreUnavailable,
    errors.ErrorConnectionFailed,
    errors.ErrorInsufficientResources,
    errors.ErrorIrresolvableConflict,
    errors.ErrorInvalidSyncStateData,
    errors.ErrorSyncFolderNotFound,
)


@contextmanager
def faults(mailbox: str, *, effect: bool = False) -> Iterator[None]:
    """Let no other error through than ours.

    Args:
        mailbox: whose call it is, for the message.
        effect: whether the call sends a letter, so that a lost answer leaves its fate open.
    """
    try:
        yield
    except (errors.EWSError, requests.RequestException, OAuth2Error) as error:
        raise translated(mailbox, error, effect=effect) from error


def translated(mailbox: str, error: Exception, *, effect: bool) -> ConnectorError:
    """Return our error for one of the library's.

    The library calls a cut connection `ErrorServerBusy` where it has more than one; what it was before is in its context.
    """
    where = f"{mailbox}: Exchange"
    if isinstance(error, (Denied, errors.UnauthorizedError, OAuth2Error)):
        # Whoever changes a password, or grants a right, need not touch each letter that waited for it.
        reason = f"{where} does not let us in ({_name(error)}): check user, password and the way of signing in"
        return SignInRefused(reason, retryable=True)
    if isinstance(error, LARGE):
        return ConnectorError(f"{where} takes no mail of this size ({_name(error)})", retryable=False)
    if isinstance(error, FULL):
        return ConnectorError(f"{where} says that the mailbox is full: make room in it", retryable=False)
    if isinstance(error, NO_MAILBOX):
        return ConnectorError(f"there is no mailbox {mailbox} on the Exchange server", retryable=False)
    if isinstance(error, FORBIDDEN):
        reason = f"{where} does not let us do that in this mailbox ({_name(error)}): check our rights"
        return ConnectorError(reason, retryable=False)
    return _unanswered(where, error, effect=effect)


def _unanswered(where: str, error: Exception, *, effect: bool) -> ConnectorError:
    """Return our error for one that says little of what became of the call."""
    if not effect and (found := reaching.failure(where, error)):
        return found
    wait = getattr(error, "wait", None)
    if any(isinstance(each, WITHOUT_ANSWER) for each in _chain(error)):
        reason = f"{where} gave no answer ({_name(error)})"
        return AnswerLost(reason, wait=wait) if effect else ConnectorError(reason, retryable=True, wait=wait)
    if isinstance(error, errors.ErrorServerBusy):
        return ConnectorError(f"{where} is busy and asks us to wait", retryable=True, wait=error.back_off)
    if isinstance(error, PASSING) or not isinstance(error, errors.ResponseMessageError):
        return ConnectorError(f"{where} fails for the moment ({_name(error)})", retryable=True)
    return ConnectorError(f"{where} refuses ({_name(error)})", retryable=not effect)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _name(error: Exception) -> str:
    """Return what an error is called, or the status it stands for; its text may hold part of a mail."""
    return str(error) if isinstance(error, (Denied, TooLarge, Unavailable)) else type(error).__name__


def quiet() -> None:
    """Silence the library's log: at each level it may hold mails, and at one of them passwords."""
    logging.getLogger(LOGGER).setLevel(logging.CRITICAL + 1)
