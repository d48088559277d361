"""Name every metric of the house, once: what is served, the table for IT, dashboards and alerts are compared with it.

Names follow Prometheus' conventions: the unit in the name, `_total` for what only grows. No label names a person, a
document, a collection or anything anybody wrote, and each has few values.
"""

from dataclasses import dataclass
from typing import Final, Literal

PREFIX: Final = "intramuros_"
SEARCH_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10)  # 0.3 s is the bar for search
# 120 s is the default limit of a whole answer.
ANSWER_BUCKETS_S: Final = (0.5, 1, 2, 4, 8, 15, 30, 60, 120)
# A scan of hundreds of pages may take all of the 180 s a document has by default.
DOCUMENT_BUCKETS_S: Final = (0.01, 0.05, 0.2, 1, 5, 20, 60, 180)

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Family:
    """Hold a metric: `name` without PREFIX and without the `_total` that a counter gets."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def full_name(self) -> str:
        """Return the name as it is served."""
        return f"{PREFIX}{self.name}{'_total' if self.kind == 'counter' else ''}"


# Of one process: each counts its own since its start.
QUESTIONS: Final = (
    Family(
        "questions", "counter", "Questions by how they ended and their language.", ("outcome", "language")
    ),
    Family("question_failures", "counter", "Questions that ended in an error and not in an answer."),
    Family(
        "question_stage_seconds",
        "histogram",
        "Time of a question's stages that take milliseconds.",
        ("stage",),
        SEARCH_BUCKETS_S,
    ),
    Family(
        "answer_stage_seconds",
        "histogram",
        "Time of what waits for the model, and total.",
        ("stage",),
        ANSWER_BUCKETS_S,
    ),
    Family(
        "first_text_seconds",
        "histogram",
        "Time from a question's arrival to the first word of its answer, waiting included.",
        (),
        ANSWER_BUCKETS_S,
    ),
    Family("sentences", "counter", "Sentences by verdict of the citation check.", ("verdict",)),
    Family("prompt_tokens", "counter", "Tokens of all prompts."),
    Family("completion_tokens", "counter", "Tokens that the model wrote, as its server counted them."),
    Family("answers_in_flight", "gauge", "Answers being made, those that wait included."),
    Family("answers_waiting", "gauge", "Answers that wait for a place at the model."),
    Family("answers_room", "gauge", "Answers in flight from which on questions are refused."),
    Family("model_state", "gauge", "The language model: 0 down, 1 loading, 2 ready."),
    Family("model_breaker_open", "gauge", "1 while the model is left alone after repeated failures."),
    Family("refusals", "counter", "Requests refused, by the class of the reason.", ("reason",)),
    Family("sign_ins", "counter", "Sign-ins by result.", ("result",)),
    Family("requests", "counter", "Requests by route template and status.", ("route", "status")),
    Family("retention_dropped", "counter", "Rows dropped because their term was over, by store.", ("store",)),
    Family(
        "retention_failures",
        "counter",
        "Runs in which a store could not drop what is past its term.",
        ("store",),
    ),
    Family("audit_failures", "counter", "Events that could not be put on the audit trail: each was refused."),
)
INGESTION: Final = (
    Family("worker_state", "gauge", "The worker of this process: 0 ended, 1 stopping, 2 at work or waiting."),
    Family("documents", "counter", "Documents worked off, by how they ended.", ("outcome",)),
    Family(
        "document_stage_seconds",
        "histogram",
        "A document's time per stage; of a batch, its share.",
        ("stage",),
        DOCUMENT_BUCKETS_S,
    ),
    Family("parser_stops", "counter", "Parsing processes that were stopped or died, by reason.", ("reason",)),
)
# Of the whole house, read when somebody asks: `serve` tells them, and no worker beside it.
HOLDINGS: Final = (
    Family("jobs", "gauge", "Jobs of ingestion by state.", ("state",)),
    Family("documents_held", "gauge", "Documents by state.", ("state",)),
    Family("backlog_documents", "gauge", "Files of open jobs that have not come to an end."),
    Family("backlog_oldest_seconds", "gauge", "Age of the oldest open job; 0 where there is none."),
    Family("chunks", "gauge", "Chunks of the versions that are shown, as the database has them."),
    Family("index_points", "gauge", "Chunks in the vector index."),
    Family("database_up", "gauge", "1 while the database answers."),
    Family("index_up", "gauge", "1 while the vector index answers."),
    Family("database_ping_seconds", "gauge", "Time of the database's last answer to an empty question."),
    Family("database_connections", "gauge", "Connections to the database in use by this process."),
    Family("ready", "gauge", "1 where the last real try of this part succeeded.", ("part",)),
    Family("ready_checked_seconds", "gauge", "Age of that try; old where the try itself hangs."),
    Family("disk_free_bytes", "gauge", "Free space where site.data_dir lies."),
    Family("disk_size_bytes", "gauge", "Size of the disk where site.data_dir lies."),
    Family("disk_refuses", "gauge", "1 while no document is taken in because the disk is too full."),
    Family("backup_age_seconds", "gauge", "Age of the last backup; not served where none is known."),
    Family(
        "certificate_left_seconds",
        "gauge",
        "Time until the certificate that browsers see ends; not served where it cannot be read.",
    ),
    Family("build_info", "gauge", "Always 1; what runs.", ("version", "profile", "embedder")),
)
FAMILIES: Final = (*QUESTIONS, *INGESTION, *HOLDINGS)
NAMES: Final = tuple(family.full_name for family in FAMILIES)
