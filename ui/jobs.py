"""Show what is being taken in, and what was set aside with reason and remedy."""

from collections.abc import Sequence

import streamlit as st

from ui import theme
from ui.client import Api, Gone, PageError
from ui.intake_records import Job, JobDocument
from ui.languages import moment
from ui.records import Document
from ui.render import Safe, fill, join, plain_label
from ui.words import WORDS

REFRESH_S = 2.0  # people watch a bar; slower looks stuck, faster is work for nobody
_JOB = (
    '<div class="im-row"><b>{kind}</b><span class="im-state"><span class="im-dot im-dot-{state}"></span>{name}</span>'
    '<span class="im-small">{facts}</span></div>'
)
_ASIDE = '<div class="im-card"><b>{file}</b><p class="im-reason">{reason}</p><p class="im-remedy">{remedy}</p></div>'


def draw(api: Api) -> None:
    """Show the intake page; it refreshes itself while something runs."""
    with st.container(key="wide"):
        theme.title(WORDS.jobs, WORDS.jobs_hint)
        is_running = any(job.state in ("queued", "running") for job in api.jobs())
        st.fragment(_live, run_every=REFRESH_S if is_running else None)(api, was_running=is_running)


def _live(api: Api, *, was_running: bool) -> None:
    try:
        jobs = api.jobs()
        aside = api.documents(state="quarantined")
    except PageError as error:
        theme.banner(error.message, error.remedy, tone="wrong")
        return
    if was_running and not any(job.state in ("queued", "running") for job in jobs):
        st.rerun()
    if not jobs:
        theme.small(WORDS.no_jobs)
    for job in jobs:
        _job(api, job)
    if aside or not any(job.failed for job in jobs):
        theme.section(WORDS.quarantine)
        theme.show(_aside(aside))


def _job(api: Api, job: Job) -> None:
    progress = WORDS.job_progress.format(done=job.done, total=job.total)
    failed = WORDS.job_failed.format(failed=job.failed) if job.failed else ""
    facts = " · ".join(fact for fact in (progress, failed, moment(job.created_at), job.message or "") if fact)
    with st.container(border=True):
        name = dict(WORDS.job_states).get(job.state, job.state)
        title = (
            job.documents[0].file_name
            if len(job.documents) == 1
            else dict(WORDS.job_kinds).get(job.kind, job.kind)
        )
        theme.show(fill(_JOB, kind=title, state=job.state, name=name, facts=facts))
        if job.state in ("queued", "running"):
            st.progress(min(1.0, job.done / job.total) if job.total else 0.0)
            st.button(
                WORDS.cancel, key=f"cancel_{job.id}", type="tertiary", on_click=_cancel, args=(api, job.id)
            )
        refused = [document for document in job.documents if document.reason]
        if refused:
            with st.expander(failed or WORDS.quarantine):
                theme.show(_aside(refused))


def _aside(documents: Sequence[Document | JobDocument]) -> Safe:
    if not documents:
        return fill('<p class="im-small">{text}</p>', text=WORDS.quarantine_none)
    return join(
        [
            fill(_ASIDE, file=document.file_name, reason=document.reason or "", remedy=document.remedy or "")
            for document in documents
        ]
    )


def _cancel(api: Api, job_id: str) -> None:
    try:
        api.cancel_job(job_id)
    except Gone:
        # It ended while the button was on the screen.
        return
    except PageError as error:
        st.toast(plain_label(error.message))
