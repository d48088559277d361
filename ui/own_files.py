"""Take files to ask about at the line one writes in, and show how far each of one's own is."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui import theme
from ui.client import Api, PageError
from ui.intake_records import OwnFile
from ui.languages import day
from ui.render import fill, plain_label
from ui.state import Tab
from ui.words import WORDS

ENDED = ("visible", "quarantined", "forgotten")
LOOK_S = 1.5  # between looks while something is being read
_ROW = (
    '<div class="im-file"><span class="im-dot im-dot-{state}"></span>{name} '
    '<span class="im-small">{note}</span></div>'
)


def hand_over(api: Api, tab: Tab, files: Sequence[UploadedFile]) -> None:
    """Send files that were attached; one that is refused is told of, the others go on."""
    for file in files:
        try:
            tab.mine.brought.add(api.bring(file.name, file.getvalue()))
        except PageError as error:
            tab.mine.not_taken.append((f"{file.name}: {error.message}", error.remedy))


def are_being_read(api: Api, tab: Tab) -> bool:
    """Return whether a file brought in this tab cannot be asked about yet."""
    return any(one.id in tab.mine.brought and one.state not in ENDED for one in api.own_files())


def draw(api: Api, tab: Tab) -> None:
    """Show one's own files: those brought in this tab at once, the others behind their number."""
    for message, remedy in tab.mine.not_taken:
        theme.banner(message, remedy, tone="wrong")
    if not tab.mine.brought:
        return
    # A fragment that looks again would break off the run that shows an answer as it is written.
    is_writing = tab.mine.live is not None and not tab.mine.live.progress().is_over
    if not is_writing and are_being_read(api, tab):
        _watch(api, tab)
    else:
        _rows(api, tab)


@st.fragment(run_every=LOOK_S)
def _watch(api: Api, tab: Tab) -> None:
    if not _rows(api, tab):
        st.rerun()  # what waited for the files is asked by the page
    if tab.mine.pending:
        theme.step(WORDS.asked_when_read)


def _rows(api: Api, tab: Tab) -> bool:
    """Show the files brought in this conversation; return whether one of them is still being read."""
    try:
        files = [one for one in api.unattended().own_files() if one.id in tab.mine.brought]
    except PageError:
        return True  # the next look may reach it; the page itself says that the API is away
    for one in files:
        _row(api, tab, one, place="talk")
    return any(one.state not in ENDED for one in files)


def manage(api: Api, tab: Tab) -> None:
    """Show all of one's own files with their end, each to be deleted."""
    files = api.own_files()
    if not files:
        return
    with st.popover(WORDS.own_files.format(count=len(files)), icon=":material/attach_file:", type="tertiary"):
        theme.small(WORDS.own_files_hint)
        for one in files:
            _row(api, tab, one, place="list")


def _row(api: Api, tab: Tab, one: OwnFile, *, place: str) -> None:
    states = dict(WORDS.states)
    until = WORDS.own_until.format(day=day(one.expires_at))
    note = f"{states.get(one.state, one.state)} · {until}"
    with st.container(horizontal=True, vertical_alignment="center", key=f"file_{place}_{one.id}"):
        theme.show(fill(_ROW, state=one.state, name=one.file_name, note=note))
        theme.icon_button(
            WORDS.own_delete.format(name=plain_label(one.file_name, max_chars=40)),
            icon="close",
            key=f"forget_{place}_{one.id}",
            act=partial(_forget, api, tab, one.id),
        )
    if one.state == "quarantined":
        theme.banner(one.reason or WORDS.refused, one.remedy or WORDS.refused_remedy, tone="wrong")


def _forget(api: Api, tab: Tab, file: str) -> None:
    tab.mine.brought.discard(file)
    try:
        api.forget_own(file)
    except PageError as error:
        theme.refuse(error)
