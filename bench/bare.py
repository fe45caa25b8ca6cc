"""`python -m bench.bare PORT`: a bare FastAPI route, served just as the API is, to compare its speed with."""

from __future__ import annotations

import sys
import threading

from fastapi import FastAPI

from listing_worker.api.serve import make_server
from listing_worker.utils import log

if __name__ == "__main__":
    log.configure("INFO")
    app = FastAPI()

    @app.get("/bare")
    async def bare() -> dict[str, str]:
        return {"status": "ok"}

    app.state.stopping = threading.Event()
    make_server(app, host="127.0.0.1", port=int(sys.argv[1])).run()
