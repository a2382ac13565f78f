"""The event type, under its old module name."""

from panther_core import PantherEvent

__all__ = ["PantherEvent"]
