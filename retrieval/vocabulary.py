"""Tell whether a language has a word, by simplemma's dictionaries (MIT). Pure; they are data of that package.

One is unpacked in .1 to .8 s when it is first asked for and takes 20 to 110 MB; eight stay in memory at most.
"""

import threading
from functools import lru_cache

_NAMES = {"no": "nb", "hr": "hbs"}  # as simplemma calls them

_loading = threading.Lock()


def has_word(word: str, language: str) -> bool:
    """Return whether the language's dictionary holds this form of a word, in lower case; False where it has none."""
    if _NAMES.get(language, language) not in _languages():
        return False
    from simplemma import is_known  # heavy, as below

    name = _NAMES.get(language, language)
    with _loading:  # two threads would unpack it twice
        _load(name)
    return is_known(word, lang=name)


@lru_cache(maxsize=8)  # as many as simplemma keeps
def _load(name: str) -> None:
    from simplemma import is_known  # heavy: unpacks a dictionary on first use

    is_known("a", lang=name)


@lru_cache(maxsize=1)
def _languages() -> frozenset[str]:
    from simplemma.strategies.dictionaries.dictionary_factory import SUPPORTED_LANGUAGES  # heavy, as above

    return frozenset(SUPPORTED_LANGUAGES)
