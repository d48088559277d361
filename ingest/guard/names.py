"""Find names of people: a given name with what follows it, or a word that stands where a name stands. Pure.

No model is asked. What tells a name from a noun is who speaks of it ("Frau …", "my name is …"), a given name that is
known, a family name or its ending, an initial, and that no dictionary of the text's language has the word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ingest.guard.name_cues import TITLES, Cue, cue_before, is_called
from ingest.guard.name_words import PARTICLES, Word, is_common, is_word, words_of
from ingest.guard.types import Finding, Kind
from retrieval.language import stop_words

WHOLE: Final = 0.9  # a given and a family name
INTRODUCED: Final = 0.85  # said to be somebody
LIKELY: Final = 0.65  # one half is known
ALONE: Final = 0.5  # half a name by itself
LONGEST: Final = 5  # words of a name
MOST_LETTERS: Final = 24  # of a part of a name
MOST_BLOCK_LINES: Final = 4  # of an address, below the name of whom it is

_DOES: Final = re.compile(
    r"\s(?:said|says|told|asked|wrote|writes|lives?|is from|spent|was born|moved|married|'s (?:wife|husband"
    r"|son|daughter)"
    r"|sagte|schrieb|wohnt|erklärte|a dit|habite|ha detto|abita|dijo|vive)(?!\w)"
)
_AND: Final = re.compile(r",? (?:(?:and|und|et|e|y|sowie|or|oder|ou|&) )?")
_GAP: Final = re.compile(r"[ \t\u00a0]{1,2}")
_LINE: Final = re.compile(r"[^\n]+")
_LINE_BEGINS: Final = re.compile(r"(?:\A|\n)[ \t>|]*\Z")
_LINE_ENDS: Final = re.compile(r"[ \t|]*(?:\n|\Z)")
_CONTACTS: Final = frozenset({Kind.ADDRESS, Kind.PHONE, Kind.EMAIL})


class Name(NamedTuple):
    """Say how many words are a name, how surely, and why; none where there is no name."""

    words: int
    confidence: float = 0.0
    reason: str = ""


NOTHING: Final = Name(0)


def find_names(text: str, language: str) -> Iterator[Finding]:
    """Yield the names of people, each wherever it stands."""
    walk = _Walk(text, words_of(text), language)
    at, after = 0, -1  # where the last name ended
    while at < len(walk.words):
        found = walk.name_at(at)
        if not found.words and after >= 0 and _AND.fullmatch(text, after, walk.words[at].start):
            found = walk.another(at)
        if found.words:
            after = walk.words[at + found.words - 1].end
            yield Finding(Kind.PERSON, walk.words[at].start, after, found.confidence, found.reason)
        at += found.words or 1


def find_addressees(text: str, language: str, found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the lines above an address, a telephone number or a mail address that are nothing but a name."""
    contacts = [one.start for one in found if one.kind in _CONTACTS]
    if not contacts:
        return
    lines = list(_LINE.finditer(text))
    for place, line in enumerate(lines[:-1]):
        end = lines[min(place + MOST_BLOCK_LINES, len(lines) - 1)].end()
        if any(line.end() < start < end for start in contacts) and not any(map(str.isdigit, line.group())):
            words = words_of(line.group())
            if _is_name(words, language):
                first, last = words[0].start + line.start(), words[-1].end + line.start()
                yield Finding(
                    Kind.PERSON, first, last, ALONE, "a line above an address that looks like a name"
                )


