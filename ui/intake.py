"""Show what is being taken in, what was set aside with reason and remedy, and what a person should look at."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby

import streamlit as st

from ui import theme
from ui.administered import Remark, SetAside
from ui.client import Gone, PageError, SessionEnded
from ui.intake_records import Job
from ui.languages import moment, number
from ui.office import Office
from ui.render import Safe, fill, plain_label
from ui.times import lasting
from ui.words import WORDS

REFRESH_S = 2.0  # people watch a bar; slower looks stuck, faster is work for nobody
IDLE_S = 15.0  # how late an order of somebody else is noticed while nothing runs
SHOWN = 12  # of one reason; the button for all takes the others along
WORKING = ("queued", "running")
_JOB = (
    '<div class="im-row"><b>{name}</b><span class="im-state"><span class="im-dot im-dot-{state}"></span>{told}</span>'
    '<span class="im-small">{facts}</span></div>'
)
_REFUSED = '<p class="im-reason">{reason}</p><p class="im-remedy">{remedy}</p>'
_KIND = '<div class="im-kind"><b>{kind}</b><p class="im-remedy">{remedy}</p></div>'
_FILE = '<p class="im-file">{file} <span class="im-small">{facts}</span></p>'


def draw(api: Office, *, looks_after: bool) -> None:
    """Show the intake page; it refreshes itself, often while something runs."""
    with st.container(key="wide"):
        theme.title(WORDS.jobs, WORDS.jobs_hint)
        is_running = any(job.state in WORKING for job in api.jobs())
        every_s = REFRESH_S if is_running else IDLE_S
        st.fragment(_live, run_every=every_s)(api, was_running=is_running, looks_after=looks_after)


def _live(api: Office, *, was_running: bool, looks_after: bool) -> None:
    quiet = api.unattended()
    try:
        jobs = quiet.jobs()
        aside = quiet.set_aside() if looks_after else ()
        remarks = quiet.remarks() if looks_after else ()
    except SessionEnded:
        st.rerun()  # the page itself leads to the sign-in
    except PageError as error:
        theme.banner(error.message, error.remedy, tone="wrong")
        return
    if was_running != any(job.state in WORKING for job in jobs):
        st.rerun()
    working = [job for job in jobs if job.state in WORKING]
    if working:
        theme.section(WORDS.jobs_running)
    else:
        theme.small(WORDS.no_jobs)
    for job in working:
        _working(api, job)
    if looks_after:
        _quarantine(api, aside)
        _review(api, remarks)
    over = [job for job in jobs if job.state not in WORKING]
    # Who looks after nothing sees only their own, and what became of them is what they came for.
    _finished(over, is_folded=looks_after)


def name_of(job: Job) -> str:
    """Return what a person calls a job: its source, or what was uploaded, and who or what ordered it."""
    if job.source == "upload" and job.kind == "ingest":
        own = job.documents[0].file_name if len(job.documents) == 1 else ""
        name = own or WORDS.job_upload.format(count=job.total)
    else:
        name = (
            dict(WORDS.job_names)
            .get(job.kind, job.kind)
            .format(source=job.source.partition(":")[2] or job.source)
        )
    templates = {"me": WORDS.job_by_me, "schedule": WORDS.job_by_schedule, "operator": WORDS.job_by_operator}
    template = templates.get(job.ordered, WORDS.job_by if job.ordered_by else "{job}")
    return template.format(job=name, name=job.ordered_by)


def _working(api: Office, job: Job) -> None:
    with st.container(border=True, key=f"job_{job.id}"):
        theme.show(_row(job, (_stages(job), _pace(job))))
        st.progress(min(1.0, job.done / job.total) if job.total else 0.0)
        st.button(
            WORDS.cancel,
            key=f"cancel_{job.id}",
            help=plain_label(WORDS.job_cancel_of.format(job=name_of(job))),
            type="tertiary",
            on_click=_act,
            args=(partial(api.cancel_job, job.id),),
        )


def _finished(jobs: Sequence[Job], *, is_folded: bool) -> None:
    if not jobs:
        return
    label = WORDS.jobs_over.format(count=number(len(jobs)))
    with st.expander(label, expanded=not is_folded, key="jobs_over"):
        for job in jobs:
            theme.show(_row(job, (moment(job.created_at), job.message or "")))
            for one in job.documents:
                if one.reason:
                    theme.show(fill(_REFUSED, reason=one.reason, remedy=one.remedy or ""))


def _row(job: Job, more: Sequence[str]) -> Safe:
    counts = (
        WORDS.job_progress.format(done=job.done, total=job.total),
        WORDS.job_unchanged.format(unchanged=number(job.unchanged)) if job.unchanged else "",
        WORDS.job_failed.format(failed=number(job.failed)) if job.failed else "",
    )
    facts = " · ".join(fact for fact in (*counts, *more) if fact)
    told = dict(WORDS.job_states).get(job.state, job.state)
    return fill(_JOB, name=name_of(job), state=job.state, told=told, facts=facts)


def _stages(job: Job) -> str:
    ended = ("visible", "quarantined", "forgotten")
    names = dict(WORDS.states)
    return " · ".join(
        f"{number(count)} {names.get(stage, stage)}"
        for stage, count in job.stages.items()
        if stage not in ended and count
    )


def _pace(job: Job) -> str:
    if job.state != "running":
        return ""
    if job.left_s is None:
        return WORDS.job_measuring
    pages = WORDS.job_pages_per_s.format(pages=number(job.pages_per_s, decimals=1)) if job.pages_per_s else ""
    return " · ".join(fact for fact in (pages, WORDS.job_left.format(time=lasting(job.left_s))) if fact)


def _quarantine(api: Office, aside: Sequence[SetAside]) -> None:
    theme.section(WORDS.quarantine)
    if not aside:
        theme.small(WORDS.quarantine_none)
    by_kind = sorted(aside, key=lambda one: (one.kind, one.remedy))
    for place, ((kind, remedy), group) in enumerate(groupby(by_kind, key=lambda one: (one.kind, one.remedy))):
        files = list(group)
        with st.container(border=True, key=f"aside_{place}"):
            theme.show(fill(_KIND, kind=kind[:1].upper() + kind[1:], remedy=remedy))
            if len(files) > 1:
                everything = tuple(one.document for one in files)
                st.button(
                    WORDS.again_all.format(count=number(len(files))),
                    key=f"again_all_{files[0].document}",
                    on_click=_try_again,
                    args=(api, everything),
                )
            for one in files[:SHOWN]:
                _one_aside(api, one)
            if len(files) > SHOWN:
                theme.small(WORDS.and_more.format(count=len(files) - SHOWN))


def _one_aside(api: Office, one: SetAside) -> None:
    with st.container(key=f"doc_aside_{one.document}", horizontal=True, vertical_alignment="center"):
        theme.show(fill(_FILE, file=one.file_name, facts=one.collection))
        st.button(
            WORDS.again_one,
            key=f"again_{one.document}",
            help=plain_label(WORDS.again_of.format(file=one.file_name)),
            type="tertiary",
            on_click=_try_again,
            args=(api, (one.document,)),
        )
        _removal(api, one.document, one.file_name)


def _review(api: Office, remarks: Sequence[Remark]) -> None:
    theme.section(WORDS.review)
    waiting = [one for one in remarks if one.needs_review]
    theme.small(WORDS.review_hint if waiting else WORDS.review_none)
    for one in waiting:
        with st.container(key=f"doc_review_{one.document}", horizontal=True, vertical_alignment="center"):
            facts = " · ".join((one.collection, *one.findings))
            theme.show(fill(_FILE, file=one.file_name, facts=facts))
            st.button(
                WORDS.accept,
                key=f"accept_{one.document}",
                help=plain_label(WORDS.accept_of.format(file=one.file_name)),
                type="tertiary",
                on_click=_act,
                args=(partial(api.accept, one.document),),
            )
            _removal(api, one.document, one.file_name)
    poor = [one for one in remarks if one.poor_pages]
    if poor:
        with st.expander(f"{WORDS.poor} ({number(len(poor))})", key="poor"):
            for one in poor:
                pages = WORDS.poor_pages.format(pages=", ".join(str(page) for page in one.poor_pages))
                theme.show(fill(_FILE, file=one.file_name, facts=f"{one.collection} · {pages}"))


def _removal(api: Office, document: str, file_name: str) -> None:
    """Offer to forget a document; it takes a second click."""
    with st.popover(
        WORDS.remove,
        type="tertiary",
        help=plain_label(WORDS.remove_of.format(file=file_name)),
        key=f"remove_{document}",
    ):
        theme.small(f"{file_name}: {WORDS.remove_sure}")
        st.button(
            WORDS.remove_now,
            key=f"remove_now_{document}",
            on_click=_act,
            args=(partial(api.delete_document, document),),
        )


def _try_again(api: Office, documents: tuple[str, ...]) -> None:
    try:
        placed = api.try_again(documents)
    except PageError as error:
        theme.refuse(error)
        return
    if not placed:  # else its job shows
        st.toast(WORDS.again_none)


def _act(act: Callable[[], None]) -> None:
    try:
        act()
    except Gone:
        # It ended, or somebody else settled it, while the button was on the screen.
        return
    except PageError as error:
        theme.refuse(error)
