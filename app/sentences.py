"""Split a model's answer into sentences with the numbers they cite. Pure.

Citation marks are read as small models write them: before or after the full stop, `[1, 2]`, `[1][2]`, `[Passage 1]`.
"""

import re
from dataclasses import dataclass


def word_set(words: str) -> frozenset[str]:
    """Return the words of a list written as one text."""
    return frozenset(words.split())


_NUMBER = r"0{0,9}\d{1,3}"
_NUMBERS = rf"{_NUMBER}(?:\s*(?:,|;|&|and|und|et|y|e)\s*{_NUMBER})*"
_WORD = r"(?:passages?|sources?|quellen?|fuentes?|fonti|fonte|documents?|dokumente?)"
MARK = re.compile(
    rf"\s*(?:\[\^?\s*(?:{_WORD}\s*)?{_NUMBERS}\s*\]|【\s*{_NUMBERS}[^】]*】|\({_WORD}\s*{_NUMBERS}\))",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*(?:[-*•–]\s+|\d{1,2}[.)]\s+|#{1,6}\s+)?")
_END = re.compile(r"[.!?…]+[\"'”»)*]*")
# A full stop after these does not end a sentence; folded to lower case, without the stop.
_ABBREVIATIONS = word_set(
    "dr prof mr mrs ms st no nr art abs bzw ca vgl evtl ggf inkl exkl usw etc tel str zzgl max min mind vs "
    "approx incl fig inc ltd co corp dept e.g i.e z.b d.h u.a u.u o.ä i.d.r s.o p.ex m mm mme mlle env c.-à-d "
    "sig sig.ra dott ing pag cfr es sr sra srta núm pág p.ej aprox ud uds jan feb mar apr jun jul aug sep sept "
    "oct okt nov dec dez janv févr avr juil déc a.m p.m"
)
# German and French write ordinals with a stop: "am 3. Quartal", "1. Mai". These words announce one.
_ORDINAL_LEADS = word_set("am im zum vom bis der die das den dem des ab seit beim jeden jedem jeder")
_AFTER_ORDINAL = re.compile(
    r"(?:jan|feb|fév|mär|mar|apr|avr|abr|mai|may|mag|jun|jui|giu|jul|lug|aug|aoû|ago|sep|set|okt|oct|ott|nov|dez|dec"
    r"|déc|dic|gen|ene|quartal|halbjahr|kalender|werktag|arbeitstag|monat|lebensjahr|stock|etage|absatz|auflage)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold one sentence as written: `lead` is the line break or bullet before it, `text` has no citation marks."""

    lead: str
    text: str
    citations: tuple[int, ...]  # as the model gave them, in order, unchecked


def split(answer: str) -> tuple[Piece, ...]:
    """Return the sentences of an answer in order. Joined with leads and single spaces they lose no word."""
    pieces: list[Piece] = []
    for line in _unwrapped(answer):
        lead, body = _lead_and_body(line, first=not pieces)
        for number, (text, citations) in enumerate(_sentences(body)):
            if text:
                pieces.append(Piece(lead if number == 0 else " ", text, citations))
            elif pieces and citations:
                pieces[-1] = _citing(pieces[-1], citations)
    return tuple(pieces)


def marks(numbers: tuple[int, ...]) -> str:
    """Return citation marks as Intramuros writes them: " [1][3]", empty without numbers."""
    return " " + "".join(f"[{number}]" for number in numbers) if numbers else ""


def with_marks(piece_text: str, numbers: tuple[int, ...]) -> str:
    """Return the sentence with its marks before the closing full stop, or at the end where there is none."""
    if not numbers:
        return piece_text
    ending = re.search(r"[.!?…:]+$", piece_text)
    if ending is None:
        return piece_text + marks(numbers)
    return piece_text[: ending.start()].rstrip() + marks(numbers) + ending.group()


def _unwrapped(answer: str) -> list[str]:
    """Return lines, with a line that goes on in lower case joined to the one before it."""
    lines: list[str] = []
    for line in answer.replace("\r\n", "\n").split("\n"):
        if lines and line[:1].islower() and lines[-1] and not _END.search(lines[-1][-1:]):
            lines[-1] += " " + line
        else:
            lines.append(line)
    return lines


def _lead_and_body(line: str, *, first: bool) -> tuple[str, str]:
    bullet = _BULLET.match(line)
    end = bullet.end() if bullet else 0
    marker = line[:end].strip()
    lead = "" if first else "\n"
    if marker and not marker.startswith("#"):  # a heading mark is layout of the model, not of ours
        lead += f"{marker} "
    return lead, line[end:].strip()


def _sentences(body: str) -> list[tuple[str, tuple[int, ...]]]:
    """Return (text without marks, citations) for each sentence of one line."""
    return [_without_marks(body[start:end]) for start, end in bounds(body)]


def bounds(line: str) -> list[tuple[int, int]]:
    """Return where each sentence of one line starts and ends, citation marks and the blanks before it included."""
    found: list[tuple[int, int]] = []
    start = 0
    position = _end_of_marks(line, 0)
    while position < len(line):
        ending = _END.search(line, position)
        if ending is None:
            break
        end = _end_of_marks(line, ending.end())
        if _is_boundary(line, start, ending, end):
            found.append((start, end))
            start = end
        position = max(end, ending.end())
    if line[start:].strip():
        found.append((start, len(line)))
    return found


def _end_of_marks(body: str, position: int) -> int:
    while mark := MARK.match(body, position):
        position = mark.end()
    # "… days. [1]." : a stop that only closes the marks belongs to them.
    closes = position > 0 and body[position - 1] in "]】" and body[position : position + 1] == "."
    return position + 1 if closes else position


def _is_boundary(body: str, start: int, ending: re.Match[str], end: int) -> bool:
    rest = body[end:]
    if rest and not rest[0].isspace():
        return False
    has_marks = end > ending.end()
    following = rest.lstrip()
    if not following or has_marks or ending.group()[0] in "!?…":
        return True
    if following[0].islower():
        return False
    before = body[start : ending.start()].split()
    word = before[-1].lower().lstrip("(„\"'«") if before else ""
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()):
        return False
    if re.fullmatch(r"\d{1,2}", word):
        announced = len(before) > 1 and before[-2].lower() in _ORDINAL_LEADS
        return not (announced or _AFTER_ORDINAL.match(following))
    return True


def _without_marks(text: str) -> tuple[str, tuple[int, ...]]:
    numbers = [int(digits) for mark in MARK.finditer(text) for digits in re.findall(r"\d+", mark.group())]
    bare = re.sub(r"\s+", " ", MARK.sub("", text)).strip()
    bare = re.sub(r"([.!?])\s*\.$", r"\1", bare)
    if not re.search(r"\w", bare):
        bare = ""
    return bare, tuple(dict.fromkeys(numbers))


def _citing(piece: Piece, more: tuple[int, ...]) -> Piece:
    return Piece(piece.lead, piece.text, tuple(dict.fromkeys((*piece.citations, *more))))