def _is_name(words: Sequence[Word], language: str) -> bool:
    if not 2 <= len(words) <= LONGEST or any(word.is_code for word in words if not word.is_initial):
        return False
    named = [word for word in words if word.is_long and word.key not in PARTICLES]
    is_capital = all(word.is_cap or word.key in PARTICLES for word in words)
    return is_capital and len(named) > 1 and all(
        word.is_given or word.is_family or not is_common(word.text, language) for word in named
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Walk:
    """Go through the words of a text, one name at a time."""

    text: str
    words: Sequence[Word]
    language: str

    def name_at(self, at: int) -> Name:
        """Return the name that begins at a word."""
        word = self.words[at]
        if not word.is_cap:
            return self._small(at)
        if len(word.text) > MOST_LETTERS or (word.key in TITLES and len(word.text) > 1):
            return NOTHING
        run = self._run(at)
        found = self._introduced(at, run)
        if found.words:
            return found
        if word.is_given:
            return self._given_and_family(run) if len(run) > 1 else self._given_alone(at)
        return self._initials(run) if word.is_initial else self._unknown(at, run)

    def another(self, at: int) -> Name:
        """Return a family name that follows a name in a list of them."""
        word = self.words[at]
        if not word.is_cap or not word.is_long or word.is_code or word.key in TITLES:
            return NOTHING
        is_name = word.is_family or self._is_strange(word)
        return Name(1, ALONE, "a family name in a list of names") if is_name else NOTHING

    def _run(self, at: int) -> list[Word]:
        """Return the words from `at` on that could be one name: capitals, initials, particles."""
        run = [self.words[at]]
        for word in self.words[at + 1 : at + LONGEST]:
            is_part = word.is_cap or word.key in PARTICLES
            if not is_part or not _GAP.fullmatch(self.text, run[-1].end, word.start):
                break
            run.append(word)
        while len(run) > 1 and not run[-1].is_cap:
            run.pop()
        return run

    def _introduced(self, at: int, run: Sequence[Word]) -> Name:
        cue = cue_before(self.text, self.words, at)
        if cue is Cue.NONE:
            return NOTHING
        named = self._leading(run)
        if run[0].is_given and len(run) > 1:
            named = max(named, self._given_and_family(run).words)
        if not named and cue is Cue.TITLE and run[0].is_long:
            named = 1
        parts = [word for word in run[:named] if word.is_long]
        if not parts or (cue is not Cue.TITLE and any(word.is_code for word in parts)):
            return NOTHING
        if cue is Cue.SUGGESTION and len(parts) < 2 and not (parts[0].is_given or parts[0].is_family):
            return NOTHING
        return Name(named, INTRODUCED, "it is introduced as somebody")

    def _leading(self, run: Sequence[Word]) -> int:
        """Return how many words of a run are a name: as far as none is a common one."""
        count = 0
        for word in run:
            is_name = word.is_given or word.is_family or word.is_initial or word.key in PARTICLES
            if not is_name and (not self._is_strange(word) or word.key in TITLES):
                break
            count += 1
        while count and not run[count - 1].is_cap:
            count -= 1
        return count

    def _given_and_family(self, run: Sequence[Word]) -> Name:
        """Return a given name with all that follows up to one family name, in Spain and Portugal two."""
        at = _past_first_names(run)
        first, last = run[0], run[at]
        if last.is_initial:
            return Name(at, ALONE, "a given name with an initial")
        if last.is_family or last.is_given:
            is_double = self.language in {"es", "pt"} and at + 1 < len(run)
            is_double = is_double and (run[at + 1].is_family or self._is_strange(run[at + 1]))
            return Name(at + 1 + is_double, WHOLE, "a given name and a family name")
        if not first.is_only_given and (last.is_code or not self._is_strange(last)):
            return NOTHING
        if self._is_strange(last) and not last.is_code:
            sure = WHOLE if first.is_only_given else LIKELY
            return Name(at + 1, sure, "a given name and a word no dictionary has")
        if last.is_code or last.key in TITLES or last.text.lower() in stop_words(self.language):
            return Name(at, ALONE, "a given name")
        return Name(at + 1, LIKELY, "a given name and a word that begins with a capital")

    def _initials(self, run: Sequence[Word]) -> Name:
        if len(run) < 2:
            return NOTHING
        at = _past_first_names(run)
        last = run[at]
        is_bare = len(run[0].text) == 1  # "A Rossi" is not "A. Rossi"
        if last.is_initial or not last.is_long or (is_bare and not last.is_family):
            return NOTHING
        if not last.is_family and is_word(last.text, self.language):
            return NOTHING
        return Name(at + 1, LIKELY, "an initial and a family name")

    def _given_alone(self, at: int) -> Name:
        word = self.words[at]
        before = self.words[at - 1] if at else None
        is_turned = before is not None and before.is_cap and self.text[before.end : word.start] == ", "
        if is_turned and before is not None and (before.is_family or self._is_strange(before)):
            return Name(1, LIKELY, "a given name after a family name")
        if not word.is_only_given or not word.is_long or word.text.isupper():
            return NOTHING
        return Name(1, ALONE, "a given name")

    def _unknown(self, at: int, run: Sequence[Word]) -> Name:
        """Return a name without a given name that is known: by what stands beside it, its ending, or its line."""
        word, last = run[0], run[-1]
        is_strange = self._is_strange(word)
        if not word.is_long or not (is_strange or word.is_family):
            return NOTHING
        turned = self._turned(at)
        if turned.words or (word.is_code and len(run) == 1):
            return turned
        if len(run) > 1:
            is_ending = is_strange and last.has_ending and self._is_strange(last) and not word.is_code
            reason = "a word no dictionary has and the ending of a family name"
            return Name(len(run), LIKELY, reason) if is_ending else NOTHING
        return self._single(word, is_strange=is_strange)

    def _single(self, word: Word, *, is_strange: bool) -> Name:
        reason = ""
        is_noun = (
            self.language == "de" or not is_strange
        )  # where every noun has a capital, the place alone tells
        if self._is_line(word.start, word.end) and (word.is_family or self.language == "de"):
            reason = "a family name in a line of its own"
        elif not is_noun and word.has_ending and not self._starts(word.start):
            reason = "the ending of a family name"
        elif not is_noun and _DOES.match(self.text, word.end):
            reason = "a word no dictionary has does what people do"
        return Name(1, ALONE, reason) if reason else NOTHING

    def _turned(self, at: int) -> Name:
        """Return a family name that stands before the given one or its initial: "Keller, Anna", "Keller, A."."""
        word = self.words[at]
        after = self.words[at + 1] if at + 1 < len(self.words) else None
        if after is None or self.text[word.end : after.start] != ", " or not after.is_cap:
            return NOTHING
        if after.is_initial and len(after.text) > 1:
            return Name(2, LIKELY, "a family name before an initial")
        return Name(1, LIKELY, "a family name before a given name") if after.is_given else NOTHING

    def _small(self, at: int) -> Name:
        """Return a name in small letters: one that is introduced, two that are known, or a line."""
        word = self.words[at]
        if word.key in PARTICLES:
            run = self._run(at)
            is_line = len(run) == 2 and run[1].is_cap and self._is_line(word.start, run[1].end)
            return Name(2, ALONE, "a family name in a line of its own") if is_line else NOTHING
        after = self.words[at + 1] if at + 1 < len(self.words) else None
        is_pair = after is not None and not after.is_cap and self.text[word.end : after.start] == " "
        if is_called(self.text, self.words, at) and (word.is_given or not is_word(word.text, "en")):
            is_two = is_pair and after is not None and not is_word(after.text, "en")
            return Name(2 if is_two else 1, LIKELY, "it is introduced as somebody")
        if after is None or not is_pair or not word.is_only_given:
            return NOTHING
        if after.is_family and not is_word(after.text, "en"):
            return Name(2, LIKELY, "a given name and a family name")
        if self._is_line(word.start, after.end) and after.key not in PARTICLES:
            return Name(2, LIKELY, "a given name and a word in a line of their own")
        return NOTHING

    def _is_strange(self, word: Word) -> bool:
        return not is_common(word.text.lower().rstrip("."), self.language)

    def _is_line(self, start: int, end: int) -> bool:
        """Return whether what stands from `start` to `end` is all there is in its line."""
        begins = _LINE_BEGINS.search(self.text, max(start - 6, 0), start)
        return begins is not None and _LINE_ENDS.match(self.text, end) is not None

    def _starts(self, start: int) -> bool:
        """Return whether a sentence starts here, where any word has a capital."""
        before = self.text[max(start - 4, 0) : start].rstrip(" \t\"'“„(")
        return not before or before[-1] in ".!?:\n"


def _past_first_names(run: Sequence[Word]) -> int:
    """Return the place in a run after its first word, and after further given names, initials and particles."""
    at = 1
    while at < len(run) - 1 and (run[at].is_given or run[at].is_initial or run[at].key in PARTICLES):
        at += 1
    return at
