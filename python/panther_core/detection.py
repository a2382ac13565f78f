"""What one run of a detection gave, under the name that rule classes fill in.

The worker has a record of its own; this one is for `Rule.run` and `Rule.run_tests` of the `pypanther`
package, when somebody calls them.
"""

from dataclasses import dataclass
from typing import Any, List, Optional

__all__ = ["DetectionResult"]


@dataclass
class DetectionResult:
    """Outputs and exceptions of the functions of a detection; `None` for what did not run or did not fail."""

    detection_id: str
    detection_severity: Any = None
    detection_type: str = "RULE"
    trigger_alert: Optional[bool] = None

    setup_exception: Optional[Exception] = None
    input_exception: Optional[Exception] = None
    filter_output: Optional[bool] = None
    filter_exception: Optional[Exception] = None
    detection_output: Optional[bool] = None
    detection_exception: Optional[Exception] = None

    title_output: Optional[str] = None
    title_exception: Optional[Exception] = None
    description_output: Optional[str] = None
    description_exception: Optional[Exception] = None
    reference_output: Optional[str] = None
    reference_exception: Optional[Exception] = None
    severity_output: Optional[str] = None
    severity_exception: Optional[Exception] = None
    runbook_output: Optional[str] = None
    runbook_exception: Optional[Exception] = None
    destinations_output: Optional[List[str]] = None
    destinations_exception: Optional[Exception] = None
    dedup_output: Optional[str] = None
    dedup_exception: Optional[Exception] = None
    alert_context_output: Optional[str] = None
    alert_context_exception: Optional[Exception] = None

    @property
    def filters_not_ran(self):
        """Whether there was no filter to run."""
        return self.filter_output is None and self.filter_exception is None

    @property
    def all_filters_matched(self):
        """Whether the filters let the event through."""
        return self.filter_output is True and self.filter_exception is None

    @property
    def filters_did_not_match(self):
        """Whether the filters kept the event away."""
        return self.filter_output is False and self.filter_exception is None
