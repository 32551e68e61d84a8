"""A local Discord: REST, gateway and people, to which an unmodified client library connects."""

from fakecord.clock import Clock
from fakecord.fakecord import Fakecord
from fakecord.faults import Fault
from fakecord.limits import Rate
from fakecord.people.guild import ChannelHandle, GuildHandle
from fakecord.people.lookup import PeopleError
from fakecord.people.member import Member
from fakecord.people.views import InteractionView, MessageView
from fakecord.permissions import Permission

__all__ = [
    "ChannelHandle",
    "Clock",
    "Fakecord",
    "Fault",
    "GuildHandle",
    "InteractionView",
    "Member",
    "MessageView",
    "PeopleError",
    "Permission",
    "Rate",
]
