"""Event types that detections receive, under the module name that public detection content imports.

`PantherEvent` is what `rule(event)` gets; `panther_core.immutable` holds the read-only containers
that its nested values become; `panther_core.data_model` holds the field mappings behind
`event.udm`. Standard library only, Python 3.9 to 3.13.
"""

from .enriched_event import PantherEvent
from .exceptions import PantherError

__all__ = ["PantherEvent", "PantherError"]
