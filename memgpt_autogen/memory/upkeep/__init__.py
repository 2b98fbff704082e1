"""Upkeep of a home: forget, move, check and remove what agents keep."""
