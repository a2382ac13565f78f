"""The Python half of the worker: protocol, modules, evaluation, unit tests.

Runs inside the sandboxed worker process, embedded in the program and sent through the protocol.
Works on Python 3.9 to 3.13 with the standard library alone.
"""
