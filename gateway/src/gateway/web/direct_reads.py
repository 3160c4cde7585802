"""The reads that clients make most, without FastAPI's routing and solving of dependencies, which took a third of the
CPU of such a request.

A request goes this way where its path, its query and its headers are plain: then the endpoint is called with the
arguments that FastAPI would have found. Any other one goes on to FastAPI, which alone says what is wrong with it.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, get_args, get_origin
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, params
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from sightline_contracts.problems import Problem
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

Arguments = dict[str, Any]


class DirectReads:
    """ASGI middleware next to the routes. `endpoints` are GETs of `routers`: their parameters are dependencies that
    take the request alone, parts of the path with a pattern, a query by a model, and headers."""

    def __init__(
        self,
        app: ASGIApp,
        routers: Iterable[APIRouter],
        endpoints: Sequence[Callable[..., Awaitable[Response]]],
    ) -> None:
        self._app = app
        routes = [route for router in routers for route in router.routes]
        self._reads = [
            _Read(route)
            for route in routes
            if isinstance(route, APIRoute) and route.endpoint in endpoints
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            for read in self._reads:
                arguments = read.arguments(scope)
                if arguments is not None:
                    scope["route"] = read.route  # the boundary counts by route
                    try:
                        response = await read.answer(Request(scope, receive), arguments)
                    except Problem as problem:
                        response = problem.response(scope["path"])
                    await response(scope, receive, send)
                    return
        await self._app(scope, receive, send)


class _Read:
    """One endpoint and what it is handed. Raises TypeError for a parameter that cannot be found here."""

    def __init__(self, route: APIRoute) -> None:
        self.route = route
        self._endpoint = route.endpoint
        self._dependencies: dict[str, Callable[[Request], Awaitable[Any]]] = {}
        self._headers: dict[str, str] = {}
        self._ordinary: set[str] = set()
        """Headers by which a request goes the ordinary way."""
        self._query: tuple[str, type[BaseModel]] | None = None
        self._defaults: Arguments = {}
        path = re.escape(route.path).replace(r"\{", "{").replace(r"\}", "}")
        for name, parameter in inspect.signature(self._endpoint, eval_str=True).parameters.items():
            pattern = self._add(name, parameter)
            path = path.replace(f"{{{name}}}", f"(?P<{name}>{pattern})")
        self._path = re.compile(path)

    def _add(self, name: str, parameter: inspect.Parameter) -> str:
        """Keep where a parameter comes from. Returns a pattern where it is a part of the path."""
        kind, source = (None, None, *get_args(parameter.annotation))[-2:]
        model = kind if get_origin(kind) is None and isinstance(kind, type) else None
        if isinstance(source, params.Depends) and source.dependency is not None:
            self._dependencies[name] = source.dependency
        elif isinstance(source, params.Query) and model and issubclass(model, BaseModel):
            self._query = name, model
        elif isinstance(source, params.Query):
            self._defaults[name] = parameter.default
        elif isinstance(source, params.Header) and model and issubclass(model, BaseModel):
            self._ordinary |= {field.replace("_", "-") for field in model.model_fields}
            self._defaults[name] = model()
        elif isinstance(source, params.Header):
            self._headers[(source.alias or name.replace("_", "-")).lower()] = name
            self._defaults[name] = parameter.default
        elif isinstance(source, FieldInfo):
            return _pattern(source)
        else:
            raise TypeError(f"{self._endpoint.__name__} cannot be called directly, with its {name}")
        return ""

    def arguments(self, scope: Scope) -> Arguments | None:
        """What stands in the request; None where it is another one, or goes the ordinary way."""
        matched = self._path.fullmatch(scope["path"])
        if matched is None:
            return None
        query = self._from_query(scope["query_string"].decode("latin-1"))
        headers = self._from_headers(scope)
        if query is None or headers is None:
            return None
        return {**self._defaults, **matched.groupdict(), **query, **headers}

    def _from_query(self, text: str) -> Arguments | None:
        if self._query is None:
            return None if text else {}
        name, model = self._query
        pairs = parse_qsl(text, keep_blank_values=True)
        given = dict(pairs)
        if len(given) < len(pairs) or "" in given.values():
            return None
        try:
            return {name: model.model_validate(given)}
        except ValidationError:
            return None

    def _from_headers(self, scope: Scope) -> Arguments | None:
        found: Arguments = {}
        for raw, value in scope["headers"] if self._headers or self._ordinary else ():
            header = raw.decode("latin-1").lower()
            if header in self._ordinary or self._headers.get(header) in found:
                return None
            if header in self._headers:
                found[self._headers[header]] = value.decode("latin-1")
        return found

    async def answer(self, request: Request, arguments: Mapping[str, Any]) -> Response:
        """Raises what the dependencies and the endpoint do."""
        handed = {name: await find(request) for name, find in self._dependencies.items()}
        response: Response = await self._endpoint(**handed, **arguments)
        return response


def _pattern(field: FieldInfo) -> str:
    """The first of its metadata that has one, without the anchors."""
    found = next(one.pattern for one in field.metadata if getattr(one, "pattern", None))
    return str(found).removeprefix("^").removesuffix("$")
