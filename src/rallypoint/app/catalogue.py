"""The features there are, and what they offer all together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

from pydantic import BaseModel

from rallypoint.features.accounts.feature import feature as accounts
from rallypoint.features.boards.feature import feature as boards
from rallypoint.features.checkups.feature import feature as checkups
from rallypoint.features.conditions.feature import feature as conditions
from rallypoint.features.deliveries.feature import feature as deliveries
from rallypoint.features.destinations.feature import feature as destinations
from rallypoint.features.guilds.feature import feature as guilds
from rallypoint.features.lanes.feature import feature as lanes
from rallypoint.features.lobbies.feature import feature as lobbies
from rallypoint.features.monitors.feature import feature as monitors
from rallypoint.features.panels.feature import feature as panels
from rallypoint.features.presence.feature import feature as presence
from rallypoint.features.rooms.feature import feature as rooms
from rallypoint.features.schedules.feature import feature as recurring
from rallypoint.features.sessions.feature import feature as sessions
from rallypoint.features.subscriptions.feature import feature as subscriptions
from rallypoint.features.timetable.feature import feature as timetable
from rallypoint.features.trackers.feature import feature as trackers
from rallypoint.features.upkeep.feature import with_retention
from rallypoint.features.whereabouts.feature import feature as whereabouts
from rallypoint.kernel.events import Event, Gatherer, Subscriber
from rallypoint.kernel.feature import Export, Feature, Forget, Transfer
from rallypoint.kernel.jobs import Builtin, Job
from rallypoint.kernel.people import Permission

_OTHERS = (
    *(guilds, accounts, presence, rooms, panels, lobbies, trackers, checkups, recurring),
    *(conditions, deliveries, destinations, subscriptions, monitors),
    *(sessions, lanes, whereabouts, boards, timetable),
)
_upkeep = with_retention([each.retention for each in _OTHERS if each.retention is not None])

SHARED = {"transfer_unknown": "There is no {kind} to import or export; there are: {known}."}
"""Refusals of the command line itself."""

FEATURES: tuple[Feature, ...] = (*_OTHERS, _upkeep)
_HEARD = frozenset(
    event.kind for feature in FEATURES for each in feature.subscribers for event in each.events
)


def jobs() -> Mapping[str, Job]:
    return {kind: job for feature in FEATURES for kind, job in feature.jobs.items()}


def schedules() -> Sequence[Builtin]:
    return [each for feature in FEATURES for each in feature.schedules]


def subscribers() -> Sequence[Subscriber]:
    return [each for feature in FEATURES for each in feature.subscribers]


def gatherers() -> Sequence[Gatherer]:
    return [each for feature in FEATURES for each in feature.gatherers]


def events() -> Mapping[str, type[Event]]:
    """By kind."""
    return {event.kind: event for feature in FEATURES for event in feature.events}


def heard(kind: str) -> bool:
    """Whether anybody subscribes to events of that kind."""
    return kind in _HEARD


def setting_models() -> Mapping[str, type[BaseModel]]:
    return {each.name: each.settings for each in FEATURES if each.settings is not None}


def exports() -> Mapping[str, Export]:
    return {each.name: each.export for each in FEATURES if each.export is not None}


def forgets() -> Sequence[Forget]:
    return [each.forget for each in FEATURES if each.forget is not None]


def refusals() -> Mapping[str, str]:
    return SHARED | {code: words for each in FEATURES for code, words in each.refusals.items()}


def answers() -> Mapping[type[Any], Any]:
    return {question: answer for each in FEATURES for question, answer in each.answers.items()}


def transfers() -> Mapping[str, Transfer]:
    return {name: each for feature in FEATURES for name, each in feature.transfers.items()}


def permissions() -> Permission:
    """What the bot needs in a guild, and no more."""
    return reduce(or_, (feature.permissions for feature in FEATURES), Permission.NONE)
