"""Alembic migrations of the memory database; a released one is never touched."""
