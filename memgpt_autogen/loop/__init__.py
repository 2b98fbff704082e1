"""The heartbeat loop: one turn as a sequence of events."""
