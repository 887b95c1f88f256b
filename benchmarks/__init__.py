"""Timings beside those of others, on the same data in the same run. Never part of the tests."""
