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
  // What was just opened is brought to its first mark, within the document's own frame.
  const bring = () => {
    const paper = document.querySelector('.st-key-viewer [data-shown]');
    if (!paper || paper.dataset.shown === window.intramurosShown) return;
    window.intramurosShown = paper.dataset.shown;
    const frame = paper.closest('.st-key-viewer'), image = paper.querySelector('img');
    const [across, down] = (paper.dataset.at || '').split(' ').map((share) => parseFloat(share) / 100);
    const mark = paper.querySelector('.im-phrase') || paper.querySelector('.im-marked');
    const from = (element) => element.getBoundingClientRect().top - frame.getBoundingClientRect().top;
    const go = () => {
      if (image && down >= 0) {
        paper.scrollTo({ left: across * image.width - 40, top: down * image.height - paper.clientHeight / 3 });
        const top = frame.scrollTop + from(image) + down * image.height;
        if (top > frame.clientHeight * 0.8) frame.scrollTo({ top: top - frame.clientHeight * 0.7 });
        else frame.scrollTo({ top: 0 });
      } else if (mark && from(mark) + frame.scrollTop > frame.clientHeight * 0.8) {
        frame.scrollTo({ top: frame.scrollTop + from(mark) - frame.clientHeight * 0.7 });
      } else frame.scrollTo({ top: 0 });
    };
    if (image) image.decode().then(go, go); else go();
  };
  // A download that was refused, e.g. because the right has ended: the document is asked for again, and says so.
  const refuse = () => {
    const error = document.querySelector('.st-key-viewer_download [data-testid="stDownloadButtonError"]');
    if (!error || error.dataset.told) return;
    error.dataset.told = 'yes';
    setTriggerValue('refused', String(Date.now()));
  };
  const watch = new MutationObserver(() => { bring(); refuse(); });
  watch.observe(document.body, { childList: true, subtree: true, attributeFilter: ['data-shown'] });
  bring();
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
    watch.disconnect();
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
            on_refused_change=_nothing,
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
