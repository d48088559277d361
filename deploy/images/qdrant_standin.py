#!/usr/bin/env python3
"""Answer Qdrant's HTTP API by the search of its own Python client, for tests where the server cannot be had.

It keeps points on disk, filters and searches like the server, slowly and without an index.
"""

import hmac
import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, Final

import uvicorn
from pydantic import TypeAdapter
from qdrant_client import QdrantClient
from qdrant_client import models as rest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PORT: Final = 6333
VERSION: Final = "1.19.0"
DONE: Final = {"operation_id": 1, "status": "completed"}
Body = dict[str, Any]
Act = Callable[[str, Body], object]  # name of the collection and body of the request to the answer's `result`
MATCHING: Final[TypeAdapter[rest.Filter | None]] = TypeAdapter(rest.Filter | None)


class Points:
    """Hold the collections, and what the client's own mode does not keep of them: strict mode and field indexes."""

    def __init__(self, folder: Path) -> None:
        self.client = QdrantClient(path=str(folder / "points"), force_disable_check_same_thread=True)
        self._file = folder / "kept.json"
        self._kept: dict[str, Body] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def names(self, _name: str, _body: Body) -> object:
        """Name the collections."""
        return {"collections": [{"name": one.name} for one in self.client.get_collections().collections]}

    def exists(self, name: str, _body: Body) -> object:
        """Say whether there is such a collection."""
        return {"exists": self.client.collection_exists(name)}

    def create(self, name: str, body: Body) -> object:
        """Make a collection."""
        made = rest.CreateCollection.model_validate(body)
        self.client.create_collection(
            name, vectors_config=made.vectors, sparse_vectors_config=made.sparse_vectors
        )
        return self._keep(name, {"strict": body.get("strict_mode_config"), "fields": {}})

    def change(self, name: str, body: Body) -> object:
        """Change the strict mode."""
        return self._keep(name, {"strict": body.get("strict_mode_config")})

    def index(self, name: str, body: Body) -> object:
        """Note that a field is indexed."""
        self._keep(name, {"fields": self._kept[name]["fields"] | {body["field_name"]: body["field_schema"]}})
        return DONE

    def remove(self, name: str, _body: Body) -> object:
        """Remove a collection."""
        self._kept.pop(name, None)
        self._write()
        return self.client.delete_collection(name)

    def describe(self, name: str, _body: Body) -> object:
        """Describe a collection."""
        described: Body = self.client.get_collection(name).model_dump(mode="json")
        described["config"]["strict_mode_config"] = self._kept[name]["strict"]
        fields = self._kept[name]["fields"].items()
        described["payload_schema"] = {field: {"data_type": kind, "points": 0} for field, kind in fields}
        return described

    def upsert(self, name: str, body: Body) -> object:
        """Write points."""
        self.client.upsert(name, points=[rest.PointStruct.model_validate(one) for one in body["points"]])
        return DONE

    def delete(self, name: str, body: Body) -> object:
        """Delete points by filter."""
        self.client.delete(name, points_selector=rest.FilterSelector.model_validate(body))
        return DONE

    def set_payload(self, name: str, body: Body) -> object:
        """Change the payload of points by filter."""
        wanted = rest.Filter.model_validate(body["filter"])
        self.client.set_payload(name, payload=body["payload"], points=wanted)
        return DONE

    def count(self, name: str, body: Body) -> object:
        """Count points."""
        wanted = MATCHING.validate_python(body.get("filter"))
        return self.client.count(name, count_filter=wanted).model_dump()

    def retrieve(self, name: str, body: Body) -> object:
        """Return points by id, with their vectors."""
        found = self.client.retrieve(name, body["ids"], with_payload=False, with_vectors=True)
        return [one.model_dump(mode="json") for one in found]

    def scroll(self, name: str, body: Body) -> object:
        """Return a page of points."""
        found, following = self.client.scroll(
            name, limit=body["limit"], offset=body.get("offset"), with_payload=body["with_payload"]
        )
        return {"points": [one.model_dump(mode="json") for one in found], "next_page_offset": following}

    def query(self, name: str, body: Body) -> object:
        """Search."""
        asked = rest.QueryRequest.model_validate(body)
        found = self.client.query_points(
            name,
            query=asked.query,
            using=asked.using,
            query_filter=asked.filter,
            search_params=asked.params,
            limit=asked.limit or 10,
        )
        return found.model_dump(mode="json")

    def query_batch(self, name: str, body: Body) -> object:
        """Search several times."""
        return [self.query(name, one) for one in body["searches"]]

    def _keep(self, name: str, said: Body) -> bool:
        self._kept[name] = self._kept.get(name, {}) | said
        self._write()
        return True

    def _write(self) -> None:
        partly = self._file.with_suffix(".part")
        partly.write_text(json.dumps(self._kept))
        partly.replace(self._file)


def server(points: Points, key: str) -> Starlette:
    """Return the application over these points; every request carries the key."""
    lock = Lock()

    def is_known(request: Request) -> bool:
        return hmac.compare_digest(request.headers.get("api-key", "").encode(), key.encode())

    def route(method: str, path: str, act: Act) -> Route:
        def acted(name: str, body: Body) -> object:
            with lock:
                return act(name, body)

        async def answer(request: Request) -> Response:
            if not is_known(request):
                return JSONResponse({"status": {"error": "Must provide an API key"}}, 401)
            content = await request.body()
            name = request.path_params.get("name", "")
            try:
                result = await run_in_threadpool(acted, name, json.loads(content) if content else {})
            except (LookupError, ValueError) as error:
                return JSONResponse({"status": {"error": str(error)}}, 400)
            return JSONResponse({"result": result, "status": "ok", "time": 0.0})

        return Route(path, answer, methods=[method])

    async def greet(request: Request) -> Response:
        said = {"title": "qdrant", "version": VERSION} if is_known(request) else {}
        return JSONResponse(said, 200 if said else 401)

    of_one = "/collections/{name}"
    acts: list[tuple[str, str, Act]] = [
        ("GET", "/collections", points.names),
        ("GET", f"{of_one}/exists", points.exists),
        ("PUT", of_one, points.create),
        ("PATCH", of_one, points.change),
        ("DELETE", of_one, points.remove),
        ("GET", of_one, points.describe),
        ("PUT", f"{of_one}/index", points.index),
        ("PUT", f"{of_one}/points", points.upsert),
        ("POST", f"{of_one}/points", points.retrieve),
        ("POST", f"{of_one}/points/delete", points.delete),
        ("POST", f"{of_one}/points/payload", points.set_payload),
        ("POST", f"{of_one}/points/count", points.count),
        ("POST", f"{of_one}/points/scroll", points.scroll),
        ("POST", f"{of_one}/points/query", points.query),
        ("POST", f"{of_one}/points/query/batch", points.query_batch),
    ]
    return Starlette(routes=[Route("/", greet), *(route(*one) for one in acts)])


def main() -> None:
    """Serve what the environment names, until SIGTERM."""
    points = Points(Path(os.environ["QDRANT__STORAGE__STORAGE_PATH"]))
    try:
        app = server(points, os.environ["QDRANT__SERVICE__API_KEY"])
        uvicorn.run(app, host="0.0.0.0", port=PORT, access_log=False)  # noqa: S104 - of a container's sealed network
    finally:
        points.client.close()


if __name__ == "__main__":
    main()
