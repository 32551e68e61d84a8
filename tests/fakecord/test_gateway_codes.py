"""Why the gateway hangs up: each documented code, provoked on the wire."""

from __future__ import annotations

import pytest

from fakecord import Rate
from fakecord.gateway.close_codes import WORDS
from fakecord.intents import Intent

GUILDS = int(Intent.GUILDS)


async def unknown_opcode(fake, connect):
    socket = await connect()
    await socket.identify(fake.token, GUILDS)
    await socket.send(99, {})
    return socket


async def broken_json(fake, connect):
    socket = await connect()
    await socket.send_text("{")
    return socket


async def no_opcode(fake, connect):
    socket = await connect()
    await socket.send_text('{"d": null}')
    return socket


async def a_list_to_identify(fake, connect):
    return await sent(connect, 2, [])


async def a_field_nobody_knows(fake, connect):
    socket = await connect()
    await socket.identify(fake.token, GUILDS)
    await socket.send(3, {"status": "online", "afk": False, "since": None, "mood": "fine"})
    return socket


async def voice_before_identify(fake, connect):
    return await sent(connect, 4, {})


async def a_wrong_token(fake, connect):
    return await sent(connect, 2, identify("MTIz.Fakeco.x"))


async def a_wrong_token_to_resume(fake, connect):
    return await sent(connect, 6, {"token": "x", "session_id": "x", "seq": 0})


async def identify_twice(fake, connect):
    socket = await connect()
    await socket.identify(fake.token, GUILDS)
    await socket.send(2, identify(fake.token))
    return socket


async def resume_once_identified(fake, connect):
    socket = await connect()
    ready = await socket.identify(fake.token, GUILDS)
    await socket.send(6, {"token": fake.token, "session_id": ready["session_id"], "seq": 1})
    return socket


async def a_sequence_from_the_future(fake, connect):
    first = await connect()
    ready = await first.identify(fake.token, GUILDS)
    await first.close()
    return await sent(
        connect, 6, {"token": fake.token, "session_id": ready["session_id"], "seq": 99}
    )


async def too_many_sends(fake, connect):
    fake.clock.freeze()
    fake.limits.sends = Rate(3, 60.0)
    socket = await connect()
    for _ in range(4):
        await socket.send(1)
    return socket


async def two_intervals_of_silence(fake, connect):
    fake.clock.freeze()
    fake.gateway.expects_heartbeats = True
    socket = await connect()
    await socket.identify(fake.token, GUILDS)
    fake.clock.advance(2 * fake.gateway.heartbeat_interval)
    return socket


async def a_shard_beyond_the_last(fake, connect):
    return await sent(connect, 2, identify(fake.token, shard=[2, 2]))


async def too_many_guilds_for_a_shard(fake, connect):
    fake.gateway.most_guilds = 1
    fake.guild("one more")
    return await sent(connect, 2, identify(fake.token))


async def an_old_version(fake, connect):
    return await connect(v="7", greeted=False)


async def an_unknown_intent(fake, connect):
    return await sent(connect, 2, identify(fake.token, intents=1 << 40))


async def no_intents(fake, connect):
    return await sent(connect, 2, identify(fake.token, intents=None))


async def an_intent_that_was_not_granted(fake, connect):
    fake.allow_intents(GUILDS)
    return await sent(connect, 2, identify(fake.token, intents=int(Intent.GUILD_MEMBERS)))


PROVOKED = {
    unknown_opcode: 4001,
    broken_json: 4002,
    no_opcode: 4002,
    a_list_to_identify: 4002,
    a_field_nobody_knows: 4002,
    voice_before_identify: 4003,
    a_wrong_token: 4004,
    a_wrong_token_to_resume: 4004,
    identify_twice: 4005,
    resume_once_identified: 4005,
    a_sequence_from_the_future: 4007,
    too_many_sends: 4008,
    two_intervals_of_silence: 4009,
    a_shard_beyond_the_last: 4010,
    too_many_guilds_for_a_shard: 4011,
    an_old_version: 4012,
    an_unknown_intent: 4013,
    no_intents: 4013,
    an_intent_that_was_not_granted: 4014,
}


async def sent(connect, op, data):
    socket = await connect()
    await socket.send(op, data)
    return socket


def identify(token, **more):
    return {"token": token, "properties": {}, "intents": GUILDS, **more}


@pytest.mark.parametrize(
    ("provoke", "code"), PROVOKED.items(), ids=[each.__name__ for each in PROVOKED]
)
async def test_a_mistake_is_closed_with_its_code(fake, guild, connect, provoke, code):
    socket = await provoke(fake, connect)

    assert await socket.closed() == code


def test_every_code_we_know_is_provoked():
    assert set(PROVOKED.values()) == set(WORDS)


async def test_just_as_many_sends_as_allowed_are_heard_and_more_a_minute_later(fake, connect):
    fake.clock.freeze()
    fake.limits.sends = Rate(3, 60.0)
    socket = await connect()
    for _ in range(3):
        await socket.send(1)
        await socket.next(11)
    fake.clock.advance(60)
    await socket.send(1)

    assert (await socket.next(11))["op"] == 11


async def test_who_beats_in_time_is_not_timed_out(fake, connect):
    fake.clock.freeze()
    fake.gateway.expects_heartbeats = True
    socket = await connect()
    await socket.identify(fake.token, GUILDS)
    for _ in range(3):
        fake.clock.advance(1.5 * fake.gateway.heartbeat_interval)
        await socket.send(1)
        await socket.next(11)

    assert fake.gateway.connected


@pytest.mark.parametrize(("code", "op"), [(4000, 0), (4008, 0), (4007, 9), (4009, 9)])
async def test_after_some_codes_a_session_goes_on_and_after_others_it_is_over(
    fake, guild, connect, code, op
):
    first = await connect()
    ready = await first.identify(fake.token, GUILDS)
    await first.settle()
    await fake.gateway.drop(code)
    second = await sent(
        connect, 6, {"token": fake.token, "session_id": ready["session_id"], "seq": 2}
    )
    answer = await second.receive()

    assert answer is not None
    assert answer["op"] == op


async def test_etf_is_refused_at_the_door(fake, http):
    async with http.get(fake.gateway_url.replace("ws", "http") + "/gateway?encoding=etf") as answer:
        assert answer.status == 400
