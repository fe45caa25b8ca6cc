"""`listing-worker mcp`: the API as tools for assistants, by the Model Context Protocol over standard input and output.

Everything goes through the API with the caller's own rights. Creating makes a draft; publishing needs `confirm`, which
an assistant is told to set only after its person has said yes.
"""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer

from listing_worker.commands.api_client import ApiClient, ApiRefused, open_client
from listing_worker.settings import Settings

INSTRUCTIONS = (
    "Posts second-hand listings to marketplaces. Create a listing, preflight it, show the person what would be posted "
    "where, and post only after they said yes. Photos are added in the web app. Never set confirm on your own."
)


def make_server(api: ApiClient) -> MCPServer:
    """The server with its tools; `api` is whom they ask."""
    server = MCPServer("listing-worker", instructions=INSTRUCTIONS)

    @server.tool()
    def list_listings(search: str = "", limit: int = 20) -> dict[str, Any]:
        """Listings of the seller, newest first; `search` finds words of title, brand or SKU."""
        return _answer(lambda: api.get("/api/listings", q=search or None, limit=limit))

    @server.tool()
    def create_listing(
        title: str,
        description: str,
        price: str,
        condition: str,
        category: list[str],
        brand: str = "",
        size: str = "",
        colors: list[str] | None = None,
    ) -> dict[str, Any]:
        """Makes a draft and publishes nothing. `price` like "48.00"; `condition`: new_with_tags, new, like_new, good,
        fair or poor; `category` broadest first, like ["Women", "Dresses", "Midi"]."""
        body = {
            "title": title,
            "description": description,
            "price": price,
            "condition": condition,
            "category": category,
            "brand": brand or None,
            "size": size or None,
            "colors": colors or [],
        }
        return _answer(lambda: api.post("/api/listings", body))

    @server.tool()
    def preflight(listing_id: str, marketplaces: list[str] | None = None) -> dict[str, Any]:
        """What each marketplace would say to the listing: what is missing, what would be changed. Changes nothing."""
        body = {"marketplaces": marketplaces} if marketplaces else {}
        return _answer(lambda: api.post(f"/api/listings/{listing_id}/preflight", body))

    @server.tool()
    def post(listing_id: str, marketplaces: list[str] | None = None, confirm: bool = False) -> dict[str, Any]:
        """Publishes the listing for real. Set `confirm` only after the person has said yes to this very listing and
        these marketplaces; without it nothing happens, and the answer says what would be done."""
        if not confirm:
            return {
                "posted": False,
                "message": "Nothing was posted. Ask the person, then call again with confirm=true.",
                "preflight": preflight(listing_id, marketplaces),
            }
        body: dict[str, Any] = {"listingId": listing_id}
        if marketplaces:
            body["marketplaces"] = marketplaces
        return _answer(lambda: api.post("/api/listings/post", body))

    @server.tool()
    def status(job_id: str) -> dict[str, Any]:
        """How a job stands: state, reason and address per marketplace."""
        return _answer(lambda: api.get(f"/api/jobs/{job_id}"))

    @server.tool()
    def retry(job_id: str, marketplace: str, confirm: bool = False) -> dict[str, Any]:
        """Tries one marketplace of a job again, which may publish: the same rule for `confirm` as for post."""
        if not confirm:
            return {"posted": False, "message": "Nothing was done. Ask the person, then call again with confirm=true."}
        return _answer(lambda: api.post(f"/api/v1/jobs/{job_id}/postings/{marketplace}/retry"))

    return server


def _answer(ask: Any) -> dict[str, Any]:
    """The API's answer; its refusal is an answer too, which an assistant can act on."""
    try:
        answer: dict[str, Any] = ask()
    except ApiRefused as refused:
        return {"error": refused.message, "field": refused.field, "status": refused.status}
    return answer


def serve(settings: Settings) -> None:
    """Until the assistant closes the pipe."""
    with open_client(settings) as api:
        make_server(api).run("stdio")
