"""The audit log."""

from __future__ import annotations

from fakecord import happening_payloads, payloads, thread_payloads
from fakecord.entities import AuditEntry, Json
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.step import audit_payload
from fakecord.world import GuildState


def get_audit_log(call: Call) -> Json:
    """Newest first, unless asked for what came *after* an entry."""
    state = call.state()
    call.need(state, Permission.VIEW_AUDIT_LOG)
    limit = call.number("limit", 50, 1, 1000)
    found = [entry for entry in state.audit_log.values() if _wanted(call, entry)]
    if "after" not in call.query:
        found.reverse()
    found = found[:limit]
    return {
        "audit_log_entries": [audit_payload(entry) for entry in found],
        "integrations": [],
        "application_commands": [],
        "auto_moderation_rules": [],
    } | _told_of(call, state, found)


def _told_of(call: Call, state: GuildState, found: list[AuditEntry]) -> Json:
    """Who and what the entries speak of, as far as it is still there."""
    ids = {each for entry in found for each in (entry.user_id, entry.target_id) if each}
    world = call.world
    people = (world.users[each] for each in sorted(ids) if each in world.users)
    hooks, events = state.webhooks, state.scheduled_events
    return {
        "users": [payloads.user(each) for each in people if not each.webhook],
        "webhooks": [happening_payloads.webhook(world, hooks[i]) for i in hooks if i in ids],
        "threads": [
            thread_payloads.thread(each) for each in state.threads.values() if each.id in ids
        ],
        "guild_scheduled_events": [
            happening_payloads.scheduled_event(world, events[i]) for i in events if i in ids
        ],
    }


def _wanted(call: Call, entry: AuditEntry) -> bool:
    query = call.query
    return (
        query.get("user_id", entry.user_id) == entry.user_id
        and query.get("action_type", str(entry.action_type)) == str(entry.action_type)
        and query.get("target_id", entry.target_id) == entry.target_id
        and ("before" not in query or int(entry.id) < int(query["before"]))
        and ("after" not in query or int(entry.id) > int(query["after"]))
    )


routes = [Route("GET", "/guilds/{guild_id}/audit-logs", get_audit_log)]
