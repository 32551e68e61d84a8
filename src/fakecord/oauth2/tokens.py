"""The token endpoint's rules: codes and refresh tokens become access tokens, and are revoked.

https://docs.discord.com/developers/topics/oauth2#authorization-code-grant
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote

from fakecord.entities import Application
from fakecord.oauth2.errors import OAuthError
from fakecord.oauth2.scopes import BY_CLIENT_CREDENTIALS, WORDS
from fakecord.oauth2_entities import AuthorizationCode, Grant
from fakecord.step import Step
from fakecord.world import World

TOKEN_LIVES = 604_800


def secret_of(application: Application) -> str:
    """The client secret: always the same, so that it survives a restart."""
    return hashlib.blake2b(f"secret:{application.id}".encode(), digest_size=16).hexdigest()


def give(step: Step, user_id: str, scopes: tuple[str, ...], *, refreshable: bool = True) -> Grant:
    grant = Grant(
        id=_token(step, "access", user_id),
        refresh_token=_token(step, "refresh", user_id) if refreshable else None,
        user_id=user_id,
        scopes=scopes,
        expires_at=step.now + TOKEN_LIVES,
    )
    step.put(grant)
    return grant


def answer(step: Step, grant: Grant) -> dict[str, str]:
    """As it stands in a redirect; the token endpoint's has `expires_in` as a number."""
    told = {
        "token_type": "Bearer",
        "access_token": grant.id,
        "expires_in": str(int(grant.expires_at - step.now)),
        "scope": " ".join(grant.scopes),
    }
    return told | ({"refresh_token": grant.refresh_token} if grant.refresh_token else {})


def credentials(authorization: str | None) -> dict[str, str]:
    """What HTTP Basic authentication says, as the fields of a form that say the same."""
    kind, _, encoded = (authorization or "").partition(" ")
    if kind != "Basic":
        return {}
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": unquote(name), "client_secret": unquote(secret)}


def check_client(world: World, form: Mapping[str, str]) -> None:
    """A public client, one that cannot keep a secret, names itself only."""
    application = world.application
    if form.get("client_id") != application.id:
        raise OAuthError("invalid_client", "Unknown client.")
    given = form.get("client_secret")
    if given is None and application.public_client:
        return
    if not hmac.compare_digest((given or "").encode(), secret_of(application).encode()):
        raise OAuthError("invalid_client", "Wrong client secret.")


def exchange(step: Step, form: Mapping[str, str]) -> tuple[Grant, AuthorizationCode]:
    """A code for a grant, once."""
    code = step.world.codes.get(form.get("code", ""))
    if code is None or code.expires_at <= step.now:
        raise OAuthError("invalid_grant", 'Invalid "code" in request.')
    if form.get("redirect_uri", code.redirect_uri) != code.redirect_uri or (
        code.redirect_uri_given and "redirect_uri" not in form
    ):
        raise OAuthError("invalid_grant", 'Invalid "redirect_uri" in request.')
    _check_verifier(step.world.application, code, form)
    step.remove(code)
    return give(step, code.user_id, code.scopes), code


def _check_verifier(
    application: Application, code: AuthorizationCode, form: Mapping[str, str]
) -> None:
    """A verifier without a challenge is refused: somebody has taken the challenge out on the way.

    https://www.rfc-editor.org/rfc/rfc9700#section-4.8.2
    """
    verifier = form.get("code_verifier")
    shown = None if verifier is None else challenge_of(verifier)
    needs_one = application.public_client and "client_secret" not in form
    if shown != code.challenge or (needs_one and shown is None):
        raise OAuthError("invalid_grant", 'Invalid "code_verifier" in request.')


def challenge_of(verifier: str) -> str:
    """https://www.rfc-editor.org/rfc/rfc7636#section-4.2"""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def refresh(step: Step, form: Mapping[str, str]) -> Grant:
    """A fresh pair; the refresh token is spent by that, which Discord does and does not document."""
    wanted = form.get("refresh_token")
    before = next(
        (each for each in step.world.grants.values() if wanted and each.refresh_token == wanted),
        None,
    )
    if before is None:
        raise OAuthError("invalid_grant", 'Invalid "refresh_token" in request.')
    scopes = tuple(form.get("scope", "").split()) or before.scopes
    if not set(scopes) <= set(before.scopes):
        raise OAuthError("invalid_scope", "More than what was granted.")
    step.put(replace(before, refresh_token=None))
    return give(step, before.user_id, scopes)


def by_client_credentials(step: Step, form: Mapping[str, str]) -> Grant:
    """For the application's owner; a bearer token to try things with."""
    scopes = tuple(form.get("scope", "").split())
    if not scopes or not set(scopes) <= WORDS.keys() | BY_CLIENT_CREDENTIALS.keys():
        words = "The requested scope is invalid, unknown, or malformed."
        raise OAuthError("invalid_scope", words)
    return give(step, owner_id(step.world), scopes, refreshable=False)


def owner_id(world: World) -> str:
    return next((each.id for each in world.users.values() if not each.bot), world.application.id)


def revoke(step: Step, token: str) -> None:
    """With one token go all of that authorization: this person's, whichever was shown."""
    for grant in step.world.grants.values():
        if token in (grant.id, grant.refresh_token):
            for each in step.world.grants.values():
                if each.user_id == grant.user_id:
                    step.remove(each)
            return


def grant_of(world: World, access_token: str, now: float) -> Grant | None:
    """None for a token nobody gave out, or one that has expired."""
    grant = world.grants.get(access_token)
    return grant if grant is not None and grant.expires_at > now else None


def _token(step: Step, kind: str, user_id: str) -> str:
    seed = f"{kind}:{user_id}:{step.new_id()}"
    return hashlib.blake2b(seed.encode(), digest_size=15).hexdigest()
