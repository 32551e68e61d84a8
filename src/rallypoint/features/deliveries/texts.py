"""Everything this feature says. Pure."""

from __future__ import annotations

from collections.abc import Sequence

SEE_LOG = "see why in its log: `/notify log`; mend the receiver, then `/notify resume`"
NO_KEY = (
    "put back the key they were encrypted with (secret.key of the data folder, or RALLYPOINT_SECRET_KEYS) and start"
    " again; if it is lost, give each its address again on the dashboard, and a signed one another secret"
)
_WHY_DISABLED = {
    "failing": "It has failed for five days.",
    "gone": "It answered that nothing is wanted there any more.",
}


def disabled(name: str, reason: str) -> str:
    if reason == "unreadable":
        return (
            f"Nothing is sent to **{name}**, and what comes is kept for it: its address and secret were encrypted with"
            " a key that is not there any more. Give it its address again on the dashboard, and if it is signed,"
            " another secret by `/notify secret`."
        )
    why = _WHY_DISABLED.get(reason, reason)
    return (
        f"Nothing is sent to **{name}** any more. {why} What waited lies among the dead letters:"
        " mend the receiver, then `/notify resume` and `/notify replay`."
    )


def unreadable(names: Sequence[str]) -> str:
    return f"the addresses and secrets of {', '.join(names)} cannot be read; what comes for them is kept"


def all_well(waiting: int) -> str:
    return f"every destination takes what is sent; {waiting} waiting"
