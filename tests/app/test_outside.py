"""The ways to the outside are as the settings have them, and are closed with the program."""

from __future__ import annotations

import os
import resource
from ipaddress import ip_address

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from rallypoint.app.outside import MOST_FILES, carrier_of, inboxes, more_files
from rallypoint.kernel import settings
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.outlets import AmqpPublish, HttpRequest, RedisPush, Verdict
from rallypoint.kernel.settings import FixedSettings, SettingsInvalid


@pytest.mark.parametrize("parcel", [RedisPush("a", b"b"), AmqpPublish("a.b", b"c", "d")])
async def test_where_the_house_has_none_it_may_get_one(clock, parcel):
    async with carrier_of(FixedSettings(), clock) as carrier:
        receipt = await carrier.carry(parcel)

    assert (receipt.verdict, receipt.reason) == (Verdict.LATER, "not_set_up")
    assert inboxes(FixedSettings()) == []


@pytest.mark.redis
async def test_the_redis_of_the_settings_is_the_one_that_gets_it(clock, tmp_path):
    url = os.environ["RALLYPOINT_TEST_REDIS"]
    key = str(tmp_path)
    async with carrier_of(FixedSettings(redis_url=SecretStr(url)), clock) as carrier:
        await carrier.carry(RedisPush(key, b"x"))
    async with Redis.from_url(url) as client:
        assert await client.lrange(key, 0, -1) == [b"x"]


@pytest.mark.parametrize(
    ("url", "given", "reason"),
    [
        ("http://example.com/", {}, "url_not_https"),
        ("https://example.com:5678/", {}, "url_port"),
        ("https://192.168.1.5:5678/", {}, "url_port"),
        ("https://play.example.com/", {"public_url": "https://Play.example.com"}, "url_not_public"),
        ("https://[fd00::5]:5678/", {"http_ports": frozenset({5678})}, "url_not_public"),
    ],
)
async def test_guests_are_bound_by_the_settings(clock, url, given, reason):
    async with carrier_of(FixedSettings(**given), clock) as carrier:
        receipt = await carrier.carry(HttpRequest("GET", url, tenant=GuildId(1)))

    assert (receipt.verdict, receipt.reason) == (Verdict.NEVER, reason)


def test_the_keys_are_read(monkeypatch):
    monkeypatch.setenv("RALLYPOINT_HTTP_ALLOWED", "192.168.1.5:5678, [fd00::5]:80")
    monkeypatch.setenv("RALLYPOINT_HTTP_PORTS", "8080,9000")
    monkeypatch.setenv("RALLYPOINT_HTTP_PLAIN", "yes")
    monkeypatch.setenv("RALLYPOINT_AMQP_URL", "amqps://me:secret@bus/")
    loaded = settings.load(env_file=None)

    assert loaded.bounds.allowed == {
        (ip_address("192.168.1.5"), 5678),
        (ip_address("fd00::5"), 80),
    }
    assert loaded.bounds.ports == {443, 80, 8443, 8080, 9000}
    assert loaded.bounds.plain_http
    assert "secret" in loaded.secrets


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("HTTP_ALLOWED", "192.168.1.5"),
        ("HTTP_ALLOWED", "192.168.1.5:0"),
        ("HTTP_ALLOWED", "n8n:5678"),
        ("HTTP_ALLOWED", "127.1:80"),
        ("HTTP_PORTS", "0"),
        ("HTTP_PORTS", "a"),
        ("REDIS_URL", "http://redis"),
        ("AMQP_URL", "redis://bus"),
        ("AMQP_URL", "amqp://a b"),
    ],
)
def test_a_key_that_says_nothing_is_named(monkeypatch, key, value):
    monkeypatch.setenv(f"RALLYPOINT_{key}", value)

    with pytest.raises(SettingsInvalid, match=f"RALLYPOINT_{key}"):
        settings.load(env_file=None)


def test_the_program_asks_for_as_many_files_as_it_may_have():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        more_files()
        now, still = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert now == min(hard, MOST_FILES)
    assert still == hard
