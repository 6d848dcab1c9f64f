"""The identity provider of the house, by OpenID Connect. Where to send a browser, and who comes back."""

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.client import OAuth2Client
from joserfc.jwk import ECKey, RSAKey

from connectors.identity import token
from connectors.identity.errors import AnswerRefused, ProviderDown
from connectors.identity.one_server import PLAIN, OneServer, get_json, origin, within
from connectors.identity.token import Identity, SignOut

FRESH = 3600.0
"""Seconds for which what the provider says of itself, and its keys, are kept."""
AT_LEAVING = 3.0
"""Seconds that somebody who signs out waits for it."""
CODE_LENGTH = 4_000
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The provider's metadata, from its discovery document."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str
    secret_in_form: bool
    """It takes the client's secret as a field only, not in a header."""
    takes_wishes: bool
    """It puts into a token what is asked for by name (the claims parameter)."""
    names_itself: bool
    """Its answers tell which provider they come from (RFC 9207)."""


@dataclass(frozen=True, slots=True)
class Client:
    """The client as the provider knows us."""

    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    groups_claim: str
    redirect_uri: str


class OpenIdProvider:
    """One provider. Nothing is asked of it before somebody signs in."""

    def __init__(self, client: Client) -> None:
        self._client, self._server = client, origin(client.issuer)
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, dict[str | None, RSAKey | ECKey]] | None = None

    @property
    def issuer(self) -> str:
        return self._client.issuer

    def begin(self, *, state: str, nonce: str, verifier: str) -> str:
        """Return the address to send a browser to.

        Raises:
            ProviderDown: the provider cannot be asked where that is.
        """
        about = within(self._about())
        client = OAuth2Client(
            None,
            client_id=self._client.client_id,
            scope=self._client.scopes,
            redirect_uri=self._client.redirect_uri,
            code_challenge_method="S256",
        )
        names = (self._client.groups_claim, "preferred_username", "name", "email", "email_verified")
        wishes = {"claims": json.dumps({"id_token": dict.fromkeys(names)})} if about.takes_wishes else {}
        address, _state = client.create_authorization_url(
            about.authorization_endpoint, state=state, code_verifier=verifier, nonce=nonce, **wishes
        )
        return str(address)

    def redeem(self, code: str, *, nonce: str, verifier: str, said_issuer: str | None) -> Identity:
        """Return who signed in, for an answer's code. The sign-in began with the nonce and the verifier.

        Raises:
            AnswerRefused: the code is not taken, or the token for it is not to be believed.
            ProviderDown: the provider cannot be asked.
        """
        return within(self._redeem(code, nonce, verifier, said_issuer))

    def end(self, *, id_token: str, back: str) -> str:
        """Return the provider's address for signing out, or "".

        A browser signs out there too; "" where the provider has none.

        Raises:
            ProviderDown: the provider cannot be asked where that is.
        """
        about = self._metadata[1] if self._metadata else within(self._about(), AT_LEAVING)
        if not about.end_session_endpoint:
            return ""
        sent = {"client_id": self._client.client_id, "post_logout_redirect_uri": back}
        if id_token:
            sent["id_token_hint"] = id_token
        mark = "&" if "?" in about.end_session_endpoint else "?"
        return f"{about.end_session_endpoint}{mark}{urlencode(sent)}"

    def signed_out(self, logout_token: str) -> SignOut:
        """Return who the provider says has signed out there.

        Raises:
            AnswerRefused: the token is not to be believed.
            ProviderDown: the provider cannot be asked for its keys.
        """
        return within(self._signed_out(logout_token), AT_LEAVING)

    async def _signed_out(self, logout_token: str) -> SignOut:
        kid = token.key_id(logout_token)
        key = await self._key(await self._about(), kid)
        return token.read_sign_out(logout_token, key, issuer=self.issuer, client_id=self._client.client_id)

    async def _redeem(self, code: str, nonce: str, verifier: str, said_issuer: str | None) -> Identity:
        about = await self._about()
        if said_issuer not in ((self.issuer,) if about.names_itself else (None, self.issuer)):
            raise AnswerRefused("issuer")
        if not 0 < len(code) <= CODE_LENGTH or not (code.isascii() and code.isprintable()):
            raise AnswerRefused("no_code")
        answer = await self._exchange(about, code, verifier)
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str):
            raise AnswerRefused("no_token")
        return token.read(
            id_token,
            await self._key(about, token.key_id(id_token)),
            issuer=self.issuer,
            client_id=self._client.client_id,
            nonce=nonce,
            groups_claim=self._client.groups_claim,
            access_token=access_token if isinstance(access_token, str) else None,
        )

    async def _exchange(self, about: Metadata, code: str, verifier: str) -> dict[str, Any]:
        """Give the code, and what proves that the sign-in began here, for a token."""
        client = AsyncOAuth2Client(
            self._client.client_id,
            self._client.client_secret,
            token_endpoint_auth_method="client_secret_post" if about.secret_in_form else "client_secret_basic",
            transport=OneServer(self._server),
            trust_env=False,
            headers=PLAIN,
            timeout=None,
        )
        client.register_compliance_hook("access_token_response", _answered)
        try:
            async with client:
                answer = await client.fetch_token(
                    about.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    redirect_uri=self._client.redirect_uri,
                )
        except OAuthError as error:
            raise AnswerRefused("code_refused") from error
        return dict(answer)

    async def _key(self, about: Metadata, kid: str | None) -> RSAKey | ECKey:
        """Return the key of an id. Asked for anew, once, where it is not known: keys change."""
        keys = _fresh(self._keys)
        if keys is None or (found := _chosen(keys, kid)) is None:
            listed = (await get_json(about.jwks_uri)).get("keys")
            keys = token.usable_keys(listed if isinstance(listed, list) else ())
            self._keys = (time.monotonic(), keys)
            found = _chosen(keys, kid)
        if found is None:
            raise AnswerRefused("unknown_key")
        return found

    async def _about(self) -> Metadata:
        """Return the provider's metadata, if consistent.

        The provider must be the one we know, and agree with itself.
        """
        known: Metadata | None = _fresh(self._metadata)
        if known is not None:
            return known
        said = await get_json(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != self.issuer:
            raise ProviderDown("provider_other")
        ends = said.get("end_session_endpoint") or ""
        for address in (*(said.get(name) for name in ENDPOINTS), *([ends] if ends else [])):
            if not isinstance(address, str) or origin(address) != self._server:
                raise ProviderDown("provider_elsewhere")
        ways = said.get("token_endpoint_auth_methods_supported")
        about = Metadata(
            **{name: said[name] for name in ENDPOINTS},
            end_session_endpoint=ends,
            secret_in_form=isinstance(ways, list) and "client_secret_basic" not in ways,
            takes_wishes=said.get("claims_parameter_supported") is True,
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        )
        self._metadata = (time.monotonic(), about)
        return about


def _answered(response: httpx2.Response) -> httpx2.Response:
    """Return an answer with a token or a refusal.

    The refusal is in the words of the standard; nothing else is taken.
    """
    if response.status_code not in (200, 400, 401):
        raise ProviderDown("provider_broken")
    return response


def _fresh(kept: tuple[float, Any] | None) -> Any:
    return kept[1] if kept is not None and time.monotonic() - kept[0] < FRESH else None


def _chosen(keys: dict[str | None, RSAKey | ECKey], kid: str | None) -> RSAKey | ECKey | None:
    """The key of an id; without one, the only key there is."""
    if kid is None:
        return next(iter(keys.values())) if len(keys) == 1 else None
    return keys.get(kid)
