"""Keys of the dashboard and of REST."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode

from .types import Accepts, AnyNetwork, BaseUrl, parts

SHORTEST_KEY = 32


def _keys(value: object) -> object:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if isinstance(text, str) and any(len(each) < SHORTEST_KEY for each in text.split(",")):
        raise ValueError
    return value


class WebSettings(BaseSettings):
    client_secret: Annotated[
        SecretStr | None,
        Accepts("the secret from Discord's developer portal > your application > OAuth2"),
        Field(description="The application's secret: with it people log in to the dashboard."),
    ] = None
    secret_keys: Annotated[
        SecretStr | None,
        BeforeValidator(_keys),
        Accepts(f"random texts of {SHORTEST_KEY} characters or more, with commas between them"),
        Field(
            description="What Discord's tokens and destinations' addresses and secrets are kept encrypted with: the"
            " first one encrypts, all of them decrypt. Without, a key is made and kept in the data folder."
        ),
    ] = None
    public_url: Annotated[
        BaseUrl | None,
        Accepts("an http:// or https:// address"),
        Field(description="Where people reach the dashboard, if not on this machine."),
    ] = None
    trusted_proxies: Annotated[
        tuple[AnyNetwork, ...],
        NoDecode,
        BeforeValidator(parts),
        Accepts("addresses or networks with commas between them, such as 10.0.0.0/8"),
        Field(description="The proxies whose X-Forwarded-* headers are believed."),
    ] = ()
    host: Annotated[
        str,
        Accepts("an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them"),
        Field(pattern=r"^[\w.:-]+$", description="The address the dashboard listens on."),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Accepts("a port from 0 to 65535; 0 takes any free one"),
        Field(ge=0, le=65535, description="The port the dashboard listens on."),
    ] = 8080
    api_per_minute: Annotated[
        int,
        Accepts("a number from 1 to 100000"),
        Field(ge=1, le=100_000, description="How often one person's tokens may ask in a minute."),
    ] = 60
    bad_tokens_per_minute: Annotated[
        int,
        Accepts("a number from 1 to 100000"),
        Field(
            ge=1,
            le=100_000,
            description="How many tokens that are not good one address may try in a minute.",
        ),
    ] = 20
