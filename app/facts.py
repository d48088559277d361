"""Read the checkable facts out of a text: numbers, dates, times, codes and names. Pure.

A fact is written in one canonical form whatever the language: 1.234,50 and 1,234.50 are one number, "3. März 2024",
"3 March 2024" and 2024-03-03 one date. Where a form has two readings (1.234, 03/04/2024) a text offers both, and one of
them has to agree.
"""

import re
import unicodedata
from dataclasses import dataclass, replace

from app.sentences import word_set

_MONTHS = {  # folded prefixes, longest first wins; values 1..12
    1: "january januar jan janvier janv gennaio gen enero ene",
    2: "february februar feb fevrier fevr febbraio febrero",
    3: "march marz maerz mar mars marzo",
    4: "april apr avril avr aprile abril abr",
    5: "may mai maggio mag mayo",
    6: "june juni jun juin giugno giu junio",
    7: "july juli jul juillet juil luglio lug julio",
    8: "august aug aout agosto ago",
    9: "september sep sept septembre settembre set septiembre",
    10: "october oktober okt oct octobre ottobre ott octubre",
    11: "november nov novembre noviembre",
    12: "december dezember dez dec decembre dicembre dic diciembre",
}
MONTH_OF = {name: month for month, names in _MONTHS.items() for name in names.split()}
_DAYS = {
    1: "monday montag lundi lunedi lunes mondays montags",
    2: "tuesday dienstag mardi martedi martes tuesdays dienstags",
    3: "wednesday mittwoch mercredi mercoledi miercoles wednesdays mittwochs",
    4: "thursday donnerstag jeudi giovedi jueves thursdays donnerstags",
    5: "friday freitag vendredi venerdi viernes fridays freitags",
    6: "saturday samstag samedi sabato sabado saturdays samstags",
    7: "sunday sonntag dimanche domenica domingo sundays sonntags",
}
WEEKDAY_OF = {name: day for day, names in _DAYS.items() for name in names.split()}
# "One" is left out: in German, French, Italian and Spanish it is the article.
_NUMBER_WORDS = {
    "2": "two zwei deux due dos twice zweimal zweite zweiten zweiter deuxieme",
    "3": "three drei trois tre tres third dritte dritten dreimal troisieme terzo terza tercero tercera tercer",
    "4": "four vier quatre quattro cuatro fourth vierte vierten viertes vierter viermal quatrieme quarto quarta cuarto",
    "5": "five funf fuenf cinq cinque cinco fifth funfte funften funfter funfmal cinquieme quinto quinta",
    "6": "six sechs sei seis sixth sechste sechsten sechsmal sixieme sesto sexto",
    "7": "seven sieben sept sette siete seventh siebte siebten septieme settimo septimo",
    "8": "eight acht huit otto ocho eighth achte achten huitieme ottavo octavo",
    "9": "nine neun neuf nove nueve ninth neunte neunten neuvieme nono noveno",
    "10": "ten zehn dix dieci diez tenth zehnte zehnten dixieme decimo",
    "11": "eleven elf onze undici once",
    "12": "twelve zwolf zwoelf douze dodici doce",
    "14": "fourteen vierzehn quatorze quattordici catorce",
    "15": "fifteen funfzehn quinze quindici quince",
    "20": "twenty zwanzig vingt venti veinte",
    "24": "vierundzwanzig ventiquattro veinticuatro",
    "30": "thirty dreissig trente trenta treinta",
    "40": "forty vierzig quarante quaranta cuarenta",
    "50": "fifty funfzig cinquante cinquanta cincuenta",
    "60": "sixty sechzig soixante sessanta sesenta",
    "90": "ninety neunzig nonante novanta noventa",
    "100": "hundred hundert cent cento cien",
}
# Words that are numbers only in some languages and something else in another ("set" Italian month, "once" English).
_AMBIGUOUS_WORDS = word_set("once set mar may mag sei sept elf due tre otto ago dix cent")
_VALUE_OF = {word: value for value, words in _NUMBER_WORDS.items() for word in words.split()}
_ARTICLES = word_set("one ein eine einen einem einer eines un une uno una")  # "ein Monat" backs "1 month"

