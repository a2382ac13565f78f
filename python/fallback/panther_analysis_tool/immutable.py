"""The read-only containers, under their old module name."""

from panther_core.immutable import ImmutableCaseInsensitiveDict, ImmutableContainerMixin, ImmutableList

__all__ = ["ImmutableCaseInsensitiveDict", "ImmutableContainerMixin", "ImmutableList"]
