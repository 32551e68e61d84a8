"""Scopes, in the words people read before they allow them.

https://docs.discord.com/developers/topics/oauth2#shared-resources-oauth2-scopes
"""

from __future__ import annotations

WORDS = {
    "identify": "See your username and avatar",
    "email": "See your email address",
    "connections": "See the accounts you have linked",
    "guilds": "Know which servers you are in",
    "guilds.join": "Join servers for you",
    "guilds.members.read": "Read your nickname and roles in servers you are in",
    "bot": "Add a bot to a server",
    "applications.commands": "Add commands to a server",
    "applications.commands.permissions.update": "Change who may use its commands",
    "role_connections.write": "Update your connection and its metadata",
    "activities.read": "See what you are playing",
    "activities.write": "Update what you are playing",
    "applications.builds.read": "Read its builds",
    "applications.builds.upload": "Upload builds",
    "applications.entitlements": "Read what you are entitled to",
    "applications.store.update": "Update its store pages",
    "dm_channels.read": "See your direct messages' channels",
    "gdm.join": "Join group messages for you",
    "identify.premium": "See your subscription",
    "messages.read": "Read messages",
    "openid": "Sign you in",
    "relationships.read": "See your friends",
    "rpc": "Control your client",
    "rpc.activities.write": "Update what you are playing, on this computer",
    "rpc.notifications.read": "Read your notifications",
    "rpc.voice.read": "Read your voice settings",
    "rpc.voice.write": "Change your voice settings",
    "voice": "Join voice for you",
}
BY_CLIENT_CREDENTIALS = {"applications.commands.update": "Update its own commands"}
# Asked for anew each time, whatever was allowed before.
PASSTHROUGH = frozenset({"bot", "webhook.incoming"})
# These alone lead nowhere: no code, no redirect.
SERVERLESS = frozenset({"bot", "applications.commands"})
