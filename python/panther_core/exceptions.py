"""Errors of the event types. Their class names show up in error alerts, so they are part of the contract."""


class PantherError(Exception):
    """An event was asked for something its set-up does not offer, such as a missing data model."""


class DataModelError(PantherError):
    """A data model cannot be built: a mapping is incomplete, repeated, or names a missing function."""


class FunctionReturnTypeError(PantherError):
    """A function of a detection returned a value of the wrong type."""


class UnknownDestinationError(PantherError):
    """`destinations()` named something that is no destination."""
