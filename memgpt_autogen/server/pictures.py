"""Pictures that a request gives to a model: those that the sender has."""

from __future__ import annotations

from collections.abc import Iterable

from memgpt_autogen.images import Image
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.web.places import is_private


def check_pictures(pictures: Iterable[Image]) -> None:
    """Refuse pictures that the sender does not have: in this network, or in the files of the home.

    The model's server fetches an address, and may reach what the sender cannot.
    """
    for picture in pictures:
        if picture.sha256 and picture.body is None:
            raise ProblemError(422, "a picture is sent as image_url, with its bytes (data:) or an address.")
        if picture.url and is_private(picture.url):
            raise ProblemError(
                422,
                "the address of a picture is in this network, and only those of the public internet are "
                "given to a model. Send the picture itself, as a data: address.",
            )
