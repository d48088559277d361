"""Hold what the fake API tells: people, passages, documents, a drawn page."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw, ImageFont

PEOPLE: dict[str, dict[str, Any]] = {
    "anna.keller": {
        "name": "Anna Keller",
        "title": "HR business partner",
        "groups": ["hr"],
        "role": "employee",
    },
    "ben.dubois": {
        "name": "Ben Dubois",
        "title": "Design engineer",
        "groups": ["engineering"],
        "role": "employee",
    },
    "carla.rossi": {
        "name": "Carla Rossi",
        "title": "Financial controller",
        "groups": ["finance"],
        "role": "employee",
    },
    "dirk.admin": {"name": "Dirk Vogel", "title": "IT administrator", "groups": ["it"], "role": "admin"},
    "vera.lang": {"name": "Vera Lang", "title": "Auditor", "groups": [], "role": "auditor"},
}
PASSWORD = "demo"
HOTEL = (
    "Hotel costs are reimbursed up to 130 euros per night in Germany and up to 180 euros abroad, breakfast included. "
    "Higher rates need the approval of the cost centre owner before the booking."
)
RATES = (
    "| Country | Hotel per night | Daily allowance |\n| --- | --- | --- |\n| Germany | 130 EUR | 28 EUR |\n"
    "| France | 180 EUR | 44 EUR<script>alert(1)</script><img src='https://evil.example/x.png'> |"
)
SOURCES: list[dict[str, Any]] = [
    {
        "title": "Travel Expense Policy",
        "file_name": "travel-expense-policy.pdf",
        "collection": "everyone",
        "media_type": "application/pdf",
        "heading_path": ["3 Accommodation", "3.2 Hotels"],
        "text": HOTEL,
        "page": 4,
        "dated": "2026-03-01",
        "has_page_image": True,
    },
    {
        "title": "Travel Expense Rates 2026",
        "file_name": "travel-rates-2026.xlsx",
        "collection": "everyone",
        "media_type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "heading_path": ["Rates"],
        "text": RATES,
        "page": 1,
        "dated": "2026-01-15",
        "has_page_image": False,
    },
    {
        "title": "FAQ for new colleagues",
        "file_name": "onboarding-faq.md",
        "collection": "everyone",
        "media_type": "text/markdown",
        "heading_path": ["Travelling"],
        "page": None,
        "dated": "2025-11-20",
        "text": "Book through the travel desk. Receipts go to travel@nordwall.example within four weeks; see "
        "https://intranet.nordwall.example/travel for the form.",
        "has_page_image": False,
    },
    {
        "title": "Hotel framework agreement",
        "file_name": "hotel-framework-agreement.docx",
        "collection": "finance",
        "media_type": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "page": None,
        "heading_path": ["Annex B"],
        "text": "Rates agreed with the chain.",
        "dated": "2024-06-30",
        "has_page_image": False,
    },
]
FORBIDDEN = "chunk-4"  # was readable when the answer was written
SENTENCES: list[dict[str, Any]] = [
    {"text": "Here is what the travel rules say.", "citations": [], "verdict": "not_a_claim"},
    {
        "text": "You may claim up to 130 euros per night in Germany and up to 180 euros abroad, breakfast included.",
        "citations": [1, 2],
        "verdict": "supported",
        "phrases": [[0, 111], [RATES.index("| Germany"), RATES.index("\n| France")]],
    },
    {
        "text": "**Higher rates** need the approval of the cost centre owner before you book.",
        "citations": [1],
        "verdict": "supported",
    },
    {"text": "Hand in the receipts within four weeks.", "citations": [3], "verdict": "repaired"},
    {
        "text": "Rates with the hotel chain are set in a framework agreement.",
        "citations": [4],
        "verdict": "supported",
    },
    {"text": "Most colleagues are paid back on the same day.", "citations": [], "verdict": "unsupported"},
]
TEXT = (
    f"{SENTENCES[0]['text']}\n\n{SENTENCES[1]['text']} [1, 2] {SENTENCES[2]['text']} [1]\n\n"
    f"- {SENTENCES[3]['text']} [3]\n- {SENTENCES[4]['text']} [4]\n\n{SENTENCES[5]['text']}"
)
LISTED_LINES: list[dict[str, Any]] = [
    {"text": "Documents that mention hotels: 2.", "citations": [], "verdict": "not_a_claim"},
    {"text": "Travel Expense Policy (travel.pdf, passages: 3)", "citations": [1], "verdict": "supported"},
    {"text": "Rates (rates.xlsx, passages: 1)", "citations": [2], "verdict": "supported"},
]
LISTED = f"{LISTED_LINES[0]['text']}\n- {LISTED_LINES[1]['text']} [1]\n- {LISTED_LINES[2]['text']} [2]"
ATTACK = (
    "See ![x](https://evil.example/a.png) and [here](https://evil.example). <img src=https://evil.example/b> "
    "https://evil.example $\\href{https://evil.example}{x}$\n\n[ref]: https://evil.example"
)


def sources() -> list[dict[str, Any]]:
    """Return the passages found for any question."""
    return [
        {
            "number": number,
            "chunk_id": f"chunk-{number}",
            "document_id": f"doc-{number}",
            "language": "en",
            **source,
        }
        for number, source in enumerate(SOURCES, start=1)
    ]


def documents() -> list[dict[str, Any]]:
    """Return the documents of the list, one of them set aside."""
    visible = [
        {
            "id": f"doc-{number}",
            "title": source["title"],
            "file_name": source["file_name"],
            "collection": "everyone",
            "media_type": source["media_type"],
            "state": "visible",
            "pages": 7 if source["page"] else None,
            "reason": None,
            "remedy": None,
            "readers": ["everyone"],
            "updated_at": f"{source['dated']}T08:00:00Z",
        }
        for number, source in enumerate(SOURCES[:3], start=1)
    ]
    more = [
        {
            "id": f"more-{number}",
            "title": f"Works agreement no. {number}",
            "file_name": f"works-agreement-{number:02}.pdf",
            "collection": "hr",
            "media_type": "application/pdf",
            "state": "visible",
            "pages": number,
            "reason": None,
            "remedy": None,
            "readers": ["group:hr"],
            "updated_at": "2025-05-12T08:00:00Z",
        }
        for number in range(1, 38)
    ]
    aside = {
        "id": "doc-q",
        "title": "payroll-2026.pdf",
        "file_name": "payroll-2026.pdf",
        "collection": "hr",
        "media_type": "application/pdf",
        "state": "quarantined",
        "pages": None,
        "reason": "'payroll-2026.pdf' is password-protected",
        "remedy": "Remove the password and add it again.",
        "readers": ["group:hr"],
        "updated_at": "2026-04-02T08:00:00Z",
    }
    return [*visible, *more, aside]


def old_job() -> dict[str, Any]:
    """Return a job that ended yesterday."""
    return {
        "id": "j0",
        "kind": "Sample corpus",
        "state": "done",
        "total": 42,
        "done": 41,
        "failed": 1,
        "created_at": ago(hours=30),
        "finished_at": ago(hours=30),
        "message": None,
        "documents": [
            {
                "file_name": "payroll-2026.pdf",
                "state": "quarantined",
                "reason": "'payroll-2026.pdf' is password-protected",
                "remedy": "Remove the password and add it again.",
            }
        ],
    }


def page_png(width: int) -> bytes:
    """Return a drawn page with a passage highlighted."""
    height = int(width * 1.414)
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image, "RGBA")
    unit = width // 40
    font, big = ImageFont.load_default(unit), ImageFont.load_default(int(unit * 1.5))
    draw.text((unit * 4, unit * 4), "Travel Expense Policy", font=big, fill="#222")
    draw.text((unit * 4, unit * 8), "3.2 Hotels", font=big, fill="#222")
    lines = [
        "Hotel costs are reimbursed up to 130 euros per night in Germany",
        "and up to 180 euros abroad, breakfast included.",
        "Higher rates need the approval of the cost centre owner",
        "before the booking.",
    ]
    draw.rectangle((unit * 3.6, unit * 10.6, unit * 36, unit * 17.2), fill=(255, 214, 70, 110))
    for number, line in enumerate(lines):
        draw.text((unit * 4, unit * (11 + number * 1.6)), line, font=font, fill="#333")
    for number in range(18):
        draw.rectangle(
            (
                unit * 4,
                unit * (19 + number * 1.7),
                unit * (35 - number % 4 * 3),
                unit * (19.5 + number * 1.7),
            ),
            fill="#ddd",
        )
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def ago(hours: float = 0) -> str:
    """Return the time so many hours ago."""
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
