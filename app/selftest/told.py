"""Write the report of a proof as Markdown, to be read and filed. Pure."""

from datetime import datetime
from typing import Final

from app.selftest.canaries import UNPLANTED
from app.selftest.proving import STEPS, Proof

METHOD: Final = (
    "In a house of its own, a word that stands nowhere else was planted in each store below, as people bring it there. "
    "A backup was made; a document, a person and a collection were erased; the disk was purged; the older backup was "
    "restored over it, and that was purged. After each step every reading route was asked as the person, a colleague, "
    "an administrator and an auditor, and every row of every table was read; after each purge every byte of the data "
    "directory, compressed files unpacked. That each word was found before shows that the search finds."
)


def report(proof: Proof, *, release: str, now: datetime) -> str:
    """Return the report; no canary stands in it."""
    verdict = "PROVEN" if proof.is_proven else "NOT PROVEN"
    lines = [
        "# Proof of erasure (Art. 17 GDPR)",
        "",
        f"**{verdict}** · Intramuros {release} · {proof.database} · {now:%Y-%m-%d %H:%M} UTC · {proof.seconds:.0f} s",
        "",
        METHOD,
        "",
        f"The longest erasure took {proof.erase_s:.1f} s, the longest purge {proof.purge_s:.1f} s.",
        "",
        "| store | planted | found before, places | " + " | ".join(STEPS[1:]) + " |",
        "|---|---|---|" + "---|" * len(STEPS[1:]),
    ]
    for row in proof.rows:
        left = " | ".join(str(len(row.left[step])) for step in STEPS[1:])
        lines.append(f"| {row.canary.store} | {row.canary.what} | {len(row.before)} | {left} |")
    lines += ["", "## What is wrong", ""] if proof.faults else []
    lines += [f"- {one}" for one in proof.faults]
    lines += ["", "## Stores without a word of their own", ""]
    lines += [f"- **{store}**: {why}" for store, why in UNPLANTED.items()]
    if proof.database == "PostgreSQL":
        lines += [
            "",
            "The files of the database server were not read: its rows were, and its tables written anew.",
        ]
    lines += ["", "Signed: ______________________    Date: ______________", ""]
    return "\n".join(lines)
