"""Everything this feature says. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rallypoint.kernel.cards import Card, Link
from rallypoint.kernel.ids import ChannelId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Overwrite
from rallypoint.ui.web.languages import N_

from .rules import Lack

NOT_CONNECTED = (
    N_("Connection"),
    N_("The bot is not connected to Discord."),
    N_("It tries again by itself; the program's log says why it fails."),
)
OUT_OF_SIGHT = (
    N_("Connection"),
    N_("The server is out of sight just now."),
    N_("Discord may have an outage. Nothing is deleted meanwhile."),
)
IN_SIGHT = (N_("Connection"), N_("connected, and the server is in sight"))
RIGHTS = N_("Rights on the server")
RIGHTS_ALL = N_("nothing is missing")
RIGHTS_FIX = N_("These are missing. Give them to the bot's role, or add the bot again.")
GONE = N_("it is gone, or the bot cannot see it")
GONE_FIX = N_("Let the bot's role see it, or choose another one in the settings.")
PLACE_FIX = N_("These are missing there. Allow them for the bot in that channel or category.")
FORBIDDEN_FIX = N_("Discord forbids it. It is tried again once the bot's rights change.")

REFUSALS = {
    "checkup_unknown": "Discord has not told me about this server yet. Try again in a moment."
}


def report(
    missing: Permission,
    places: Sequence[tuple[ChannelId, Sequence[Lack] | None]],
    *,
    link: str,
    bot_id: int,
) -> Card:
    """*missing*: on the server as a whole. *places*: channel or category → what is missing there; None: not seen."""
    lines = []
    if missing:
        lines.append(
            f"❌ On this server I lack **{missing.words}**. Give them to my role, or add me again."
        )
    else:
        lines.append("✅ On this server I have every permission I need.")
    for channel_id, lacking in places:
        if lacking is None:
            lines.append(
                f"❌ I cannot see <#{channel_id}>: it is gone, or hidden from me. Allow **View Channel** for"
                f" <@{bot_id}> there, or set another with `/room settings`."
            )
        elif not lacking:
            lines.append(f"✅ In <#{channel_id}> nothing is in the way.")
        else:
            lines += [_lack(channel_id, each, bot_id) for each in lacking]
    return Card("Doctor", tuple(lines), ((Link("Add me again", link),),) if missing else ())


def _lack(channel_id: int, lack: Lack, bot_id: int) -> str:
    words, because = lack.permission.words, why(lack, mention)
    return (
        f"❌ In <#{channel_id}> I lack **{words}**: {because}. Allow **{words}** for <@{bot_id}>"
        " there."
    )


def why(lack: Lack, name: Callable[[Overwrite], str]) -> str:
    if lack.denied_by is None:
        return "none of my roles gives it"
    return f"the permissions of {name(lack.denied_by)} there deny it"


def mention(of: Overwrite) -> str:
    return f"<@&{of.target_id}>" if of.target == "role" else f"<@{of.target_id}>"


def welcome(guild: str) -> Card:
    return Card(
        f"Thank you for adding me to {guild}",
        (
            "Run `/doctor` there first: it says whether I may do what I am for.",
            "`/room public` opens a voice room; `/room settings` shows what you can set, such as `category`, and "
            "`lobbies`, the channels that give a room to whoever joins them.",
        ),
    )
