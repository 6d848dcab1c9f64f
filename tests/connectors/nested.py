"""Nest mails in mails."""


def nested(depth: int, kind: str = "multipart/mixed") -> bytes:
    head = b"From: a@example.org\r\n"
    for n in range(depth):
        head += f'Content-Type: {kind}; boundary="b{n}"\r\n\r\n--b{n}\r\n'.encode()
    return head + b"Content-Type: text/plain\r\n\r\nbottom"
