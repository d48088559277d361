"""Write the technical and organisational measures (Art. 32 GDPR), each with where it holds and what shows it. Pure.

The goals are those of the German Standard Data Protection Model, which the authorities' guidance on measures for AI
systems (DSK, 16 June 2025) is ordered by. A test fails where a file or a command that is named does not exist.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.compliance.paper import Blank, Block, Heading, Paper, Table, Text
from app.compliance.tongue import Tongue
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Measure:
    """Hold what is done, where in the code it holds, and the command and the tests that show it."""

    what: str
    where: str
    shown: tuple[str, ...]


GOALS: Final[tuple[tuple[str, tuple[Measure, ...]], ...]] = (
    (
        "Confidentiality",
        (
            Measure(
                "Documents are found and read only by their readers: the rule is part of each search, and the "
                "database checks it again when it hands out text.",
                "retrieval/readers.py, ingest/passages.py",
                ("tests/test_permissions.py", "tests/test_oracle.py", "tests/test_readers_everywhere.py"),
            ),
            Measure(
                "Every route is held against every kind of caller; what one may not know answers as if it did not "
                "exist.",
                "app/api/sessions.py",
                ("tests/test_access_matrix.py", "tests/test_disclosure.py"),
            ),
            Measure(
                "People sign in through the company's own provider; a sign-in ends after minutes without a request, "
                "and for whoever is disabled at once.",
                "app/openid.py, app/sessions.py",
                ("tests/test_openid.py", "tests/test_sessions.py", "tests/test_revocation.py"),
            ),
            Measure(
                "No connection leaves the machines that the settings name; no library reports to its maker.",
                "app/offline.py, deploy/compose.yaml",
                ("intramuros egress-report", "tests/test_offline.py", "tests/test_air_gap.py"),
            ),
            Measure(
                "Answers, documents and file names are shown as text: no link, picture or script of theirs runs.",
                "ui/render.py, ui/hardening.py",
                ("tests/test_ui_hardening.py", "tests/test_injection.py"),
            ),
        ),
    ),
    (
        "Integrity",
        (
            Measure(
                "Each record of the audit trail is sealed over the one before it; what was changed, put in or cut off "
                "is named.",
                "app/audit/chain.py",
                ("intramuros audit verify", "tests/audit"),
            ),
            Measure(
                "Model files are taken only with the publisher's SHA-256, packages only with a locked one; nothing "
                "that could run is loaded.",
                "app/models/verify.py, deploy/locks",
                ("intramuros models verify", "tests/test_models_fetch.py", "tests/test_image_locks.py"),
            ),
            Measure(
                "Each document is read in a process of its own, without network, bounded in memory and time.",
                "ingest/sandbox",
                ("tests/test_sandbox.py", "tests/test_confinement.py", "tests/test_hostile.py"),
            ),
            Measure(
                "Each sentence of an answer is checked against the passage it cites; what finds no support is taken "
                "out.",
                "app/citations.py",
                ("tests/test_citations.py",),
            ),
        ),
    ),
    (
        "Availability",
        (
            Measure(
                "A backup is whole or not there, is verified before a restore, and a restore erases again what was "
                "erased since.",
                "app/backup",
                ("intramuros backup verify", "tests/backup"),
            ),
            Measure(
                "If the model is down, passages are shown; if the database or the rights cannot be read, nothing is "
                "answered.",
                "app/asking.py",
                ("intramuros doctor", "tests/test_reliability.py"),
            ),
            Measure(
                "Questions are limited per person and all together.",
                "app/rate.py, app/waiting.py",
                ("tests/test_rate.py", "tests/test_waiting.py"),
            ),
        ),
    ),
    (
        "Data minimisation and storage limitation",
        (
            Measure(
                "Every store has a term that is kept by the clock.",
                "app/privacy/retention.py",
                ("intramuros privacy retention", "tests/test_retention.py"),
            ),
            Measure(
                "Logs, figures and traces hold ids, states and times, never what people ask or read.",
                "app/logs.py, app/metrics.py",
                ("tests/test_logs.py", "tests/test_metrics.py", "tests/test_tracing.py"),
            ),
            Measure(
                "Personal data in documents is recognised and, where the collection says so, masked or held back; "
                "questions with data they hardly need are warned of or refused.",
                "ingest/guard, app/privacy/asked.py",
                ("intramuros privacy personal", "tests/guard", "tests/api/test_delicate_questions.py"),
            ),
        ),
    ),
    (
        "Intervenability",
        (
            Measure(
                "A person takes along all that is kept of them, and deletes it; processing can be restricted.",
                "app/privacy/export.py, app/privacy/restriction.py",
                (
                    "intramuros privacy export",
                    "intramuros privacy restrict",
                    "tests/privacy/test_export.py",
                    "tests/privacy/test_restriction.py",
                ),
            ),
            Measure(
                "A legal hold keeps what a proceeding asks for from every term and erasure.",
                "app/privacy/holds.py",
                ("intramuros privacy holds", "tests/test_holds.py"),
            ),
        ),
    ),
    (
        "Transparency",
        (
            Measure(
                "Every store, setting and variable is declared with purpose, basis and term; one that is not fails a "
                "test.",
                "app/privacy/inventory.py",
                ("intramuros privacy stores", "tests/privacy/test_inventory.py"),
            ),
            Measure(
                "Every answer is on record with what it read, the model's hash and what the check found.",
                "app/ledger.py",
                ("intramuros answer show", "tests/test_ledger.py"),
            ),
            Measure(
                "Answers that a model wrote or chose say so, to people and to machines.",
                "ui/answers.py, app/api/openai.py",
                ("tests/compliance/test_labels.py", "tests/test_exports.py"),
            ),
        ),
    ),
    (
        "Unlinkability and protection of employees",
        (
            Measure(
                "Nobody opens another person's chats; in a case two administrators have to agree, for a limited time, "
                "and the person is told.",
                "app/privacy/break_glass.py",
                ("tests/test_break_glass.py",),
            ),
            Measure(
                "No figure with fewer than five people behind it is shown, nor one from which such a figure follows.",
                "app/suppression.py",
                ("tests/test_suppression.py", "tests/test_usage.py"),
            ),
            Measure(
                "Conversations never become documents, index or training data.",
                "app/wiring.py",
                ("tests/compliance/test_chats_stay_out.py",),
            ),
        ),
    ),
)


def measures(settings: Settings, say: Tongue) -> Paper:
    """Return the measures by the goal they serve."""
    title = say("Technical and organisational measures (Art. 32 GDPR)")
    return Paper("3-measures", title, [*_blocks(settings, say)])


def _blocks(settings: Settings, say: Tongue) -> Iterator[Block]:
    yield Text(
        say(
            "Each measure names where in the program it holds, and the command or the test that shows it. Commands run "
            "on this house; tests are part of the program's source."
        )
    )
    columns = (say("Measure"), say("Where it holds"), say("Shown by"))
    for goal, those in GOALS:
        yield Heading(say(goal))
        rows = tuple((say(one.what), one.where, "; ".join(one.shown)) for one in those)
        yield Table(columns, rows, (0.46, 0.24, 0.3))
    yield Heading(say("As this house is set"))
    yield Table((say("Setting"), say("Value")), tuple(_set(settings, say)), (0.5, 0.5))
    yield Heading(say("What the house cannot do by itself"))
    yield Blank(say("encryption of the disks of database, documents, index and backups"))
    yield Blank(say("who may enter the machines and run commands on them, and how that is recorded"))
    yield Blank(say("instruction and commitment to confidentiality of administrators and auditors"))
    yield Blank(say("how often these measures are reviewed, and by whom (Art. 32(1)(d))"))


def _set(settings: Settings, say: Tongue) -> Iterator[tuple[str, str]]:
    yes, no = say("yes"), say("no")
    sign_in = settings.sign_in
    yield "site.profile", settings.site.profile
    yield "sign_in.issuer", sign_in.issuer or say("none: local accounts")
    yield "sign_in.hours", f"{sign_in.hours:g}"
    yield "sign_in.idle_minutes", f"{sign_in.idle_minutes:g}"
    yield "privacy.works_council", yes if settings.privacy.works_council else no
    yield "privacy.questions", settings.privacy.questions
    yield "audit.days", str(settings.audit.days)
    yield "audit.addresses", yes if settings.audit.addresses else no
    yield "limits.questions_per_minute", str(settings.limits.questions_per_minute)
