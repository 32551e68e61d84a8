"""What other features may call.

A room of your own: `request` it in your transaction, naming yourself as its *keeper*; after the commit `create` its
channel; `close` it when you say so. Presence never ends it, and a crash at any point leaves no channel behind: what
became of it is told by `Opened` and `Closed`.
"""

from __future__ import annotations

from .events import Closed, Opened
from .rules.states import Kind, Reason, State
from .service.closing import close, request_close
from .service.opening import create
from .service.requests import Requested, request
from .service.rights import Rights, check_rights

__all__ = [
    "Closed",
    "Kind",
    "Opened",
    "Reason",
    "Requested",
    "Rights",
    "State",
    "check_rights",
    "close",
    "create",
    "request",
    "request_close",
]
