"""Stand in for a Qdrant server at the HTTP boundary, as far as opening a collection goes; what it is told it keeps."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from qdrant_client import QdrantClient


@dataclass
class FakeQdrant:
    """Answer the calls by which a collection is made, described, indexed and changed."""

    version: str = "1.19.0"
    knows_strict_mode: bool = True
    keeps_indexes: bool = True
    made_with: dict[str, Any] = field(default_factory=dict)  # the body that made the collection
    strict: dict[str, Any] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    vacuum: list[tuple[float, int]] = field(default_factory=list)  # the thresholds it was told, in order
    statuses: list[str] = field(default_factory=list)  # told one after the other, then green

    def client(self) -> QdrantClient:
        """Return the real client, whose requests end here."""
        return QdrantClient(
            url="http://qdrant.invalid:6333",
            check_compatibility=False,
            transport=httpx.MockTransport(self._answer),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        place = request.url.path.removeprefix("/collections/c").strip("/")
        self.calls.append(f"{request.method} {place}".strip())
        match request.method, place:
            case "GET", "" if request.url.path == "/":
                return httpx.Response(200, json={"title": "qdrant", "version": self.version})
            case "GET", "exists":
                result: object = {"exists": bool(self.made_with)}
            case "GET", "":
                result = self._described()
            case "PUT", "index":
                if self.keeps_indexes:
                    self.indexes[body["field_name"]] = body["field_schema"]
                result = {"operation_id": 1, "status": "completed"}
            case "PUT" | "PATCH", "":
                self.made_with = self.made_with or body
                self.strict = self.strict | (body.get("strict_mode_config") or {})
                if told := body.get("optimizers_config"):
                    self.vacuum.append((told["deleted_threshold"], told["vacuum_min_vector_number"]))
                result = True
            case _:
                return httpx.Response(404, json={"status": {"error": "unknown"}})
        return httpx.Response(200, json={"result": result, "status": "ok", "time": 0.0})

    def _described(self) -> dict[str, object]:
        return {
            "status": self.statuses.pop(0) if self.statuses else "green",
            "optimizer_status": "ok",
            "segments_count": 1,
            "config": {
                "params": {"vectors": {"dense": {"size": 8, "distance": "Dot"}}},
                "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10_000},
                "optimizer_config": {
                    "deleted_threshold": 0.2,
                    "vacuum_min_vector_number": 1000,
                    "default_segment_number": 0,
                    "flush_interval_sec": 5,
                },
                "strict_mode_config": self.strict if self.knows_strict_mode and self.strict else None,
            },
            "payload_schema": {name: {"data_type": kind, "points": 0} for name, kind in self.indexes.items()},
        }
