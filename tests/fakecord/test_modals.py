"""Modals as discord.py 2.7 sends them, with labels and every kind of field, and what people fill in."""

from __future__ import annotations

from typing import Any

import aiohttp
import discord
import pytest

from fakecord import File, PeopleError

TINY = {"type": 4, "custom_id": "why", "style": 1}


class Report(discord.ui.Modal, title="Report"):
    intro: Any = discord.ui.TextDisplay("Tell us.")
    why: Any = discord.ui.Label(text="Why", component=discord.ui.TextInput(custom_id="why"))
    proof: Any = discord.ui.Label(
        text="Proof", component=discord.ui.FileUpload(custom_id="proof", max_values=2)
    )
    how: Any = discord.ui.Label(
        text="How",
        component=discord.ui.RadioGroup(
            options=[discord.RadioGroupOption(label="By hand"), discord.RadioGroupOption(label="By bot")],
        ),
    )  # fmt: skip
    extras: Any = discord.ui.Label(
        text="Extras",
        component=discord.ui.CheckboxGroup(
            options=[
                discord.CheckboxGroupOption(label="Loud", default=True),
                discord.CheckboxGroupOption(label="Fast"),
            ],
            max_values=2,
        ),
    )

    async def on_submit(self, interaction):
        files = [(each.filename, await each.read()) for each in self.proof.component.values]
        told = self.why.component.value, files, self.how.component.value
        await interaction.response.send_message(repr((*told, self.extras.component.values)))


def with_report(bot):
    @bot.tree.command(description="x")
    async def report(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Report())

    @bot.tree.command(description="x")
    async def keep(interaction: discord.Interaction, file: discord.Attachment) -> None:
        await interaction.response.send_message(f"{file.filename} {await file.read()!r}")

    async def setup_hook() -> None:
        await bot.tree.sync()

    bot.setup_hook = setup_hook


async def test_files_boxes_and_words_arrive_and_can_be_read(alice, bot):
    await bot(with_report)
    shown = await alice.runs("/report")
    files = [File("a b.png", b"\x89PNG"), File("b.txt", b"two")]
    done = await alice.submits(shown, Why="because", Proof=files, How="By bot")
    reply = await done.answered()

    assert reply.content == repr(
        ("because", [("a b.png", b"\x89PNG"), ("b.txt", b"two")], "By bot", ["Loud"])
    )


async def test_a_command_takes_a_file(alice, door, bot):
    await bot(with_report)
    done = await alice.runs("/keep", file=File("x.txt", b"by hand"))
    by_hand = (await done.answered()).content
    file = {"name": "y.bin", "base64": "AAE="}
    by_door = await door(
        "POST", "/members/alice/run", {"command": "/keep", "options": {"file": file}}
    )

    assert by_hand == "x.txt b'by hand'"
    assert by_door.body["reply"]["content"] == "y.bin b'\\x00\\x01'"


async def test_a_checkbox_is_off_unless_it_is_ticked(alice, bot):
    class Agree(discord.ui.Modal, title="Agree"):
        box: Any = discord.ui.Label(text="I agree", component=discord.ui.Checkbox())

        async def on_submit(self, interaction):
            await interaction.response.send_message(str(self.box.component.value))

    def arrange(client):
        @client.tree.command(description="x")
        async def agree(interaction: discord.Interaction) -> None:
            await interaction.response.send_modal(Agree())

        client.setup_hook = client.tree.sync

    await bot(arrange)
    said = []
    for given in ({}, {"I agree": True}):
        done = await alice.submits(await alice.runs("/agree"), given)
        said.append((await done.answered()).content)

    assert said == ["False", "True"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Why": "x", "How": "By bot"}, '"Proof" takes 1 to 2, not 0'),
        ({"Why": "x", "How": "By bot", "Proof": [File("a")] * 3}, '"Proof" takes 1 to 2, not 3'),
        ({"Why": "x", "How": "By bot", "Proof": "a.txt"}, "is no file"),
        ({"Why": "x", "How": "By bot", "Proof": {"name": "a", "base64": "?"}}, "no base64"),
        ({"Why": "x", "How": "By bot", "Proof": File("a", bytes(10_485_761))}, "are allowed"),
        ({"Why": "x", "Proof": File("a")}, '"How" takes 1 to 1, not 0'),
        ({"Why": "x", "Proof": File("a"), "How": "By magic"}, "is not offered"),
        ({"Why": "x", "Proof": File("a"), "How": "By bot", "Extras": []}, '"Extras" takes'),
        ({"Proof": File("a"), "How": "By bot"}, '"Why" must be filled in'),
    ],
)
async def test_what_discords_client_would_not_send_is_not_sent(alice, bot, given, words):
    await bot(with_report)
    shown = await alice.runs("/report")

    with pytest.raises(PeopleError, match=words):
        await alice.submits(shown, given)


