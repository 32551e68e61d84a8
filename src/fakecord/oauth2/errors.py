"""How OAuth2 says no: by RFC 6749, not with Discord's codes.

https://www.rfc-editor.org/rfc/rfc6749#section-5.2
"""

from __future__ import annotations

from urllib.parse import urlencode

from fakecord.entities import Json
from fakecord.errors import ErrorKind, Refusal


class OAuthError(Refusal):
    """The token endpoint's: 401 for a client nobody knows, else 400."""

    def __init__(self, error: str, description: str) -> None:
        status = 401 if error == "invalid_client" else 400
        self.error = error
        super().__init__(ErrorKind(0, status, description, "topics/oauth2"))

    def body(self) -> Json:
        return {"error": self.error, "error_description": self.kind.message}


class PageError(Exception):
    """Said to the person on a page: who asks is unknown, so nobody is sent anywhere."""


class Redirect(Exception):
    """The person is sent back with an error."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


def with_query(uri: str, **given: str | None) -> str:
    """What is None is left out."""
    query = urlencode({key: value for key, value in given.items() if value is not None})
    return f"{uri}{'&' if '?' in uri else '?'}{query}"
