"""Stands in for the command-line tool's package, whose event types old helpers import from here.

Used only where neither the loaded content nor the interpreter has a package of this name.
"""
