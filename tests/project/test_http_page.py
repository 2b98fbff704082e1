"""The page of the HTTP API names every path and every object of the OpenAPI file."""

from __future__ import annotations

import importlib.util
import json
import re
from typing import Any

from places import ROOT

spec = importlib.util.spec_from_file_location("site_http_api", ROOT / "docs/_site/http_api.py")
http_api = importlib.util.module_from_spec(spec)
spec.loader.exec_module(http_api)

DESCRIBED: dict[str, Any] = json.loads((ROOT / http_api.SOURCE).read_text(encoding="utf-8"))
PAGE = http_api.http_page(ROOT)


def slug(heading: str) -> str:
    """The anchor that the site gives to a heading."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


def test_every_operation_has_a_part_with_its_scope_and_its_method_of_the_client() -> None:
    for path, operations in DESCRIBED["paths"].items():
        for method, operation in operations.items():
            part = PAGE.partition(f"\n### {method.upper()} {path}\n")[2].partition("\n### ")[0]

            assert f"`{operation['operationId']}`" in part, path
            assert all(f"`{each['name']}`" in part for each in operation.get("parameters", ())), path
            scopes = [scope for each in operation.get("security", ()) for scope in each["HTTPBearer"]]
            assert all(f"Needs the scope `{scope}`." in part for scope in scopes), path


def test_every_link_on_the_page_has_its_heading_and_no_two_headings_have_one_anchor() -> None:
    anchors = [slug(heading) for heading in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)]
    wanted = set(re.findall(r"\]\(#([^)]+)\)", PAGE))

    assert len(anchors) == len(set(anchors)), sorted(each for each in anchors if anchors.count(each) > 1)
    assert wanted
    assert wanted <= set(anchors)
    assert {name.lower() for name in DESCRIBED["components"]["schemas"]} <= set(anchors)


def test_no_description_can_be_markup() -> None:
    assert not re.search(r"<(?!\w+@)", re.sub(r"```.*?```|`[^`]*`", "", PAGE, flags=re.DOTALL))
