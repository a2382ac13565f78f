"""Marks functions for monitoring. Nothing is measured here: the marks leave functions as they are."""


def wrap(*args, **_options):
    """Returns the decorated function itself; usable as `@wrap`, `@wrap()` and `@wrap("name", tag=1)`."""
    if len(args) == 1 and callable(args[0]):
        return args[0]
    return _same


def _same(function):
    """Returns its argument."""
    return function
