"""Ways to fail, each with all that is secret in its words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from sqlalchemy.exc import IntegrityError, OperationalError

from rallypoint.kernel.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable

Texts = Mapping[str, str]


def _chained(texts: Texts) -> Exception:
    error = RuntimeError("outer")
    error.__cause__ = LookupError(*texts.values())
    error.add_note(" and ".join(texts.values()))
    return error


def _addresses(texts: Texts) -> str:
    of = {name: quote(text, safe="") for name, text in texts.items()}
    return (
        f"postgresql://bot:{of['database']}@db.example/x redis://:{of['redis']}@redis.example/0"
        f" amqp://bot:{of['amqp']}@mq.example:5672/ https://hc.example/{texts['ping']}"
        f" https://discord.example/api/webhooks/123456789/{texts['interaction']}?wait=true"
        f" https://discord.example/api/v10/interactions/1/{texts['interaction']}/callback"
        f" https://us.example/login/callback?{urlencode({'code': texts['code'], 'state': texts['log-in']})}"
    )


def _headers(texts: Texts) -> str:
    told = {
        "Authorization": f"Bearer {texts['REST token']}",
        "X-Other": f"Bearer {texts['access']}",
        "Cookie": f"__Host-rallypoint={texts['log-in']}; other=1",
        "webhook-secret": texts["webhook secret"],
    }
    body = {name: texts[name] for name in ("refresh", "client secret", "token", "key")}
    return f"{told!r} {json.dumps(body)} {json.dumps(json.dumps(body))} {body!r}".replace(
        "'1", "\n1"
    )


WAYS: Mapping[str, Callable[[Texts], BaseException]] = {
    "args": lambda texts: RuntimeError(*texts.values()),
    "a dict": lambda texts: KeyError(dict(texts)),
    "bytes": lambda texts: ValueError(b"\n\x00".join(each.encode() for each in texts.values())),
    "lines": lambda texts: AssertionError("\n".join(f"{k}\t{v}" for k, v in texts.items())),
    "addresses": lambda texts: ConnectionRefusedError(111, _addresses(texts)),
    "headers": lambda texts: TypeError(_headers(texts)),
    "a query": lambda texts: LookupError("/x?" + urlencode(dict(texts))),
    "the database is away": lambda texts: OperationalError(
        "SELECT 1", dict(texts), OSError(_addresses(texts))
    ),
    "the database says no": lambda texts: IntegrityError(
        f"INSERT INTO x VALUES ({', '.join(map(repr, texts.values()))})",
        dict(texts),
        ValueError(*texts.values()),
    ),
    "refused": lambda texts: Refused("query_unknown", name=_headers(texts) + _addresses(texts)),
    "refused in no words": lambda texts: Refused("never_heard_of", facts=dict(texts)),
    "not found": lambda texts: NotFound("never_heard_of", what=" ".join(texts.values())),
    "a conflict": lambda texts: Conflict("never_heard_of", what=" ".join(texts.values())),
    "unavailable": lambda texts: Unavailable(" ".join(texts.values())),
    "unknown": lambda texts: OutcomeUnknown(_addresses(texts)),
    "a chain": _chained,
    "a group": lambda texts: ExceptionGroup(
        "several", [ValueError(each) for each in texts.values()]
    ),
}