def label(component, **more):
    return {"type": 18, "label": "L", "component": component} | more


def options(count):
    return [{"label": str(each), "value": str(each)} for each in range(count)]


@pytest.mark.parametrize(
    ("components", "path", "code"),
    [
        ([], "components", "BASE_TYPE_BAD_LENGTH"),
        ([label(TINY)] * 6, "components", "BASE_TYPE_BAD_LENGTH"),
        ([TINY], "components.0.type", "BASE_TYPE_CHOICES"),
        ([label({"type": 2})], "components.0.component.type", "BASE_TYPE_CHOICES"),
        ([label(TINY, label="x" * 46)], "components.0.label", "BASE_TYPE_BAD_LENGTH"),
        ([label(TINY, description="x" * 101)], "components.0.description", "BASE_TYPE_BAD_LENGTH"),
        ([label(TINY | {"style": 3})], "components.0.component.style", "BASE_TYPE_CHOICES"),
        ([label(TINY | {"max_length": 4001})], "components.0.component.max_length", "NUMBER_TYPE_MAX"),
        (
            [label(TINY), label(TINY)],
            "components.1.component.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (
            [label({"type": 19, "custom_id": "f", "max_values": 11})],
            "components.0.component.max_values",
            "NUMBER_TYPE_MAX",
        ),
        (
            [label({"type": 21, "custom_id": "r", "options": options(1)})],
            "components.0.component.options",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            [label({"type": 22, "custom_id": "c", "options": options(11)})],
            "components.0.component.options",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            [label({"type": 3, "custom_id": "s", "options": options(1) * 2})],
            "components.0.component.options",
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
        ),
        (
            [{"type": 1, "components": [TINY | {"label": "a"}, TINY | {"label": "b"}]}],
            "components.0.components",
            "BASE_TYPE_BAD_LENGTH",
        ),
        ([{"type": 10, "content": ""}], "components.0.content", "BASE_TYPE_BAD_LENGTH"),
    ],
)  # fmt: skip
async def test_a_modal_that_cannot_be_is_refused_where_it_is_wrong(
    guild, alice, api, components, path, code
):
    commands = f"/applications/{guild._core.world.application.id}/commands"
    await api("PUT", commands, [{"name": "report", "description": "x"}])
    asked = await alice.runs("/report")
    callback = f"/interactions/{asked.id}/{asked.entity.token}/callback"
    data = {"custom_id": "m", "title": "t", "components": components}
    answer = await api("POST", callback, {"type": 9, "data": data})
    found = answer.body["errors"]
    for step in path.split("."):
        found = found[step]

    assert answer.code == 50035
    assert found["_errors"][0]["code"] == code
    assert not asked.acknowledged


async def test_a_file_is_where_its_url_says_and_nowhere_else(fake, guild, alice, http):
    message = await uploaded(fake, guild, http)
    [attachment] = message["attachments"]
    async with http.get(attachment["url"]) as response:
        read = await response.read()
        headers = response.headers
    statuses = []
    for url in (attachment["url"] + "x", attachment["url"].replace(attachment["id"], "1")):
        async with http.get(url) as response:
            statuses.append(response.status)

    assert (read, attachment["size"], attachment["content_type"]) == (b"hi", 2, "text/html")
    assert headers["Content-Disposition"] == "attachment"
    assert statuses == [404, 404]


async def uploaded(fake, guild, http):
    """A file, by a message of the bot."""
    form = aiohttp.FormData()
    form.add_field("payload_json", "{}")
    form.add_field("files[0]", b"hi", filename="a.html", content_type="text/html")
    url = f"{fake.api_url}/channels/{guild.channel('general').id}/messages"
    async with http.post(
        url, data=form, headers={"Authorization": f"Bot {fake.token}"}
    ) as response:
        return await response.json()
