"""Tests of the Python half. Run: python3 -m unittest discover -s python/tests -t python"""
