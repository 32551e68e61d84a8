"""Everything this feature says. Pure."""

from __future__ import annotations

from rallypoint.ui.web.languages import N_

SAVED = N_("Saved.")
LOG_IN_ENDED = N_("That browser is logged out.")
LOG_INS_ENDED = N_("All your other browsers are logged out.")
TOKEN_REVOKED = N_("The token opens nothing any more.")
FORGOTTEN = N_("Forgotten. What takes longer is gone within the hour.")

KEPT = {
    "accounts": N_("Your log-ins, tokens and time zone"),
    "presence": N_("Your time in voice"),
    "destinations": N_("What was sent of you to others"),
    "monitors": N_("What other programs were told of you"),
}
"""By feature that exports something."""

REFUSALS = {
    "token_unknown": "There is no token `{token}`. See `rallypoint token list`.",
    "token_name_invalid": "Choose a name of 1 to {most} characters that can be seen.",
    "token_days_out_of_range": "Choose 1 to {most} days.",
    "user_id_invalid": "`{given}` is no user id. Write the digits that Discord shows with Copy User ID.",
    "log_in_used": "This way through Discord was gone to its end already. Log in again.",
    "log_in_expired": "That took more than ten minutes, or began in another browser. Log in again.",
    "log_in_foreign": "This answer of Discord belongs to no log-in that was begun in this browser. Log in again.",
    "log_in_denied": "You have not allowed it at Discord, so nobody is logged in.",
    "log_in_refused": "Discord did not accept the log-in ({reason}). Log in again.",
    "log_in_scopes_missing": "Discord has allowed less than was asked for ({missing} is missing). Log in again, and "
    "allow all of it.",
    "log_in_off": "Nobody can log in yet: RALLYPOINT_CLIENT_SECRET is not set.",
    "idempotency_key_invalid": "Send one `Idempotency-Key` of 1 to {most} printable ASCII characters, such as a UUID.",
    "idempotency_key_used": "This `Idempotency-Key` was used for another request within a day. Choose a new one for "
    "every new request; send an old one only with the same address and body.",
    "idempotency_key_busy": "The request with this `Idempotency-Key` is still being carried out. Send it again in "
    "a few seconds.",
    "idempotency_answer_lost": "The request with this `Idempotency-Key` was carried out, but its answer cannot be read "
    "any more. Look at what is there; choose a new key to do it again.",
    "log_in_unknown": "That log-in is over already.",
}
