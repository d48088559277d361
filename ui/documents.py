"""Show what the reader may read, and take uploads in."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui import theme, uploads
from ui.client import Api, PageError
from ui.languages import day
from ui.records import Collection, Document
from ui.render import fill, plain_label
from ui.words import WORDS

PAGE_ROWS = 25
_ROW = (
    '<div class="im-row"><b>{title}</b><span class="im-state"><span class="im-dot im-dot-{state}"></span>{name}</span>'
    '<span class="im-small">{facts}</span></div>'
)


def draw(api: Api) -> None:
    """Show the documents page."""
    with st.container(key="wide"):
        theme.title(WORDS.documents, WORDS.documents_hint)
        collections = api.collections()
        with st.expander(WORDS.upload, icon=":material/upload_file:"):
            _upload(api, [collection for collection in collections if collection.can_add])
        _list(api, collections)


def _upload(api: Api, collections: Sequence[Collection]) -> None:
    names = {collection.id: collection for collection in collections}
    if not names:
        theme.small(WORDS.welcome_empty)
        return
    with st.form("upload", clear_on_submit=True, border=False):
        files = st.file_uploader(WORDS.upload, accept_multiple_files=True, label_visibility="collapsed")
        where, who = st.columns(2)
        chosen = where.selectbox(
            WORDS.upload_where, list(names), format_func=lambda name: plain_label(names[name].name)
        )
        choices = [WORDS.upload_me]
        if any(collection.can_share for collection in collections):
            choices.append(WORDS.upload_all)
        readers = who.radio(WORDS.upload_readers, choices, horizontal=True)
        theme.small(WORDS.upload_hint)
        if st.form_submit_button(WORDS.upload_start, type="primary") and files and chosen:
            _hand_over(api, files, chosen, only_me=readers == WORDS.upload_me)
    for collection in collections:
        theme.small(f"{collection.name}: {_declaration(collection)}")


def _hand_over(api: Api, files: Sequence[UploadedFile], collection: str, *, only_me: bool) -> None:
    bar = st.progress(0.0)
    taken = 0
    for count, file in enumerate(files, start=1):
        name = str(getattr(file, "name", "document"))
        try:
            api.upload(
                name, file.getvalue(), collection=collection, readers="me" if only_me else "collection"
            )
            taken += 1
        except PageError as error:
            theme.banner(f"{name}: {error.message}", error.remedy, tone="wrong")
        bar.progress(count / len(files), text=plain_label(name))
    bar.empty()
    uploads.release(files)
    if taken:
        theme.banner(WORDS.upload_taken.format(count=taken, place=WORDS.jobs), "", tone="calm")


def _list(api: Api, collections: Sequence[Collection]) -> None:
    names = {collection.id: collection.name for collection in collections}
    find, among = st.columns([2, 1])
    wanted = find.text_input(WORDS.find, placeholder=WORDS.find, label_visibility="collapsed", key="find")
    chosen = among.selectbox(
        WORDS.upload_where,
        ["", *names],
        format_func=lambda name: plain_label(names.get(name, WORDS.all_collections)),
        label_visibility="collapsed",
        key="among",
    )
    readable = (document for document in api.documents() if document.can_open)
    found = [document for document in readable if _matches(document, wanted, chosen, names)]
    if not found:
        theme.small(WORDS.no_documents)
        return
    pages = -(-len(found) // PAGE_ROWS)
    page = st.pagination(pages, key="documents_page") if pages > 1 else 1
    start = (min(page or 1, pages) - 1) * PAGE_ROWS
    for document in found[start : start + PAGE_ROWS]:
        _row(api, document, names)


def _row(api: Api, document: Document, names: dict[str, str]) -> None:
    collection = names.get(document.collection, document.collection)
    pages = WORDS.pages.format(pages=document.pages) if document.pages else ""
    facts = " · ".join(
        fact
        for fact in (
            document.file_name,
            collection,
            pages,
            day(document.updated_at),
            ", ".join(document.readers),
        )
        if fact
    )
    with st.container(key=f"doc_{document.id}", horizontal=True, vertical_alignment="center"):
        state = dict(WORDS.states).get(document.state, document.state)
        theme.show(fill(_ROW, title=document.title, state=document.state, name=state, facts=facts))
        if document.state == "visible":
            st.download_button(
                WORDS.download,
                data=partial(api.original, document.id),
                file_name=document.file_name,
                mime="application/octet-stream",
                icon=":material/download:",
                help=WORDS.download,
                type="tertiary",
                on_click="ignore",
                key=f"icon_get_{document.id}",
            )


def _matches(document: Document, wanted: str, collection: str, names: dict[str, str]) -> bool:
    # The API may name a document's collection by id or by name; both are unique.
    if collection and document.collection not in (collection, names[collection]):
        return False
    text = f"{document.title} {document.file_name}".casefold()
    return all(word in text for word in wanted.casefold().split())


def _declaration(collection: Collection) -> str:
    days = collection.retention_days
    return WORDS.declaration.format(
        owner=collection.owner,
        purpose=collection.purpose,
        confidentiality=collection.confidentiality,
        retention=WORDS.retention_days.format(days=days) if days else WORDS.retention_open,
    )
