"""Show what one may do with one's own data: take all of it along, or one's conversations alone; delete these."""

import streamlit as st

from ui import past, theme
from ui.client import PageError
from ui.languages import of_reader
from ui.office import Office
from ui.state import Tab
from ui.words import WORDS


def draw(api: Office, tab: Tab) -> None:
    """Show the place of one's own data."""
    theme.title(WORDS.own_data, WORDS.own_data_hint)
    _everything(api)
    if not tab.is_auditors:  # who has no conversations
        theme.section(WORDS.take_talks_heading)
        with st.container(horizontal=True, key="take_talks"):
            past.exports(api.export, "conversations", key="export_all")
        theme.section(WORDS.delete_all)
        _delete(api, tab)


def _everything(api: Office) -> None:
    theme.section(WORDS.take_all_heading)
    theme.small(WORDS.take_all_hint)
    language = of_reader()  # the file is fetched by a thread that serves nobody in particular
    st.download_button(
        WORDS.take_all,
        data=lambda: api.export_mine(language),
        file_name="my-data.zip",
        mime=past.MIME,
        icon=":material/download:",
        on_click="ignore",
        key="take_all",
    )


def _delete(api: Office, tab: Tab) -> None:
    theme.small(WORDS.delete_all_hint)
    if not tab.mine.is_delete_asked:
        if st.button(WORDS.delete_all, icon=":material/delete:", key="delete_all"):
            tab.mine.is_delete_asked = True
            st.rerun()
        return
    theme.banner(WORDS.delete_all_sure, "")
    with st.container(horizontal=True, key="delete_all_asked"):
        if st.button(WORDS.delete_all_yes, type="primary", key="delete_all_for_good"):
            _delete_all(api, tab)
        if st.button(WORDS.leave_it, key="delete_all_left"):
            tab.mine.is_delete_asked = False
            st.rerun()


def _delete_all(api: Office, tab: Tab) -> None:
    tab.mine.is_delete_asked = False
    try:
        count = api.delete_conversations()
    except PageError as error:
        theme.refuse(error)
        return
    tab.mine.live = None
    st.toast(WORDS.deleted_all.format(count=count))
    st.rerun()
