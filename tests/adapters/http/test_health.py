from __future__ import annotations

from rallypoint.adapters.http.site import PartState


async def test_the_process_is_alive_whatever_becomes_of_its_parts(browse, known):
    known.states = [PartState("database", False, "does not answer")]

    answer = await browse().get("/healthz")

    assert (answer.status_code, answer.json()["alive"]) == (200, True)


async def test_it_is_ready_when_every_part_is(browse):
    answer = await browse().get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "parts": {"database": {"ready": True, "fact": "sqlite answers"}},
    }


async def test_it_is_not_ready_while_one_part_is_not(browse, known):
    known.states.append(PartState("gateway", False, "not connected"))

    answer = await browse().get("/readyz")

    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["parts"]["gateway"] == {"ready": False, "fact": "not connected"}
