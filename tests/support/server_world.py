"""A home with two users, for tests of what each of them can reach."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.testclient import TestClient
from server_apps import client_of

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class User:
    """A user with a key that has all scopes which a user can have."""

    id: str
    name: str
    key: str
    key_id: str

    def client(self, app: FastAPI) -> TestClient:
        return client_of(app, self.key)


def add_user(admin: TestClient, name: str, **key: object) -> User:
    """Add a user with a key. `key` are fields of its key."""
    user = admin.post(f"{API}/users", json={"name": name}).json()
    asked = {"name": "laptop", "scopes": ["read", "talk", "write", "speak-for"], **key}
    made = admin.post(f"{API}/users/{name}/keys", json=asked).json()
    return User(user["id"], name, made["key"], made["id"])
