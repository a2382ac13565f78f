"""The line to whoever keeps the state of detections: the server, or the unit-test runner."""

_ask = None


class CacheUnavailableError(RuntimeError):
    """The key-value cache cannot be reached now: nobody keeps it, or what keeps it cannot be read."""


def connect(ask):
    """Takes the function that asks: a question in, a mapping with `value`, `refused` or `unavailable` out."""
    global _ask
    _ask = ask


def cache(function, operation):
    """Does one operation of the key-value cache and returns what it answers.

    Raises `ValueError` when it is refused (a limit), `CacheUnavailableError` when it cannot be done now.
    """
    if _ask is None:
        raise CacheUnavailableError(
            f"the key-value cache is not there: {function}() works in the server, in `margay detect` and in"
            " `margay test`; anywhere else, mock it"
        )
    answer = _ask({"kv": operation})
    if "refused" in answer:
        raise ValueError(f"{function}(): {answer['refused']}")
    if "unavailable" in answer:
        raise CacheUnavailableError(f"{function}(): {answer['unavailable']}")
    return answer["value"]
