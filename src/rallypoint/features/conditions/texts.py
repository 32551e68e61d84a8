"""Everything this feature says. Pure."""

from __future__ import annotations

REFUSALS: dict[str, str] = {
    "condition_unknown": "`{name}` is no condition. Did you mean `{nearest}`?",
    "condition_occupancy": "`occupancy` is `at_least`, 2 to 99 members, and `for_seconds`, 0 to 21600 (six hours).",
    "condition_first_joiner": "`first_joiner` is true or false.",
    "condition_quiet_hours": "`quiet_hours` is a `start`, another `end` (22:00, 07:00) and a `zone` (Europe/Berlin).",
    "condition_most_per_hour": "`most_per_hour` is a number from 1 to 1000.",
    "condition_roles": "`roles` is a list of 1 to 20 ids of roles.",
    "condition_members": "`members` is people, bots or everybody.",
    "condition_game_start": "`game_start` is `within_minutes`, a number from 1 to 1440.",
    "condition_needs_joined": "`{condition}` is about who comes in: the events must include `{kind}`.",
    "conditions_clash": "`occupancy` and `first_joiner` do not go together: choose one.",
}
