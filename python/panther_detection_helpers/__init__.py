"""Helpers that detections import, under the module name that public detection content uses.

`caching` is the key-value store, `mocking` and `monitoring` are small utilities.
"""
