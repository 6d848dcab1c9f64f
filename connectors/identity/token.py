"""Read an ID token: its signer, audience and subject."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, ClaimError, JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jwt import JWTClaimsRegistry

from connectors.identity.errors import AnswerRefused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signed with a key that the provider alone has. With HS256 whoever verifies could sign; "none" is no signature."""
KEYS_IN_TOKEN = {"jwk", "jku", "x5u", "x5c"}
"""A token that brings its own key vouches for itself."""
SIGN_IN_NAME = re.compile(r"[^@\s]+@[^@\s]+")
"""Wider than a mail address (`town\\anna@adfs.example.org`): nothing is ever sent to it."""
LEEWAY = 60
"""Seconds by which the provider's clock may be wrong."""
LONGEST = 255
"""Characters of a subject, by the standard, and of a group."""
RSA_BITS, MOST_KEYS, MOST_GROUPS = 2048, 100, 2_000
SIGNED_OUT = "http://schemas.openid.net/event/backchannel-logout"
FRESH = 300
"""Seconds for which word of a sign-out is taken: later it might end what was begun since."""
CLAIMS = {
    "iss": "issuer",
    "aud": "audience",
    "azp": "audience",
    "exp": "expired",
    "iat": "not_yet",
    "nbf": "not_yet",
    "nonce": "nonce",
    "sub": "subject",
}
"""What is wrong when a claim is, by its name in the log."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, as the provider knows them. Issuer and subject say who it is; all else may change, or be somebody else's."""

    issuer: str
    subject: str
    name: str
    address: str
    """What people know them by; "" where the provider names none that it vouches for."""
    groups: tuple[str, ...]
    id_token: str
    session: str = ""
    """The provider's own name of the sign-in (sid); "" where it gives none."""


def usable_keys(found: Iterable[Any]) -> dict[str | None, RSAKey | ECKey]:
    """Return the keys that may have signed a token. By their id; all others are left out."""
    usable: dict[str | None, RSAKey | ECKey] = {}
    for each in list(found)[:MOST_KEYS]:
        if isinstance(each, dict) and each.get("use", "sig") == "sig" and (key := _key(each)) is not None:
            usable[key.kid] = key
    return usable


def _key(found: dict[str, Any]) -> RSAKey | ECKey | None:
    """A public key of a kind that signs, long enough; None for any other."""
    try:
        if found.get("kty") == "EC":
            return ECKey.import_key(found)
        if found.get("kty") == "RSA" and (key := RSAKey.import_key(found)).raw_value.key_size >= RSA_BITS:
            return key
    except (JoseError, ValueError, TypeError, Warning):
        return None
    return None


def key_id(id_token: str) -> str | None:
    """Return the id of a token's signing key. The token says it itself.

    Raises:
        AnswerRefused: it is no signed token, is signed in a way that proves nothing, or brings its own key.
    """
    try:
        header = jws.extract_compact(id_token.encode("ascii")).headers()
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise AnswerRefused("malformed") from error
    if KEYS_IN_TOKEN & set(header):
        raise AnswerRefused("key_in_token")
    if header.get("alg") not in ALGORITHMS:
        raise AnswerRefused("algorithm")
    return header.get("kid")


def read(
    id_token: str,
    key: RSAKey | ECKey,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str | None,
    groups_claim: str,
) -> Identity:
    """Return whom a token tells of.

    Raises:
        AnswerRefused: the token is not signed by the key, not from this issuer, not for us, not for this sign-in, not of now,
            or does not say who it is and what groups they are in.
    """
    claims = _verified(id_token, key)
    options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
    params = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
    token = CodeIDToken(claims.claims, claims.header, options, params)
    try:
        token.validate(leeway=LEEWAY)
    except ClaimError as error:
        raise AnswerRefused(CLAIMS.get(str(error.claim), "claims")) from error
    except (JoseError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise AnswerRefused("claims") from error
    return Identity(
        issuer=issuer,
        subject=_subject(token["sub"]),
        name=_line(token.get("name"), 200),
        address=_address(token, issuer),
        groups=_groups(token, groups_claim),
        id_token=id_token,
        session=_line(token.get("sid"), LONGEST),
    )


@dataclass(frozen=True, slots=True)
class SignOut:
    """The sign-out of a person at the provider. Named by `subject`, by one sign-in (`session`), or by both."""

    subject: str
    session: str
    number: str
    """The message's own (jti): each counts once."""


def read_sign_out(logout_token: str, key: RSAKey | ECKey, *, issuer: str, client_id: str) -> SignOut:
    """Return who has signed out at the provider. The provider says so (OpenID Connect Back-Channel Logout).

    Raises:
        AnswerRefused: the token is not signed by the key, not from this issuer, not for us, not of now, or no such token.
    """
    claims = _verified(logout_token, key).claims
    known = JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
        jti={"essential": True},
    )
    try:
        known.validate(claims)
    except ClaimError as error:
        raise AnswerRefused(CLAIMS.get(str(error.claim), "claims")) from error
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(SIGNED_OUT), dict) or "nonce" in claims:
        raise AnswerRefused("claims")
    found = SignOut(*(_line(claims.get(name), LONGEST) for name in ("sub", "sid", "jti")))
    if claims["iat"] < time.time() - FRESH or not found.number or not (found.subject or found.session):
        raise AnswerRefused("claims")
    return found


def _verified(id_token: str, key: RSAKey | ECKey) -> jwt.Token:
    try:
        return jwt.decode(id_token, KeySet([key]) if key.kid is None else key, algorithms=list(ALGORITHMS))
    except BadSignatureError as error:
        raise AnswerRefused("signature") from error
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise AnswerRefused("malformed") from error


def _subject(found: object) -> str:
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST or not found.isprintable() or found != found.strip():
        raise AnswerRefused("subject")
    return found


def _address(token: CodeIDToken, issuer: str) -> str:
    """Return the sign-in name or verified mail address. Any other address may be typed by its owner.

    A name without a host gets the provider's: it is unique there, and nobody else's anywhere.
    """
    name = _line(token.get("preferred_username"), 320).lower()
    if name and "@" not in name:
        name = f"{name}@{urlsplit(issuer).hostname}"
    verified = _line(token.get("email"), 320).lower() if token.get("email_verified") is True else ""
    return next((each for each in (name, verified) if len(each) <= 320 and SIGN_IN_NAME.fullmatch(each)), "")


def _line(found: object, most: int) -> str:
    """A text of one line, or "" for anything else."""
    text = found.strip() if isinstance(found, str) else ""
    return text if len(text) <= most and text.isprintable() else ""


def _groups(token: CodeIDToken, name: str) -> tuple[str, ...]:
    found = token.get(name)
    if found is None:
        elsewhere = token.get("_claim_names")
        too_many = token.get("hasgroups") not in (None, False, "false")
        if too_many or (isinstance(elsewhere, dict) and name in elsewhere):
            raise AnswerRefused("groups_elsewhere")
        raise AnswerRefused("no_groups")
    listed = found if isinstance(found, list) else [found]
    return tuple(each for each in listed[:MOST_GROUPS] if isinstance(each, str) and 0 < len(each) <= LONGEST)
