"""Exports of chats: who said what, and when."""
