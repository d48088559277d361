"""Run the few lines the page needs in the browser: clicks on chips, copying, keys, keeping the token of a tab.

The script below is constant. It reads `data-` attributes that ui.render wrote and never makes elements or HTML.
The token lies in the tab's sessionStorage, which ends with the tab; never in the address or in a cookie.
"""

from collections.abc import Callable
from functools import lru_cache

import streamlit as st

NAME = "intramuros_browser"
_SCRIPT = """
const KEY = 'intramuros.token';
// What a key does beside the answer: the first button of these that is there and can be pressed.
const KEYS = {
  j: ['hit_next', 'next'], k: ['hit_previous', 'previous'], ArrowRight: ['page_next'], ArrowLeft: ['page_previous'],
  Escape: ['close'],
};
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
  // A key acts as the button would, only for who is at the open document and does not write (WCAG 2.1.4).
  const beside = (element) => element instanceof Element && element.closest('.st-key-viewer');
  const onFocus = (event) => { window.intramurosReads = Boolean(beside(event.target)); };
  const onKey = (event) => {
    const target = event.target;
    const isLost = target === document.body && window.intramurosReads;
    if (!(beside(target) || isLost) || event.ctrlKey || event.altKey || event.metaKey) return;
    if (target.closest('input, textarea, [contenteditable="true"]')) return;
    if (event.key.startsWith('Arrow') && target.scrollWidth > target.clientWidth && !isLost) return;
    for (const name of KEYS[event.key] || []) {
      const button = document.querySelector(`.st-key-viewer .st-key-icon_${name} button:not(:disabled)`);
      if (button) { event.preventDefault(); button.click(); return; }
    }
  };
  document.addEventListener('focusin', onFocus);
  document.addEventListener('keydown', onKey);
  return () => {
    document.removeEventListener('click', onClick);
    document.removeEventListener('focusin', onFocus);
    document.removeEventListener('keydown', onKey);
  };
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
