"""Serve the fake's documents: passages and their pages, collections, uploads, jobs, and files of one's own."""

import time
from typing import Any

from fastapi import FastAPI, Form, Request, Response, UploadFile

from tests.fake_site import FORBIDDEN, ago, page_png
from tests.fake_state import Problem, Site


def viewer_routes(app: FastAPI, site: Site) -> None:
    """Add the routes of the viewer: a passage, its pages, the original."""

    @app.get("/api/passages/{chunk_id}")
    async def passage(request: Request, chunk_id: str) -> dict[str, Any]:
        site.person(request)
        source = _readable(site, chunk_id)
        if source["document_id"] == site.closes_after_text:
            site.closed.add(source["document_id"])
        return {
            "source": source,
            "before": [
                {"heading_path": ["3 Accommodation"], "text": "Travel is booked through the travel desk."}
            ],
            "after": [{"heading_path": [], "text": "Mini bar and films are never reimbursed."}],
            "pages": 7,
            "header": [],
        }

    @app.get("/api/documents/{document_id}/original")
    async def original(request: Request, document_id: str) -> Response:
        site.person(request)
        site.originals.append(document_id)
        if document_id in site.closed:
            raise Problem(404, "This document is not available.", "")
        return Response(b"original of " + document_id.encode(), headers={"Content-Disposition": "attachment"})

    @app.get("/api/passages/{chunk_id}/page.png")
    async def page(request: Request, chunk_id: str, width: int = 900, page: int = 4) -> Response:
        site.person(request)
        _readable(site, chunk_id)
        site.pages_shown.append((page, width, tuple(request.query_params.getlist("mark"))))
        if chunk_id != "chunk-1" or site.has_no_pictures:
            raise Problem(404, "There is no picture of this page.", "")
        marked = "phrase" if page == 4 else "nothing"
        told = {"X-Page": str(page), "X-Page-Points": "595", "X-Marked": marked, "X-Mark-At": "9% 18%"}
        return Response(page_png(width), media_type="image/png", headers=told)


def _readable(site: Site, chunk_id: str) -> dict[str, Any]:
    """Return a passage's source, unless nobody may read it any more."""
    source = next((one for one in site.sources if one["chunk_id"] == chunk_id), None)
    if source is None or chunk_id == FORBIDDEN or source["document_id"] in site.closed:
        raise Problem(404, "There is no such passage.", "")
    return source


def document_routes(app: FastAPI, site: Site) -> None:
    """Add the routes of collections, documents, uploads and jobs."""

    @app.get("/api/collections")
    async def collections(request: Request) -> list[dict[str, Any]]:
        site.person(request)
        return [
            {
                "id": "everyone",
                "name": "Company handbook",
                "purpose": "Rules for all staff",
                "owner": "HR",
                "documents": 38,
                "legal_basis": "Art. 6(1)(b) GDPR",
                "retention_days": None,
                "confidentiality": "internal",
            },
            {
                "id": "hr",
                "name": "HR files",
                "purpose": "Personnel administration",
                "owner": "Anna Keller",
                "documents": 3,
                "legal_basis": "Art. 88 GDPR",
                "retention_days": 1095,
                "confidentiality": "confidential",
            },
        ]

    @app.get("/api/documents")
    async def documents(request: Request, state: str = "") -> list[dict[str, Any]]:
        site.person(request)
        return [one for one in site.documents if not state or one["state"] == state]

    @app.post("/api/documents", status_code=202)
    async def upload(
        request: Request, file: UploadFile, collection: str = Form(), readers: str = Form()
    ) -> dict[str, str]:
        site.person(request)
        name = f"j{next(site.numbers)}"
        site.jobs.insert(
            0,
            {
                "id": name,
                "kind": "ingest",
                "state": "running",
                "total": 4,
                "done": 1,
                "failed": 0,
                "created_at": ago(),
                "source": "upload",
                "ordered": "me",
                "finished_at": None,
                "message": "",
                "documents": [
                    {"file_name": file.filename, "state": "embedding", "reason": None, "remedy": None}
                ],
            },
        )
        return {"job": name}

    @app.get("/api/jobs")
    async def jobs(request: Request) -> list[dict[str, Any]]:
        site.person(request)
        for job in site.jobs:
            if job["state"] == "running":
                job["done"] += 1
                job["state"] = "done" if job["done"] >= job["total"] else "running"
        return site.jobs

    @app.delete("/api/jobs/{job_id}", status_code=204)
    async def cancel(request: Request, job_id: str) -> None:
        site.person(request)
        for job in site.jobs:
            job["state"] = "cancelled" if job["id"] == job_id else job["state"]


def own_file_routes(app: FastAPI, site: Site) -> None:
    """Add the routes of files that readers bring for themselves."""

    @app.get("/api/files")
    async def files(request: Request) -> list[dict[str, Any]]:
        person = site.person(request)
        for one in site.files.get(person, []):
            one.update(one["end"] if time.monotonic() > one["read_at"] else {})
        return site.files.get(person, [])

    @app.post("/api/files", status_code=202)
    async def bring(request: Request, file: UploadFile) -> dict[str, str]:
        person, name = site.person(request), f"f{next(site.numbers)}"
        if "toomany" in str(file.filename):
            raise Problem(400, "You have 20 files here.", "Delete some of them.")
        is_bad = str(file.filename).endswith(".exe")
        told = {"reason": "This type is not accepted.", "remedy": "Convert it to PDF."} if is_bad else {}
        end = {"state": "quarantined" if is_bad else "visible", **told}
        row = {"id": name, "file_name": file.filename, "state": "parsing", "expires_at": ago(hours=-168)}
        site.files.setdefault(person, []).append(
            {**row, "read_at": time.monotonic() + 150 * site.pace_s, "end": end}
        )
        return {"id": name}

    @app.delete("/api/files/{file_id}", status_code=204)
    async def forget(request: Request, file_id: str) -> None:
        person = site.person(request)
        site.files[person] = [one for one in site.files.get(person, []) if one["id"] != file_id]
