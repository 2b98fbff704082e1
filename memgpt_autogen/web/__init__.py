"""Fetch web pages safely: checked addresses, with limits of time and size."""
