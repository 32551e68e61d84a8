"""A local Discord: REST, gateway and people, to which an unmodified client library connects."""

from fakecord.clock import Clock
from fakecord.fakecord import Fakecord
from fakecord.faults import EventFault, Fault, Moment, Plan, read_plan
from fakecord.files import File
from fakecord.limits import Rate
from fakecord.people.channel import ChannelHandle
from fakecord.people.guild import GuildHandle
from fakecord.people.lookup import PeopleError
from fakecord.people.member import Member
from fakecord.people.views import InteractionView, MessageView
from fakecord.permissions import Permission

__all__ = [
    "ChannelHandle",
    "Clock",
    "EventFault",
    "Fakecord",
    "Fault",
    "File",
    "GuildHandle",
    "InteractionView",
    "Member",
    "MessageView",
    "Moment",
    "PeopleError",
    "Permission",
    "Plan",
    "Rate",
    "read_plan",
]
