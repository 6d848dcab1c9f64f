"""Read secrets that lie in files of their own."""

from pathlib import Path


class SecretFileError(Exception):
    """The error of a secret's file. `code` is for pages, the message says what to write."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read(variable: str, file: Path) -> str:
    """Read the secret of a variable from its file.

    Raises:
        SecretFileError: it cannot be read, or is empty.
    """
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        message = f"{variable}_FILE: {file} cannot be read: {type(error).__name__}"
        raise SecretFileError("secret_unreadable", message) from error
    if not secret:
        raise SecretFileError("secret_empty", f"{variable}_FILE: {file} is empty. Write the secret into it.")
    return secret
