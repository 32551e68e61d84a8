"""Everything this feature says. Pure."""

from __future__ import annotations

REFUSALS = {
    "token_unknown": "There is no token `{token}`. See `rallypoint token list`.",
    "token_name_invalid": "Choose a name of 1 to {most} characters that can be seen.",
    "token_days_out_of_range": "Choose 1 to {most} days.",
    "user_id_invalid": "`{given}` is no user id. Write the digits that Discord shows with Copy User ID.",
}
