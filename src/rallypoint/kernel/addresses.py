"""Web addresses that events are sent to: one way to read them, and which of them the house lets others name.

What was read is what is sent: the connection is made to the `host` and `port` found here, and the request says `target`
as it is. Nothing else in the program takes such an address apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from .errors import Refused
from .networks import AnyAddress, canonical, is_public

LONGEST = 8192
DEFAULT_PORTS = {"https": 443, "http": 80}
USUAL_PORTS = frozenset({443, 80, 8443})

Place = tuple[AnyAddress, int]

SHAPE = re.compile(r"(?i:(https?)://)([^/?]*)((?:/[^?]*)?)((?:\?.*)?)", re.DOTALL)
OTHER_SCHEME = re.compile(r"(?!(?i:https?):)[A-Za-z][A-Za-z0-9+.-]*:")
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([1-9][0-9]{0,4}))?")
UNFIT = re.compile(r"[^!$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]")
"""What no address may have in it unencoded; `#` among them, since a fragment is never sent."""
HALF_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
NOBODY_ELSES = ("localhost", "localdomain", "local", "internal", "home.arpa")
"""Names that lead to this machine, this network or this cloud, whatever they are said to resolve to."""


@dataclass(frozen=True)
class Address:
    scheme: str
    host: str
    """A name in lower case, or an address of the internet, without brackets."""
    port: int
    target: str
    """Path and query, as they are sent."""

    @cached_property
    def literal(self) -> AnyAddress | None:
        """The host, if it is no name."""
        return canonical(self.host)

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """For the `Host` header: the port only if it is not the scheme's."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return self.origin + self.target


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the house lets its guests send to. The operator's own destinations know no bounds."""

    plain_http: bool = False
    ports: frozenset[int] = USUAL_PORTS
    allowed: frozenset[Place] = frozenset()
    """Although they are not public."""
    own_hosts: frozenset[str] = frozenset()

    def check(self, address: Address) -> None:
        """Raise Refused for what can be told without looking the name up."""
        literal = address.literal
        if literal is not None and (literal, address.port) in self.allowed:
            return
        if address.scheme != "https" and not self.plain_http:
            raise Refused("url_not_https")
        if address.port not in self.ports | {port for _, port in self.allowed}:
            raise Refused("url_port", port=address.port, ports=sorted(self.ports))
        if literal is not None:
            self.check_place(literal, address.port)
        elif _is_ours(address.host, self.own_hosts):
            raise Refused("url_not_public", host=address.host)

    def check_place(self, place: AnyAddress, port: int) -> None:
        """Raise Refused unless a connection may be made there."""
        if (place, port) in self.allowed:
            return
        if port not in self.ports:
            raise Refused("url_port", port=port, ports=sorted(self.ports))
        if not is_public(place):
            raise Refused("url_not_public", host=str(place))


@lru_cache(maxsize=1024)
def parse(url: str) -> Address:
    """Raise Refused unless *url* can be read in one way only."""
    if len(url) > LONGEST:
        raise Refused("url_too_long", most=LONGEST)
    if not url.isascii():
        raise Refused("url_not_ascii")
    if unfit := UNFIT.search(url):
        raise Refused("url_character", character=unfit.group())
    whole = SHAPE.fullmatch(url)
    if whole is None:
        raise Refused("url_scheme" if OTHER_SCHEME.match(url) else "url_unreadable")
    scheme, authority, path, query = whole.groups()
    if HALF_ESCAPE.search(path + query):
        raise Refused("url_escape")
    if "[" in path + query or "]" in path + query:
        raise Refused("url_character", character="[")
    host, port = _host_and_port(authority)
    scheme = scheme.lower()
    return Address(scheme, host, port or DEFAULT_PORTS[scheme], (path or "/") + query)


def _host_and_port(authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise Refused("url_userinfo")
    parts = AUTHORITY.fullmatch(authority)
    if parts is None:
        raise Refused("url_host")
    host, port = parts.group(1).lower(), int(parts.group(2) or 0)
    if port > 65_535:
        raise Refused("url_host")
    return _host(host), port or None


def _host(host: str) -> str:
    if host.startswith("["):
        inner = host[1:-1]
        if canonical(inner) is None:
            raise Refused("url_host_number", host=inner)
        return inner
    labels = host.split(".")
    if NUMBER.fullmatch(labels[-1]) or (labels[-1] == "" and NUMBER.fullmatch(labels[-2])):
        # 2130706433, 0177.1, 0x7f.1, 127.1: libraries differ in what they take these for.
        if canonical(host) is None:
            raise Refused("url_host_number", host=host)
        return host
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise Refused("url_host")
    return host


def _is_ours(host: str, own: frozenset[str]) -> bool:
    if host in own or "." not in host:
        return True
    return any(host.endswith(f".{name}") for name in NOBODY_ELSES)
