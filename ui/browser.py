"""Run the few lines the page needs in the browser: clicks on citation chips, copying, what a tab or browser remembers.

They also do what only a screen reader notices: name the page's language, announce an answer once, move the focus.
The script below is constant. It reads `data-` attributes that ui.render wrote and never makes elements or HTML; into
Streamlit's own furniture, whose texts are English, it puts the page's words.
The token lies in the tab's sessionStorage, which ends with the tab; never in the address or in a cookie. The chosen
language lies in the browser's localStorage, since it says nothing about a person and is for every tab.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

import streamlit as st

from ui.languages import LANGUAGES

NAME = "intramuros_browser"
KEY = "browser_script"
_LIVE = '<div role="status" aria-live="polite" aria-atomic="true"></div>'
_SCRIPT = """
const TOKEN = 'intramuros.token';
const LANGUAGE = 'intramuros.language';
const PHONE_WIDTH = 640;  // there the sidebar covers what was chosen in it
const here = window.intramuros ??= { asked: 0, opened: '', said: '', names: [], keyboard: false };
const later = (what) => [150, 600, 1500].forEach((pause) => setTimeout(what, pause));

function remember({ token, forget, chosen }, setTriggerValue) {
  if (forget) sessionStorage.removeItem(TOKEN);
  else if (token) sessionStorage.setItem(TOKEN, token);
  else if (sessionStorage.getItem(TOKEN)) setTriggerValue('restored', sessionStorage.getItem(TOKEN));
  const kept = localStorage.getItem(LANGUAGE);
  if (chosen) localStorage.setItem(LANGUAGE, chosen);
  else if (kept) setTriggerValue('spoken', kept);
}

function name() {
  for (const [selector, attribute, words] of here.names) {
    for (const element of document.querySelectorAll(selector)) {
      const text = attribute ? words.replace('#', element.textContent) : words;
      if (attribute && element.getAttribute(attribute) !== text) element.setAttribute(attribute, text);
      if (!attribute && element.textContent !== text) element.textContent = text;
    }
  }
}

function watch() {
  let pause = 0;  // a stream changes the page many times a second
  here.observer ??= new MutationObserver(() => { pause ||= setTimeout(() => { pause = 0; name(); }, 100); });
  here.observer.observe(document.body, { childList: true, subtree: true });
}

function focus(opened) {
  if (opened === here.opened) return;
  const wasOpen = here.opened;
  here.opened = opened;
  if (!here.keyboard) return;
  const chip = `[data-cite="${CSS.escape(wasOpen)}"]`;
  const target = opened ? '.st-key-viewer .im-doc-title, .st-key-viewer .im-banner' : chip;
  const pauses = [100, 300, 700, 1500];
  const go = () => {
    const found = document.querySelector(target);
    if (found && here.opened === opened) {
      if (opened) found.tabIndex = -1;
      found.focus();
    } else if (pauses.length && here.opened === opened) setTimeout(go, pauses.shift());
  };
  setTimeout(go, pauses.shift());
}

export default function ({ data, parentElement, setTriggerValue }) {
  remember(data, setTriggerValue);
  document.documentElement.lang = data.language;
  here.names = data.names;
  name();
  watch();
  focus(data.opened);
  const said = `${data.asked} ${data.said}`;
  if (data.said && said !== here.said) {
    here.said = said;
    parentElement.querySelector('[role="status"]').textContent = data.said;
  }
  if (data.asked && data.asked !== here.asked) {
    here.asked = data.asked;
    const main = document.querySelector('[data-testid="stAppScrollToBottomContainer"]');
    later(() => main && main.scrollTo({ top: main.scrollHeight }));
  }
  const onClick = (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const chip = target.closest('[data-cite]');
    if (chip) setTriggerValue('cited', chip.dataset.cite);
    const isLeft = innerWidth <= PHONE_WIDTH && target.closest('[data-testid=stSidebar] [data-testid=stButton] button');
    if (isLeft) document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
    const copy = target.closest('[data-copy]');
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => { copy.textContent = copy.dataset.done; });
    }
  };
  const onKey = () => { here.keyboard = true; };
  const onPointer = () => { here.keyboard = false; };
  document.addEventListener('click', onClick);
  document.addEventListener('keydown', onKey, true);
  document.addEventListener('pointerdown', onPointer, true);
  return () => {
    document.removeEventListener('click', onClick);
    document.removeEventListener('keydown', onKey, true);
    document.removeEventListener('pointerdown', onPointer, true);
  };
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Hold what the script is told in a run."""

    token: str
    forget: bool
    asked: int  # questions so far; when it grows, the view goes down to the newest
    language: str
    chosen: str  # the language the reader chose in this tab, empty where they did not
    said: str = ""  # read out once by screen readers
    opened: str = ""  # the citation whose document is open, as a chip's target
    names: Sequence[tuple[str, str, str]] = ()  # of Streamlit's furniture: selector, attribute or none, words


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold what the browser says that it remembers: the token of this tab, before a reload, and the language."""

    token: str = ""
    language: str = ""


@lru_cache(maxsize=1)
def _component() -> Callable[..., object]:
    return st.components.v2.component(NAME, html=_LIVE, js=_SCRIPT)


def clicked() -> tuple[str, int] | None:
    """Return the citation whose chip made this run; asked before `attach`, which tells the script what is open."""
    return citation(getattr(st.session_state.get(KEY), "cited", None))


def attach(told: Told) -> Heard:
    """Mount the script and return what it says."""
    with st.container(key="browser"):
        result = _component()(
            key=KEY,
            data=asdict(told),
            on_restored_change=_nothing,
            on_cited_change=_nothing,
            on_spoken_change=_nothing,
        )
    restored, spoken = getattr(result, "restored", None), getattr(result, "spoken", None)
    return Heard(
        restored if isinstance(restored, str) else "",
        spoken if isinstance(spoken, str) and spoken in LANGUAGES else "",
    )


def citation(value: object) -> tuple[str, int] | None:
    """Return answer id and source number of a chip's target, None where it is not one."""
    if not isinstance(value, str):
        return None
    answer_id, _, number = value.rpartition(":")
    return (answer_id, int(number)) if answer_id and number.isdecimal() and number.isascii() else None


def _nothing() -> None:
    """Streamlit hands a trigger over only where a callback is registered."""
