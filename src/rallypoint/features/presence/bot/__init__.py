"""From the gateway's raw payloads into the ledger."""

from .gateway import Voice

__all__ = ["Voice"]
