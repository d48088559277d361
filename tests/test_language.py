"""Hold language detection on the 24 languages of the EU, and what counts as the same word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.language import (
    EU_LANGUAGES,
    KNOWN_WORDS,
    UNKNOWN,
    codes,
    detect,
    fold,
    likely,
    names,
    stop_words,
    terms,
)

QUESTIONS = {
    "bg": "Колко дни платен отпуск имам годишно и кой го одобрява?",
    "cs": "Kolik dní dovolené mám za rok a kdo ji musí schválit?",
    "da": "Hvor mange feriedage har jeg om året, og hvem skal godkende dem?",
    "de": "Wie viele Urlaubstage habe ich im Jahr und wer muss sie genehmigen?",
    "el": "Πόσες ημέρες άδειας έχω τον χρόνο και ποιος τις εγκρίνει;",
    "en": "How many days of leave do I have a year and who approves them?",
    "es": "¿Cuántos días de vacaciones tengo al año y quién debe aprobarlos?",
    "et": "Mitu puhkusepäeva mul aastas on ja kes peab need kinnitama?",
    "fi": "Montako lomapäivää minulla on vuodessa ja kuka ne hyväksyy?",
    "fr": "Combien de jours de congé ai-je par an et qui doit les approuver ?",
    "ga": "Cé mhéad lá saoire atá agam sa bhliain agus cé a cheadaíonn iad?",
    "hr": "Koliko dana godišnjeg odmora imam i tko ga mora odobriti?",
    "hu": "Hány nap szabadság jár nekem egy évben, és ki hagyja jóvá?",
    "it": "Quanti giorni di ferie ho all'anno e chi deve approvarli?",
    "lt": "Kiek atostogų dienų man priklauso per metus ir kas jas tvirtina?",
    "lv": "Cik atvaļinājuma dienu man ir gadā, un kas tās apstiprina?",
    "mt": "Kemm għandi jiem ta' leave fis-sena u min għandu japprovahom?",
    "nl": "Hoeveel vakantiedagen heb ik per jaar en wie moet ze goedkeuren?",
    "pl": "Ile dni urlopu przysługuje mi w roku i kto musi go zatwierdzić?",
    "pt": "Quantos dias de férias tenho por ano e quem os deve aprovar?",
    "ro": "Câte zile de concediu am pe an și cine trebuie să le aprobe?",
    "sk": "Koľko dní dovolenky mám za rok a kto ju musí schváliť?",
    "sl": "Koliko dni dopusta imam na leto in kdo ga mora odobriti?",
    "sv": "Hur många semesterdagar har jag per år och vem måste godkänna dem?",
}


@pytest.mark.parametrize("language", EU_LANGUAGES)
def test_question_is_recognised(language: str) -> None:
    """A question of about a dozen words is recognised in each of the 24 languages, every time."""
    assert {detect(QUESTIONS[language]) for _ in range(3)} == {language}


@pytest.mark.parametrize(
    "text", ["", "   ", "417", "E-417", "https://example.org/a/b", "!?", "42 / 17 = 2.47"]
)
def test_text_without_words_is_unknown(text: str) -> None:
    """What holds no words is "und", not a guess."""
    assert detect(text) == UNKNOWN


@pytest.mark.parametrize("language", EU_LANGUAGES)
def test_every_language_has_stop_words_and_loses_them(language: str) -> None:
    """No function word of its own question survives as a term, and content does."""
    assert len(stop_words(language)) > 50
    kept = terms(QUESTIONS[language], language)
    assert 2 <= len(kept) < len(QUESTIONS[language].split())


def test_spellings_of_a_word_are_one_term() -> None:
    """Umlauts, their two-letter spelling, capitals and sharp s do not hide a word; inflections meet."""
    assert len(set(terms("Überstunden überstunde Ueberstunden ÜBERSTUNDEN", "de"))) == 1
    assert terms("Straße", "de") == terms("STRASSE", "de")
    assert terms("policies", "en") == terms("policy", "en")
    assert terms("congés", "fr") == terms("congé", "fr")


def test_codes_are_found_exactly() -> None:
    """A code is one term however it is joined, beside its parts; a paragraph sign stays with its number."""
    assert "e417" in terms("Fehler E-417 tritt auf", "de")
    assert "e417" in terms("error E417", "en")
    assert codes("see § 15, version 2.1.4 and invoice RE/2024-03") == ["214", "re202403", "§15"]
    assert codes("a well-known e-mail. Next") == []


@pytest.mark.timeout(60)
def test_one_long_word_is_read_in_no_time() -> None:
    """A word of a hundred thousand letters is no code, and finding that out takes no minutes."""
    assert codes("n" * 100_000) == []
    assert codes("n-" * 50_000 + "7") == ["n" * 50_000 + "7"]


def test_fold_drops_accents() -> None:
    """Folding makes plain letters of Latin and Greek ones."""
    assert fold("Łódź Ærø ĦAL ﬁn Ελλάδα") == "lodz aero hal fin ελλαδα"


@given(st.text(max_size=200), st.sampled_from([*EU_LANGUAGES, UNKNOWN]))
def test_any_text_has_terms(text: str, language: str) -> None:
    """Whatever the text, terms are non-empty, without blanks, and the same each time; detection does not fail."""
    found = terms(text, language)
    assert found == terms(text, language)
    assert all(term and not any(character.isspace() for character in term) for term in found)
    detect(text)


@given(st.text(st.characters(max_codepoint=127), max_size=200))
def test_plain_text_takes_the_short_way_to_the_same_terms(text: str) -> None:
    """One foreign letter sends the whole text the long way; the other words come out the same."""
    assert [term for term in terms(f"{text} ŋŋŋ", "en") if term != "ŋŋŋ"] == terms(text, "en")


def test_words_are_read_alike_after_many_others() -> None:
    """More words than are remembered change nothing about those from before."""
    text = "Überstunden und Urlaub in der Kündigungsfrist, Fehler E-417"
    before = terms(text, "de")
    letters = str.maketrans("0123456789", "abcdefghij")
    terms(" ".join(str(number).translate(letters) for number in range(KNOWN_WORDS + 10)), "de")
    assert terms(text, "de") == before


@pytest.mark.parametrize("language", sorted(QUESTIONS))
def test_whole_question_is_likely_in_its_language(language: str) -> None:
    """The likeliest language of a text comes first among those it may be in."""
    assert likely(QUESTIONS[language])[0] == detect(QUESTIONS[language]) == language


def test_two_words_may_be_in_several_languages() -> None:
    """The right one is among them though another is thought likelier."""
    assert "fr" in likely("Type de diagramme, zone")
    assert detect("Type de diagramme, zone") != "fr"
    assert likely("§ 15, 2024") == ()


def test_names_are_told_from_words() -> None:
    """Capitals and dots inside make a name; numbers, single capitals and capitals within a word do not."""
    assert names("The EXACT function is exact in Ärzte-GmbH") == ["^exact"]
    assert names("LOI.NORMALE and gamma.dist, snake_case") == [
        "^loi", "^normale", "loinormale", "gammadist", "snakecase",
    ]  # fmt: skip
    assert names("A plan of 2.5 days. Then IT: É, ÉTÉ") == ["^it", "^ete"]
