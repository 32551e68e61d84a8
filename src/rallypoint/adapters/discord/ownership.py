"""Whose application the bot is."""

from __future__ import annotations

import discord

from rallypoint.kernel.ids import UserId


def owners(application: discord.AppInfo | None) -> frozenset[UserId]:
    """A team's read-only members may change nothing of the application, and so nothing here."""
    if application is None:
        return frozenset()
    team = application.team
    if team is None:
        return frozenset({UserId(application.owner.id)})
    members = {
        member.id
        for member in team.members
        if member.membership_state is discord.TeamMembershipState.accepted
        and member.role in (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)
    }
    return frozenset(UserId(each) for each in members | {team.owner_id} if each)
