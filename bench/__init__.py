"""Measurements, each a script that prints its own table."""
