"""Tells mocks of unit tests from real objects."""


def is_mock(value):
    """Whether `value` is a `MagicMock`, as unit tests put in place of a detection's functions."""
    # The class is looked up by name so that production never imports `unittest`.
    return any(
        base.__name__ == "MagicMock" and base.__module__ == "unittest.mock"
        for base in type(value).__mro__
    )
