// What the page needs in the browser. It reads `data-` attributes that ui.render wrote and never makes elements or HTML;
// into Streamlit's own furniture, whose texts are English, it puts the page's words.
const TOKEN = 'intramuros.token';
const LANGUAGE = 'intramuros.language';
const PHONE_WIDTH = 640;  // there the sidebar covers what was chosen in it
const SCROLLED = '[data-testid="stMain"]';
// What a key does beside the answer: the first button of these that is there and can be pressed.
const KEYS = {
  j: ['hit_next', 'next'], k: ['hit_previous', 'previous'], ArrowRight: ['page_next'], ArrowLeft: ['page_previous'],
  Escape: ['close'],
};
const here = window.intramuros ??= {
  asked: 0, conversation: '', opened: '', said: '', shown: '', names: [], keyboard: false, reads: false, follows: false,
};
const later = (what) => [150, 600, 1500].forEach((pause) => setTimeout(what, pause));

// Both are told at once: of two words said in one breath Streamlit may hear only the first.
function remember({ token, forget, chosen }, setTriggerValue) {
  if (forget) sessionStorage.removeItem(TOKEN);
  else if (token) sessionStorage.setItem(TOKEN, token);
  if (chosen) localStorage.setItem(LANGUAGE, chosen);
  const kept = {
    token: token ? '' : sessionStorage.getItem(TOKEN) ?? '',
    language: chosen ? '' : localStorage.getItem(LANGUAGE) ?? '',
  };
  if (kept.token || kept.language) setTriggerValue('remembered', kept);
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

function watchNames() {
  let pause = 0;  // a stream changes the page many times a second
  here.observer ??= new MutationObserver(() => { pause ||= setTimeout(() => { pause = 0; name(); }, 100); });
  const attributeFilter = ['aria-label', 'placeholder'];
  here.observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter });
}

// Where keys are used, the focus goes to what was opened, or back to the chip, and again where a later run replaces it;
// whoever has moved on meanwhile is left alone.
function focus(opened) {
  if (opened === here.opened) return;
  const wasOpen = here.opened;
  here.opened = opened;
  if (!here.keyboard) return;
  const chip = `[data-cite="${CSS.escape(wasOpen)}"]`;
  const target = opened ? '.st-key-viewer .im-doc-title, .st-key-viewer .im-banner' : chip;
  let lost = [document.activeElement, document.body];
  const pauses = [100, 300, 700, 1500, 3000];
  const go = () => {
    if (here.opened !== opened) return;
    const found = document.querySelector(target);
    if (found && lost.includes(document.activeElement)) {
      if (opened) found.tabIndex = -1;
      found.focus();
      lost = [document.body];
    }
    if (pauses.length) setTimeout(go, pauses.shift());
  };
  setTimeout(go, pauses.shift());
}

function say(asked, words) {
  const said = `${asked} ${words}`;
  if (!words || said === here.said) return;
  here.said = said;
  return words;
}

// The view stays at the newest words until the reader looks elsewhere.
function follow() {
  const main = document.querySelector(SCROLLED);
  if (main && here.follows) main.scrollTo({ top: main.scrollHeight });
}

function goDown() {
  here.follows = true;
  later(follow);
}

// What was just opened is brought to its first mark, within the document's own frame.
function bring() {
  const paper = document.querySelector('.st-key-viewer [data-shown]');
  if (!paper || paper.dataset.shown === here.shown) return;
  here.shown = paper.dataset.shown;
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
}

// A download that was refused, e.g. because the right has ended: the document is asked for again, and says so.
function refuse(setTriggerValue) {
  const error = document.querySelector('.st-key-viewer_download [data-testid="stDownloadButtonError"]');
  if (!error || error.dataset.told) return;
  error.dataset.told = 'yes';
  setTriggerValue('refused', String(Date.now()));
}

const beside = (element) => element instanceof Element && element.closest('.st-key-viewer');

// A key acts as the button would, only for who is at the open document and does not write (WCAG 2.1.4).
function press(event) {
  const target = event.target;
  const isLost = target === document.body && here.reads;
  if (!(beside(target) || isLost) || event.ctrlKey || event.altKey || event.metaKey) return;
  if (target.closest('input, textarea, [contenteditable="true"]')) return;
  if (event.key.startsWith('Arrow') && target.scrollWidth > target.clientWidth && !isLost) return;
  for (const name of KEYS[event.key] || []) {
    const button = document.querySelector(`.st-key-viewer .st-key-icon_${name} button:not(:disabled)`);
    if (button) { event.preventDefault(); button.click(); return; }
  }
}

function moveByKeys(event) {
  here.keyboard = true;
  if (!(event.target instanceof Element && event.target.closest('textarea'))) here.follows = false;
}

function click(event, setTriggerValue) {
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
}

export default function ({ data, parentElement, setTriggerValue }) {
  remember(data, setTriggerValue);
  document.documentElement.lang = data.language;
  here.names = data.names;
  name();
  watchNames();
  focus(data.opened);
  if (!data.token) Object.assign(here, { asked: 0, said: '' }); // who signs in next counts from one again
  const words = say(data.asked, data.said);
  if (words) {
    parentElement.querySelector('[role="status"]').textContent = words;
    later(follow);
  }
  if (data.asked && data.asked !== here.asked) {
    here.asked = data.asked;
    goDown();
  }
  if (data.conversation !== here.conversation) {
    here.conversation = data.conversation;
    goDown();
  }
  bring();
  const drawn = new MutationObserver(() => { bring(); refuse(setTriggerValue); follow(); });
  drawn.observe(document.body, { childList: true, subtree: true, attributeFilter: ['data-shown'] });
  const listening = [
    ['click', (event) => click(event, setTriggerValue), false],
    ['focusin', (event) => { here.reads = Boolean(beside(event.target)); }, false],
    ['keydown', press, false],
    ['keydown', moveByKeys, true],
    ['pointerdown', () => { here.keyboard = false; here.follows = false; }, true],
    ['wheel', () => { here.follows = false; }, { passive: true }],
    ['touchmove', () => { here.follows = false; }, { passive: true }],
  ];
  for (const one of listening) document.addEventListener(...one);
  return () => {
    drawn.disconnect();
    for (const one of listening) document.removeEventListener(...one);
  };
}
