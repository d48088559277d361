"""Say when each alert of deploy/monitoring fires and when not: a house that is well, and what goes wrong in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Samples a minute in promtool's notation, END for the last minute; None takes a series away.
Series = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Case:
    """Hold what differs from the house that is well, and which alerts fire at which times."""

    story: str
    changed: Series
    fires: Mapping[str, Sequence[str]]
    minutes: int


BUILD = 'intramuros_build_info{job="app",instance="a",version="1",profile="%s",embedder="e"}'

# fmt: off
HEALTHY: Series = {
    'up{job="app",instance="a"}': "1+0xEND",
    'up{job="worker",instance="w"}': "1+0xEND",
    BUILD % "server": "1+0xEND",
    'intramuros_model_state{job="app",instance="a"}': "2+0xEND",
    'intramuros_model_breaker_open{job="app",instance="a"}': "0+0xEND",
    'intramuros_ready{job="app",instance="a",part="model"}': "1+0xEND",
    'intramuros_ready{job="app",instance="a",part="search"}': "1+0xEND",
    'intramuros_ready_checked_seconds{job="app",instance="a"}': "5+0xEND",
    'intramuros_index_up{job="app",instance="a"}': "1+0xEND",
    'intramuros_database_up{job="app",instance="a"}': "1+0xEND",
    'intramuros_database_ping_seconds{job="app",instance="a"}': "0.001+0xEND",
    'intramuros_answers_waiting{job="app",instance="a"}': "2+0xEND",
    'intramuros_answers_room{job="app",instance="a"}': "40+0xEND",
    'intramuros_questions_total{job="app",instance="a",outcome="answered",language="de"}': "0+10xEND",
    'intramuros_question_failures_total{job="app",instance="a"}': "0+0xEND",
    'intramuros_refusals_total{job="app",instance="a",reason="Overloaded"}': "0+0xEND",
    'intramuros_first_text_seconds_bucket{job="app",instance="a",le="4.0"}': "0+10xEND",
    'intramuros_first_text_seconds_bucket{job="app",instance="a",le="30.0"}': "0+10xEND",
    'intramuros_first_text_seconds_bucket{job="app",instance="a",le="+Inf"}': "0+10xEND",
    'intramuros_sentences_total{job="app",instance="a",verdict="supported"}': "0+30xEND",
    'intramuros_sentences_total{job="app",instance="a",verdict="unsupported"}': "0+2xEND",
    'vllm:kv_cache_usage_perc{job="vllm",instance="v"}': "0.5+0xEND",
    'intramuros_backlog_documents{job="app",instance="a"}': "0+0xEND",
    'intramuros_backlog_oldest_seconds{job="app",instance="a"}': "0+0xEND",
    'intramuros_documents_total{job="worker",instance="w",outcome="visible"}': "0+5xEND",
    'intramuros_worker_state{job="worker",instance="w"}': "2+0xEND",
    'intramuros_documents_held{job="app",instance="a",state="quarantined"}': "3+0xEND",
    'intramuros_parser_stops_total{job="worker",instance="w",reason="memory"}': "0+0xEND",
    'intramuros_disk_free_bytes{job="app",instance="a"}': "600+0xEND",
    'intramuros_disk_size_bytes{job="app",instance="a"}': "1000+0xEND",
    'intramuros_disk_refuses{job="app",instance="a"}': "0+0xEND",
    'intramuros_index_points{job="app",instance="a"}': "900+0xEND",
    'intramuros_chunks{job="app",instance="a"}': "900+0xEND",
    'intramuros_backup_age_seconds{job="app",instance="a"}': "3600+0xEND",
    'intramuros_certificate_left_seconds{job="app",instance="a"}': "7776000-60xEND",
    'intramuros_audit_failures_total{job="app",instance="a"}': "0+0xEND",
    'intramuros_retention_failures_total{job="app",instance="a",store="chat"}': "0+0xEND",
    'intramuros_sign_ins_total{job="app",instance="a",result="failure"}': "0+1xEND",
    'process_open_fds{job="app",instance="a"}': "100+0xEND",
    'process_max_fds{job="app",instance="a"}': "1024+0xEND",
}
CASES = (
    Case("Nothing fires in a house that is well, for half a day.", {},
         {"5m": (), "12h": ()}, 720),
    Case("The API is gone.", {'up{job="app",instance="a"}': "0+0xEND"},
         {"30s": (), "3m": ("ApiGone",)}, 30),
    Case("The API's container is gone; nobody of that name is found.", {'up{job="app",instance="a"}': None},
         {"30s": (), "3m": ("ApiGone",)}, 30),
    Case("The model is down for a minute, as when it restarts; and for longer.",
         {'intramuros_model_state{job="app",instance="a"}': "2 2 0 0 2 2 0+0xEND"},
         {"5m": (), "12m": ("ModelDown",)}, 30),
    Case("The breaker opens for a moment; and again and again.",
         {
        'intramuros_model_breaker_open{job="app",instance="a"}': "0 1 0 0 0 0 0 0 0 0 1 0 1 0 1 0 1 0 1 0 1 0 1",
    },
         {"8m": (), "20m": ("ModelLeftAlone",)}, 22),
    Case("The search finds nothing; readiness says the same a minute later.",
         {'intramuros_ready{job="app",instance="a",part="search"}': "0+0xEND"},
         {"1m": (), "2m": ("SearchDown",), "10m": ("NotReady", "SearchDown")}, 30),
    Case("The index is away.",
         {
        'intramuros_index_up{job="app",instance="a"}': "0+0xEND",
        'intramuros_index_points{job="app",instance="a"}': None,
    },
         {"5m": ("SearchDown",)}, 30),
    Case("A server that hangs lets the last good try grow old.",
         {'intramuros_ready_checked_seconds{job="app",instance="a"}': "5+60xEND"},
         {"2m": (), "10m": ("NotReady",)}, 30),
    Case("Many wait.", {'intramuros_answers_waiting{job="app",instance="a"}': "20+0xEND"},
         {"4m": (), "10m": ("QueueLong",)}, 30),
    Case("Questions are refused.",
         {'intramuros_refusals_total{job="app",instance="a",reason="Overloaded"}': "0+5xEND"},
         {"30m": ("QuestionsRefused",)}, 40),
    Case("One answer in ten begins late.",
         {'intramuros_first_text_seconds_bucket{job="app",instance="a",le="4.0"}': "0+9xEND"},
         {"8m": (), "40m": ("FirstTextSlow",)}, 60),
    Case("One question in ten fails; one in a hundred does not wake anybody.",
         {'intramuros_question_failures_total{job="app",instance="a"}': "0+1xEND"},
         {"4m": (), "20m": ("QuestionsFail",)}, 40),
    Case("Half of what is written is borne out by nothing.",
         {'intramuros_sentences_total{job="app",instance="a",verdict="unsupported"}': "0+30xEND"},
         {"50m": (), "3h": ("SentencesUnsupported",)}, 240),
    Case("The model's memory is full.", {'vllm:kv_cache_usage_perc{job="vllm",instance="v"}': "0.99+0xEND"},
         {"8m": (), "15m": ("ModelMemoryFull",)}, 30),
    Case("A worker is gone, or there is none any more.",
         {'up{job="worker",instance="w"}': "1 0 0 0 0 0 0 _xEND"},
         {"2m": (), "6m": ("WorkerGone",), "20m": ("WorkerGone",)}, 30),
    Case("A worker stops as it was told, or another embedder's takes its place; and one ends by itself.",
         {'intramuros_worker_state{job="worker",instance="w"}': "2 1 0 2 2 2 0+0xEND"},
         {"3m": (), "5m": (), "12m": ("WorkerEnded",)}, 30),
    Case("The smallest installation has no worker, embedder or Qdrant, and misses none.",
         {'up{job="worker",instance="w"}': None, BUILD % "server": None, BUILD % "embedded": "1+0xEND"},
         {"30m": ()}, 30),
    Case("Documents wait and none comes to an end.",
         {
        'intramuros_backlog_documents{job="app",instance="a"}': "40+0xEND",
        'intramuros_documents_total{job="worker",instance="w",outcome="visible"}': "7+0xEND",
    },
         {"8m": (), "40m": ("IngestionStuck",)}, 60),
    Case("Documents wait and no worker ever counted one.",
         {
        'intramuros_backlog_documents{job="app",instance="a"}': "40+0xEND",
        'intramuros_documents_total{job="worker",instance="w",outcome="visible"}': None,
    },
         {"40m": ("IngestionStuck",)}, 60),
    Case("Documents wait and come in: a large import.",
         {'intramuros_backlog_documents{job="app",instance="a"}': "4000+0xEND"},
         {"60m": ()}, 60),
    Case("A job is open for a day.",
         {'intramuros_backlog_oldest_seconds{job="app",instance="a"}': "0+60xEND"},
         {"5h": (), "8h": ("BacklogOld",)}, 600),
    Case("Quarantine grows.",
         {'intramuros_documents_held{job="app",instance="a",state="quarantined"}': "3+1xEND"},
         {"10m": (), "2h": ("QuarantineGrowing",)}, 180),
    Case("Parsers are stopped.",
         {'intramuros_parser_stops_total{job="worker",instance="w",reason="memory"}': "0+1xEND"},
         {"10m": (), "2h": ("ParsersStopped",)}, 180),
    Case("The disk fills up within days.",
         {'intramuros_disk_free_bytes{job="app",instance="a"}': "290-0.05xEND"},
         {"30m": (), "10h": ("DiskFilling",)}, 800),
    Case("The disk is full.",
         {
        'intramuros_disk_free_bytes{job="app",instance="a"}': "140+0xEND",
        'intramuros_disk_refuses{job="app",instance="a"}': "1+0xEND",
    },
         {"1m": (), "5m": ("DiskFull",)}, 30),
    Case("The database is away, and its figures with it.",
         {
        'intramuros_database_up{job="app",instance="a"}': "0+0xEND",
        'intramuros_database_ping_seconds{job="app",instance="a"}': None,
        'intramuros_chunks{job="app",instance="a"}': None,
        'intramuros_backlog_documents{job="app",instance="a"}': None,
        'intramuros_backlog_oldest_seconds{job="app",instance="a"}': None,
        'intramuros_documents_held{job="app",instance="a",state="quarantined"}': None,
    },
         {"5m": ("DatabaseDown",)}, 30),
    Case("The database is slow.", {'intramuros_database_ping_seconds{job="app",instance="a"}': "0.4+0xEND"},
         {"8m": (), "15m": ("DatabaseSlow",)}, 30),
    Case("The index lacks chunks; while documents come in that is as it should be.",
         {
        'intramuros_index_points{job="app",instance="a"}': "880+0xEND",
        'intramuros_backlog_documents{job="app",instance="a"}': "10 10 10 10 10 10 0+0xEND",
    },
         {"35m": (), "50m": ("IndexDiffers",)}, 90),
    Case("The last backup grows old.", {'intramuros_backup_age_seconds{job="app",instance="a"}': "0+60xEND"},
         {"25h": (), "27h": ("BackupOld",)}, 1700),
    Case("There never was a backup.", {'intramuros_backup_age_seconds{job="app",instance="a"}': None},
         {"25h": (), "27h": ("BackupNone",)}, 1700),
    Case("An event cannot be put on the audit trail.",
         {'intramuros_audit_failures_total{job="app",instance="a"}': "0 0 1 1 1 1 1 1 1 1 1 1"},
         {"1m": (), "3m": ("AuditNotWritable",), "10m": ()}, 12),
    Case("Sign-ins fail.", {'intramuros_sign_ins_total{job="app",instance="a",result="failure"}': "0+20xEND"},
         {"4m": (), "20m": ("SignInsFail",)}, 30),
    Case("The certificate nears its end.",
         {'intramuros_certificate_left_seconds{job="app",instance="a"}': "1211000-60xEND"},
         {"50m": (), "2h": ("CertificateEndsSoon",)}, 150),
    Case("The certificate is about to end.",
         {'intramuros_certificate_left_seconds{job="app",instance="a"}': "3600-60xEND"},
         {"5m": (), "20m": ("CertificateEnds",), "2h": ("CertificateEnds", "CertificateEndsSoon")}, 150),
    Case("A store cannot forget, each hour anew; once by itself is tried again and no alert.",
         {'intramuros_retention_failures_total{job="app",instance="a",store="chat"}': "0+0x10 1+0x59 2+0x59 3+0x99"},
         {"80m": (), "140m": ("KeptTooLong",)}, 160),
    Case("Files stay open.", {'process_open_fds{job="app",instance="a"}': "1000+0xEND"},
         {"8m": (), "15m": ("FilesOpen",)}, 30),
)
# fmt: on


def as_promtool(cases: Sequence[Case], rules: str) -> dict[str, object]:
    """Return the file that `promtool test rules` takes, with every alert that fires, and no other, expected."""
    return {"rule_files": [rules], "evaluation_interval": "1m", "tests": [_test(case) for case in cases]}


def _test(case: Case) -> dict[str, object]:
    series = {**HEALTHY, **case.changed}
    return {
        "interval": "1m",
        "name": case.story,
        "input_series": [
            {"series": name, "values": values.replace("END", str(case.minutes))}
            for name, values in series.items()
            if values is not None
        ],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": moment,
                "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(firing)],
            }
            for moment, firing in case.fires.items()
        ],
    }
