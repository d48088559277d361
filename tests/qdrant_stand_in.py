"""Stand in for a Qdrant server on a real socket, as far as ingestion goes: points are kept, counted, deleted, read."""

import json
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tests.fake_qdrant import FakeQdrant


@dataclass
class QdrantStandIn:
    """An ASGI application; `points` maps ids to points as they were sent, `is_away` has it answer nothing but 503."""

    dimension: int
    points: dict[str, dict[str, Any]] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)  # ids in the order in which they were sent
    is_away: bool = False
    _setup: FakeQdrant = field(default_factory=FakeQdrant)
    _lock: Lock = field(default_factory=Lock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        content = await request.body()
        with self._lock:
            response = self._answer(request.method, request.url.path, content)
        await response(scope, receive, send)

    def _answer(self, method: str, path: str, content: bytes) -> Response:
        if self.is_away:
            return Response(status_code=503)
        collection, _, place = path.removeprefix("/collections/").partition("/points")
        if "/points" not in path:
            # The fake knows one collection by the name of "c".
            known = path if path == "/" else "/collections/c/" + collection.partition("/")[2]
            asked = httpx.Request(method, f"http://qdrant{known.rstrip('/') or '/'}", content=content)
            answered = self._setup._answer(asked)
            return self._sized(answered)
        return _result(self._act(method, place, json.loads(content) if content else {}))

    def _sized(self, answered: httpx.Response) -> Response:
        body = json.loads(answered.content)
        result = body.get("result")
        if isinstance(result, dict) and "config" in result:
            result["config"]["params"]["vectors"]["dense"]["size"] = self.dimension
        return Response(json.dumps(body), answered.status_code, media_type="application/json")

    def _act(self, method: str, place: str, body: dict[str, Any]) -> object:
        match method, place:
            case "PUT", "":
                for point in body["points"]:
                    self.points[point["id"]] = point
                    self.written.append(point["id"])
                return _DONE
            case "POST", "/delete":
                for identity in self._matching(body["filter"]):
                    del self.points[identity]
                return _DONE
            case "POST", "/payload":
                for identity in self._matching(body["filter"]):
                    self.points[identity]["payload"] |= body["payload"]
                return _DONE
            case "POST", "/count":
                return {"count": len(self._matching(body.get("filter")))}
            case "POST", "":
                found = [self.points[one] for one in body["ids"] if one in self.points]
                return [{"id": one["id"], "vector": {"dense": one["vector"]["dense"]}} for one in found]
            case _:
                raise AssertionError(f"the stand-in does not know {method} {place}")

    def _matching(self, wanted: dict[str, Any] | None) -> list[str]:
        musts = (wanted or {}).get("must") or []
        return [
            identity
            for identity, point in self.points.items()
            if all(point["payload"].get(one["key"]) == one["match"]["value"] for one in musts)
        ]


_DONE = {"operation_id": 1, "status": "completed"}


def _result(result: object) -> Response:
    body = {"result": result, "status": "ok", "time": 0.0}
    return Response(json.dumps(body), media_type="application/json")
