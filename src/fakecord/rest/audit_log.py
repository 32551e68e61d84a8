"""The audit log."""

from __future__ import annotations

from fakecord import payloads
from fakecord.entities import AuditEntry, Json
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.step import audit_payload


def get_audit_log(call: Call) -> Json:
    """Newest first, unless asked for what came *after* an entry."""
    state = call.state()
    call.need(state, Permission.VIEW_AUDIT_LOG)
    limit = call.number("limit", 50, 1, 1000)
    found = [entry for entry in state.audit_log.values() if _wanted(call, entry)]
    if "after" not in call.query:
        found.reverse()
    found = found[:limit]
    people = {entry.user_id for entry in found}
    return {
        "audit_log_entries": [audit_payload(entry) for entry in found],
        "users": [payloads.user(call.world.users[each]) for each in sorted(people)],
        "webhooks": [],
        "integrations": [],
        "threads": [],
        "application_commands": [],
        "auto_moderation_rules": [],
        "guild_scheduled_events": [],
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
