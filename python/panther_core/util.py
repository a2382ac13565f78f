"""Small helpers that packages on top of the event types import."""

import os

__all__ = ["get_bool_env_var"]

_YES = ("true", "1", "yes", "on")


def get_bool_env_var(name, default=False):
    """Whether the environment variable `name` says yes (`true`, `1`, `yes`, `on`); `default` when it is not set."""
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in _YES
