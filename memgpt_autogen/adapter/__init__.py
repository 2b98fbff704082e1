"""The AutoGen side: everything that knows how AutoGen installs, sends, groups and calls."""