_NUMBER = re.compile(r"(?<![\w.,])[-−]?\d+(?:(?:[.,'’]|[\u00a0\u202f ](?=\d{3}(?!\d)))\d+)*")
_UNIT = re.compile(
    r"\s*(%|percent|per cent|prozent|pour cent|per cento|por ciento"
    r"|€|eur\b|euros?\b|\$|usd\b|chf\b|francs?\b|franken\b|£|gbp\b)",
    re.IGNORECASE,
)
_UNIT_BEFORE = re.compile(r"(€|eur|\$|usd|chf|£|gbp)\s*$", re.IGNORECASE)
_UNIT_NAME = {"€": "eur", "euro": "eur", "euros": "eur", "$": "usd", "£": "gbp"} | dict.fromkeys(
    ("franc", "francs", "franken"), "chf"
)
_WORD = r"[^\W\d_]+"
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:\.|er|st|nd|rd|th|º|°)?\s+(?:de |of |di )?({_WORD})\.?,?(?:\s+(?:de |del )?(\d{{4}}))?"
)
_MONTH_DAY = re.compile(rf"\b({_WORD})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(\d{{4}}))?")
_MONTH_YEAR = re.compile(rf"\b({_WORD})\.?\s+(?:de |del )?(\d{{4}})\b")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_NUMERIC = re.compile(r"(?<![\d.])(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})(?!\d)")
_CLOCK = re.compile(
    r"(?<![\d.,])(\d{1,2})(?::|h|\.)(\d{2})(?![\d.,]\d|\d)(?:\s*(a\.?m\b|p\.?m\b|uhr|h\b))?", re.IGNORECASE
)
_HOUR = re.compile(r"(?<![\d.,:])(\d{1,2})\s*(a\.?m\b|p\.?m\b|uhr\b|h\b|heures?\b)", re.IGNORECASE)
_CODE = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)\S+|\w+(?:[-/_.]\w+)*")

Date = tuple[int, int, int]  # year, month, day; 0 = not stated
Number = tuple[str, str]  # canonical value, unit ("" = none stated)


@dataclass(frozen=True, slots=True)
class Facts:
    """Hold the facts of a text. Each number and date is the set of its possible readings."""

    numbers: tuple[frozenset[Number], ...]
    dates: tuple[frozenset[Date], ...]
    times: frozenset[str]  # "17:00"
    codes: frozenset[str]  # letters and digits only, lower case
    weekdays: frozenset[int]

    @property
    def count(self) -> int:
        """Return how many facts there are."""
        return len(self.numbers) + len(self.dates) + len(self.times) + len(self.codes) + len(self.weekdays)

    @property
    def single(self) -> list["Facts"]:
        """Return each fact by itself."""
        empty = Facts((), (), frozenset(), frozenset(), frozenset())
        return [
            *(replace(empty, numbers=(one,)) for one in self.numbers),
            *(replace(empty, dates=(one,)) for one in self.dates),
            *(replace(empty, times=frozenset({one})) for one in sorted(self.times)),
            *(replace(empty, codes=frozenset({one})) for one in sorted(self.codes)),
            *(replace(empty, weekdays=frozenset({one})) for one in sorted(self.weekdays)),
        ]


def fold(text: str) -> str:
    """Return the text in lower case without accents; ß becomes ss."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def squeeze(text: str) -> str:
    """Return letters and digits only, folded; what codes are compared in."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


def read(text: str, *, is_source: bool = False) -> Facts:
    """Return the facts of a text; what is read as a date, time or code is not read again as a number.

    Of a source every reading counts, so words that are numbers only in some languages ("due", "cent") are read too.
    """
    text = unicodedata.normalize("NFC", text).replace("\u2011", "-")
    dates, text = _take_dates(text)
    codes, text = _take_codes(text)
    times, text = _take_times(text)
    folded_words = set(re.findall(r"[a-z]+", fold(text)))
    weekdays = frozenset(WEEKDAY_OF[word] for word in folded_words & WEEKDAY_OF.keys())
    number_words = _number_words(folded_words, is_source=is_source)
    return Facts((*_numbers(text), *number_words), tuple(dates), frozenset(times), codes, weekdays)


def _take_dates(text: str) -> tuple[list[frozenset[Date]], str]:
    found: list[frozenset[Date]] = []

    def keep(match: re.Match[str], *readings: Date | None) -> str:
        valid = frozenset(date for date in readings if date is not None)
        if not valid:
            return match.group()
        found.append(valid)
        return " " * len(match.group())

    text = _ISO.sub(lambda m: keep(m, _date(m[1], int(m[2]), m[3])), text)
    text = _NUMERIC.sub(
        lambda m: keep(
            m,
            _date(_year(m[3]), int(m[2]), m[1]),
            _date(_year(m[3]), int(m[1]), m[2]) if "/" in m[0] else None,
        ),
        text,
    )
    text = _DAY_MONTH.sub(lambda m: keep(m, _date(m[3], _month(m[2]), m[1])), text)
    text = _MONTH_DAY.sub(lambda m: keep(m, _date(m[3], _month(m[1]), m[2])), text)
    text = _MONTH_YEAR.sub(lambda m: keep(m, _date(m[2], _month(m[1]), "0")), text)
    return found, text


