"""The product's own address, for whoever opens it in a browser."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from api.openapi import OPENAPI_PATH

routes = APIRouter(include_in_schema=False)
_PAGE: Final = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Firm Offer</title>
<h1>Firm Offer</h1>
<p>This is the interface of Firm Offer for programs. It is up.</p>
<ul>
<li>Everything is below <code>/api/v1</code>, with an API key as bearer token;
<a href="{OPENAPI_PATH}">the OpenAPI document</a> tells what there is.</li>
<li><a href="/readyz">Is all that it needs there?</a></li>
<li>Customers open their quotes by the links in their mails.</li>
</ul>
</html>
"""


@routes.api_route("/", methods=["GET", "HEAD"])
async def front() -> Response:
    """Says what this is and where to go on."""
    return HTMLResponse(_PAGE)
