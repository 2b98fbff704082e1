"""Responses of OpenAI's API: each is a part of a run, from what it hears to where it ends or waits."""
