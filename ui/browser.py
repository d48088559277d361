"""Run the few lines the page needs in the browser: clicks on citation chips, copying, keeping the token of a tab.

The script below is constant. It reads `data-` attributes that ui.render wrote and never makes elements or HTML.
The token lies in the tab's sessionStorage, which ends with the tab; never in the address or in a cookie.
"""

from collections.abc import Callable
from functools import lru_cache

import streamlit as st

NAME = "intramuros_browser"
_SCRIPT = """
const KEY = 'intramuros.token';
export default function ({ data, setTriggerValue }) {
  if (data.forget) sessionStorage.removeItem(KEY);
  else if (data.token) sessionStorage.setItem(KEY, data.token);
  else {
    const kept = sessionStorage.getItem(KEY);
    if (kept) setTriggerValue('restored', kept);
  }
  if (data.asked && data.asked !== window.intramurosAsked) {
    window.intramurosAsked = data.asked;
    const main = document.querySelector('[data-testid="stAppScrollToBottomContainer"]');
    const down = () => main && main.scrollTo({ top: main.scrollHeight });
    [150, 600, 1500].forEach((pause) => setTimeout(down, pause));
  }
  const onClick = (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const chip = target.closest('[data-cite]');
    if (chip) setTriggerValue('cited', chip.dataset.cite);
    const copy = target.closest('[data-copy]');
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => { copy.textContent = copy.dataset.done; });
    }
  };
  document.addEventListener('click', onClick);
  return () => document.removeEventListener('click', onClick);
}
"""


@lru_cache(maxsize=1)
def _component() -> Callable[..., object]:
    return st.components.v2.component(NAME, js=_SCRIPT)


def attach(*, token: str, forget: bool, asked: int) -> tuple[str, tuple[str, int] | None]:
    """Mount the script; return the token this tab had kept before a reload, and the citation just clicked.

    `asked` counts the questions; when it grows, the view goes down to the newest.
    """
    with st.container(key="browser"):
        result = _component()(
            key="browser_script",
            data={"token": token, "forget": forget, "asked": asked},
            on_restored_change=_nothing,
            on_cited_change=_nothing,
        )
    restored = getattr(result, "restored", None)
    return (restored if isinstance(restored, str) else ""), citation(getattr(result, "cited", None))


def citation(value: object) -> tuple[str, int] | None:
    """Return answer id and source number of a chip's target, None where it is not one."""
    if not isinstance(value, str):
        return None
    answer_id, _, number = value.rpartition(":")
    return (answer_id, int(number)) if answer_id and number.isdecimal() and number.isascii() else None


def _nothing() -> None:
    """Streamlit hands a trigger over only where a callback is registered."""
