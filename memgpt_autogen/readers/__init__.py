"""Readers: files of many kinds as sections that know their page and heading."""