def _month(word: str) -> int:
    return MONTH_OF.get(fold(word), 0)


def _year(digits: str) -> str:
    return digits if len(digits) == 4 else "20" + digits


def _date(year: str | None, month: int, day: str) -> Date | None:
    valid = 1 <= month <= 12 and 0 <= int(day) <= 31
    return (int(year or 0), month, int(day)) if valid else None


def _take_codes(text: str) -> tuple[frozenset[str], str]:
    codes: set[str] = set()

    def keep(match: re.Match[str]) -> str:
        word = match.group().rstrip(".,;:")
        if not _is_code(word):
            return match.group()
        codes.add(squeeze(word))
        return " " * len(match.group())

    text = _CODE.sub(keep, text)
    return frozenset(codes), text


def _is_code(word: str) -> bool:
    """Return whether a token is an identifier: HR-2023-04, ISO27001, Q3, a mail or web address. Not "30-day"."""
    if "@" in word or word.startswith(("http://", "https://", "www.")):
        return True
    letters = re.findall(r"[^\W\d_]+", word)
    if not letters or not re.search(r"\d", word):
        return False
    # 30-day, 40-Stunden-Woche, 5th, 10km: a number with its unit, unless capitals tell.
    if re.match(r"\d", word):
        return all(part.isupper() for part in letters) and len(word) > 3
    return all(part.isupper() or len(part) <= 2 for part in letters) or bool(re.search(r"\d{3}", word))


def _take_times(text: str) -> tuple[set[str], str]:
    times: set[str] = set()

    def keep(hour: str, minute: str, half: str, match: re.Match[str]) -> str:
        if int(hour) > 24 or int(minute) > 59 or ("." in match.group() and not half):
            return match.group()  # "8.30" alone may be a price
        is_afternoon = half.lower().startswith("p") and int(hour) < 12
        times.add(f"{int(hour) + 12 * is_afternoon}:{minute}")
        return " " * len(match.group())

    text = _CLOCK.sub(lambda m: keep(m[1], m[2], m[3] or "", m), text)
    text = _HOUR.sub(lambda m: keep(m[1], "00", m[2] or "", m), text)
    return times, text


def values_of(token: str) -> frozenset[str]:
    """Return the canonical values of a number in digits or of a folded word, none for another word."""
    if token[:1].isdigit():
        return frozenset(_values(token))
    return frozenset({_VALUE_OF[token]}) if token in _VALUE_OF else frozenset()


def _numbers(text: str) -> list[frozenset[Number]]:
    found = []
    for match in _NUMBER.finditer(text):
        after = _UNIT.match(text, match.end())
        before = _UNIT_BEFORE.search(text[: match.start()])
        sign = after or before
        unit = _unit(sign.group(1)) if sign else ""
        found.append(frozenset((value, unit) for value in _values(match.group())))
    return found


def _unit(sign: str) -> str:
    sign = sign.lower()
    return sign if sign in {"eur", "usd", "chf", "gbp"} else _UNIT_NAME.get(sign, "%")


def _values(written: str) -> set[str]:
    """Return the canonical values a written number can mean: "1.234" is 1234 and 1.234."""
    digits = re.sub(r"['’\u00a0\u202f ]", "", written.lstrip("-−").rstrip(".,"))
    separators = re.findall(r"[.,]", digits)
    readings: set[str] = set()
    if not separators:
        readings.add(digits)
    elif len(set(separators)) == 2:  # the last one is the decimal sign
        whole, _, part = digits.rpartition(separators[-1])
        readings.add(re.sub(r"[.,]", "", whole) + "." + part)
    elif len(separators) > 1:
        readings.add(re.sub(r"[.,]", "", digits))
    else:
        whole, _, part = digits.partition(separators[0])
        readings.add(f"{whole}.{part}")
        if len(part) == 3 and whole.lstrip("0"):
            readings.add(whole + part)
    return {_canonical(reading) for reading in readings}


def _canonical(value: str) -> str:
    whole, _, part = value.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def _number_words(words: set[str], *, is_source: bool) -> list[frozenset[Number]]:
    read_words = words & _VALUE_OF.keys()
    if not is_source:
        read_words -= _AMBIGUOUS_WORDS
    values = {_VALUE_OF[word] for word in read_words}
    if is_source and words & _ARTICLES:
        values.add("1")
    return [frozenset({(value, "")}) for value in sorted(values)]
