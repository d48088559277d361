"""Make passages to be cited; three of them stand in three languages."""

from retrieval.types import Passage


def passage(text: str, *, language: str = "en", title: str = "Policy", dated: str = "2025-07-01") -> Passage:
    """Return a passage with this text."""
    return Passage(
        chunk_id="chunk",
        document_id="document",
        version_id="version",
        collection_id="handbook",
        title=title,
        file_name="policy.pdf",
        media_type="application/pdf",
        language=language,
        heading_path=("Terms",),
        text=text,
        position=0,
        page=1,
        boxes=(),
        dated=dated,
    )


PASSAGES = {
    1: passage(
        "The standard term is 30 days net from the date of the invoice. A discount of 2 percent is granted for "
        "payment within 10 days. Credit above 1,250,000 EUR needs the signature of Ines Duarte. Deliveries of spare "
        "parts are never blocked. The order book is blocked after 50 days. See form FIN-2025-07, valid from "
        "3 March 2025, office hours 8:30 to 17:00."
    ),
    2: passage(
        "Pro Monat dürfen höchstens 15 Überstunden je Person angeordnet werden. Der Zuschlag am Sonntag beträgt 75 %. "
        "Ansprechpartnerin ist Frau Dr. Weber. Das Budget beträgt 1.234,50 €. Freizeit wird innerhalb von vier "
        "Monaten genommen; gelingt das nicht, werden die Stunden ausgezahlt. Die Regel gilt ab dem 1. Januar 2026.",
        language="de",
    ),
    3: passage(
        "En France, le plafond est de 145 euros par nuit, petit déjeuner compris. La note de frais est saisie dans "
        "les 30 jours. Le budget annuel est de 1 234,50 EUR. Les contraventions ne sont jamais remboursées.",
        language="fr",
    ),
}
