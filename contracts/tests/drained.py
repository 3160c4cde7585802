"""A small service for test_drain.py: `python drained.py PORT`."""

import asyncio
import sys

from fastapi import FastAPI

from sightline_contracts import health, problems, serve


def make(leave: asyncio.Event) -> FastAPI:
    app = FastAPI(openapi_url=None)
    problems.install(app)
    app.include_router(health.routes("example", "1.2.3", "abc", {}))

    @app.post("/echo")
    async def echo(said: dict[str, str]) -> dict[str, str]:
        return said

    @app.get("/wait")
    async def wait() -> str:
        await leave.wait()
        return "as it is"

    return app


if __name__ == "__main__":
    left = asyncio.Event()
    serve.serve(make(left), "127.0.0.1", int(sys.argv[1]), left.set)
