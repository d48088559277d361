"""Check the check: which sentences hold, which citations survive, what may be shown."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import facts, sentences
from app.citations import check, compose
from app.claims import names
from app.types import Verdict
from retrieval.types import Passage


def passage(text: str, *, language: str = "en", title: str = "Policy", dated: str = "2025-07-01") -> Passage:
    """Return a passage with this text."""
    return Passage(
        chunk_id="chunk",
        document_id="document",
        version_id="version",
        collection_id="handbook",
        title=title,
        file_name="policy.pdf",
        media_type="application/pdf",
        language=language,
        heading_path=("Terms",),
        text=text,
        position=0,
        page=1,
        boxes=(),
        dated=dated,
    )


PASSAGES = {
    1: passage(
        "The standard term is 30 days net from the date of the invoice. A discount of 2 percent is granted for "
        "payment within 10 days. Credit above 1,250,000 EUR needs the signature of Ines Duarte. Deliveries of spare "
        "parts are never blocked. The order book is blocked after 50 days. See form FIN-2025-07, valid from "
        "3 March 2025, office hours 8:30 to 17:00."
    ),
    2: passage(
        "Pro Monat dürfen höchstens 15 Überstunden je Person angeordnet werden. Der Zuschlag am Sonntag beträgt 75 %. "
        "Ansprechpartnerin ist Frau Dr. Weber. Das Budget beträgt 1.234,50 €. Freizeit wird innerhalb von vier "
        "Monaten genommen; gelingt das nicht, werden die Stunden ausgezahlt. Die Regel gilt ab dem 1. Januar 2026.",
        language="de",
    ),
    3: passage(
        "En France, le plafond est de 145 euros par nuit, petit déjeuner compris. La note de frais est saisie dans "
        "les 30 jours. Le budget annuel est de 1 234,50 EUR. Les contraventions ne sont jamais remboursées.",
        language="fr",
    ),
}

HOLDS = [
    ("en", "The standard term is 30 days net [1]."),
    ("en", "A discount of 2% is granted for payment within ten days [1]."),
    ("en", "Credit above 1.250.000 EUR needs the signature of Ines Duarte [1]."),
    ("en", "Credit above EUR 1 250 000 needs a signature by Ines Duarte [1]."),
    ("en", "The form FIN-2025-07 is valid from March 3, 2025 [1]."),
    ("en", "The form is valid from 2025-03-03 [1]."),
    ("en", "The office is open from 8:30 am to 5 pm [1]."),
    ("en", "Deliveries of spare parts are never blocked [1]."),
    ("de", "Pro Monat dürfen höchstens 15 Überstunden angeordnet werden [2]."),
    ("de", "Am Sonntag beträgt der Zuschlag 75 Prozent [2]."),
    ("de", "Die Freizeit wird innerhalb von 4 Monaten genommen [2]."),
    ("de", "Die Regel gilt ab 01.01.2026 [2]."),
    ("de", "Das Budget beträgt 1234,50 Euro [2]."),
    ("de", "Ansprechpartnerin ist Dr. Weber [2]."),
    ("fr", "Le plafond est de 145 € par nuit [3]."),
    ("fr", "Les contraventions ne sont pas remboursées [3]."),
]


@pytest.mark.parametrize(("language", "answer"), HOLDS)
def test_true_sentences_hold(language: str, answer: str) -> None:
    """A sentence that says what its passage says is supported, however numbers and dates are written."""
    (sentence,) = check(answer, PASSAGES, language=language)
    assert sentence.verdict is Verdict.SUPPORTED


MUTATED = [
    ("en", "The standard term is 45 days net [1]."),
    ("en", "A discount of 3% is granted for payment within 10 days [1]."),
    ("en", "Credit above 1,250 EUR needs the signature of Ines Duarte [1]."),
    ("en", "Credit above 1,250,000 EUR needs the signature of Anna Keller [1]."),
    ("en", "The form FIN-2025-08 is valid from 3 March 2025 [1]."),
    ("en", "The form FIN-2025-07 is valid from 4 March 2025 [1]."),
    ("en", "The office is open from 8:30 am to 6 pm [1]."),
    ("en", "The order book is not blocked after 50 days [1]."),
    ("en", "Deliveries of spare parts are blocked [1]."),
    ("en", "The managing director's phone number is 0123456789 [1]."),
    ("en", "Employees in Brazil may bring their dogs to the canteen [1]."),
    ("de", "Pro Monat dürfen höchstens 20 Überstunden angeordnet werden [2]."),
    ("de", "Am Samstag beträgt der Zuschlag 75 Prozent [2]."),
    ("de", "Ansprechpartnerin ist Frau Dr. Schneider [2]."),
    ("de", "Pro Monat dürfen keine 15 Überstunden je Person angeordnet werden [2]."),
    ("de", "Die Regel gilt ab dem 1. Februar 2026 [2]."),
    ("de", "Das Budget beträgt 1.234,50 CHF [2]."),
    ("fr", "Le plafond est de 154 € par nuit [3]."),
    ("fr", "Les contraventions sont remboursées [3]."),
]


@pytest.mark.parametrize(("language", "answer"), MUTATED)
def test_mutated_sentences_fall(language: str, answer: str) -> None:
    """One changed amount, date, time, name, code, weekday, currency or "not" is enough to lose support."""
    checked = check(answer, PASSAGES, language=language)
    assert [sentence.verdict for sentence in checked] == [Verdict.UNSUPPORTED]
    assert compose(answer, checked) == ""


@pytest.mark.parametrize("cited", ["[2]", "[9]", "", "[2][3]", "(Source 7)", "[000003]"])
def test_wrong_citation_is_repaired(cited: str) -> None:
    """A wrong, foreign or missing number is replaced by that of the passage that does say it."""
    answer = f"A discount of 2 percent is granted for payment within 10 days {cited}."
    (sentence,) = check(answer, PASSAGES, language="en")
    assert (sentence.verdict, sentence.citations) == (Verdict.REPAIRED, (1,))
    assert compose(answer, [sentence]) == "A discount of 2 percent is granted for payment within 10 days [1]."


def test_superfluous_citation_is_dropped() -> None:
    """Of several numbers only those that support the sentence stay."""
    (sentence,) = check("The standard term is 30 days net [1][2].", PASSAGES, language="en")
    assert sentence.citations == (1,)


def test_two_passages_may_support_together() -> None:
    """A sentence that joins two cited passages holds, and keeps both numbers."""
    (sentence,) = check(
        "Credit above 1,250,000 EUR needs Ines Duarte, and in France the limit is 145 euros [1][3].",
        PASSAGES,
        language="en",
    )
    assert (sentence.verdict, sentence.citations) == (Verdict.SUPPORTED, (1, 3))


def test_across_languages_a_cited_fact_holds() -> None:
    """An English sentence may rest on a German passage it cites, where the facts agree; not where they differ."""
    right, wrong = check(
        "At most 15 hours of overtime a month may be ordered [2]. At most 25 hours may be ordered [2].",
        PASSAGES,
        language="en",
    )
    assert (right.verdict, wrong.verdict) == (Verdict.SUPPORTED, Verdict.UNSUPPORTED)


def test_similarity_vouches_for_other_words() -> None:
    """Where few words agree the caller's similarity decides; it never overrules a wrong number."""
    answer = "Fines are paid by yourself within 30 days [3]. Fines are paid by yourself within 31 days [3]."

    def verdicts(cosine: float) -> list[Verdict]:
        checked = check(answer, PASSAGES, language="en", similarity=lambda _sentence, _passage: cosine)
        return [sentence.verdict for sentence in checked]

    assert verdicts(0.95) == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]
    assert verdicts(0.5) == [Verdict.UNSUPPORTED, Verdict.UNSUPPORTED]


TABLE = passage(
    "Caps hold per night.\n\n| Country | Hotel cap | At a fair |\n| --- | --- | --- |\n| Germany | 135 EUR "
    "| 190 EUR |\n| France | 145 EUR | 200 EUR |\n| Spain | 125 EUR | 175 EUR |\n\nClass A suppliers are "
    "paid within 10 days. Class B suppliers are paid within 20 days. Every third delivery is examined.",
    title="Travel",
)
TIED = [
    "The hotel cap in France is 145 EUR [1].",
    "The hotel cap is 135 EUR in Germany and 125 EUR in Spain [1].",
    "In Spain the hotel cap is 125 EUR, and at a fair 175 EUR [1].",
    "145 EUR is the hotel cap in France [1].",
    "Suppliers of class B are paid within 20 days [1].",
    "Every 3rd delivery is examined [1].",
]
UNTIED = [
    "The hotel cap in Spain is 145 EUR [1].",
    "145 EUR is the hotel cap in Spain [1].",
    "The hotel cap in France is 200 EUR [1].",
    "At a fair, 145 EUR are paid in France [1].",
    "The hotel cap in Norway is 145 EUR in Spain [1].",
    "Suppliers of class A are paid within 20 days [1].",
    "Every fourth delivery is examined [1].",
]


@pytest.mark.parametrize("answer", TIED)
def test_a_number_of_its_row_holds(answer: str) -> None:
    """A number holds in the row and column, or the sentence, that the answer names; two rows may be named at once."""
    (sentence,) = check(answer, {1: TABLE}, language="en")
    assert sentence.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize("answer", UNTIED)
def test_a_number_of_another_row_falls(answer: str) -> None:
    """A number that the passage holds in another row, column or sentence than the one named does not support it."""
    (sentence,) = check(answer, {1: TABLE}, language="en")
    assert sentence.verdict is Verdict.UNSUPPORTED


MEASURED = passage(
    "Thousand EUR, approved on 12 December 2025.\n\n| Site | Energy |\n| --- | --- |\n| Dijon | 1880 |\n\n"
    "Orders are delivered within 15 working days. The fee of 38 EUR is due per month. Files are kept six months. "
    "The fine of 320,000 EUR stays. A glass costs 3 EUR.",
    title="Figures",
)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("The energy of Dijon is 1,880 thousand EUR.", "The energy of Dijon is 1,880 EUR."),
        ("Orders are delivered within 15 working days.", "Orders are delivered within 15 days."),
        ("Orders are delivered within 15 business days.", "Orders are delivered within 15 weeks."),
        ("The fee of 38 EUR is due monthly.", "The fee of 38 EUR is due per year."),
        ("Files are kept 6 months.", "Files are kept six weeks."),
        ("The fine of 320,000 EUR stays.", "The fine of 320,000 thousand EUR stays."),
        ("A glass costs 3 EUR.", "A glass costs 3 EUR per person."),
        ("A glass costs 3 EUR.", "A glass costs 3 francs."),
    ],
)
def test_a_number_counts_the_same(right: str, wrong: str) -> None:
    """Months are no weeks, working days no days, thousands no units, "per month" not "per year"; other words hold."""
    checked = check(f"{right} [1] {wrong} [1]", {1: MEASURED}, language="en")
    assert [sentence.verdict for sentence in checked] == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]


def test_units_and_codes_are_no_names() -> None:
    """A currency that only a column's heading gives, and the letter of a code, need no name in the passage."""
    table = passage("| Band | Minimum |\n| --- | --- |\n| B3 | 48900 |", title="Salary bands 2026")
    codes = passage(
        "| Code | Meaning |\n| --- | --- |\n| E21 | No stroke signal for 3 seconds |", title="Error codes"
    )

    (band,) = check("The minimum salary of band B3 is 48900 EUR [1].", {1: table}, language="en")
    (code,) = check("Error code E21 means no stroke signal for 3 seconds [1].", {1: codes}, language="en")

    assert (band.verdict, code.verdict) == (Verdict.SUPPORTED, Verdict.SUPPORTED)


def test_unsupported_sentences_are_not_shown() -> None:
    """Beside a sentence that holds, one that does not is left out of the text and kept in the record."""
    answer = "The standard term is 30 days net [1]. Call 0123456789 for help [1]."
    checked = check(answer, PASSAGES, language="en")
    assert compose(answer, checked) == "The standard term is 30 days net [1]."
    assert [sentence.verdict for sentence in checked] == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]


def test_a_lead_in_does_not_make_an_answer() -> None:
    """Only sentences that hold make an answer: "Yes." and "Here it is:" are no claims."""
    answer = "Yes. Here is what I found:\n- The moon is made of cheese [1]."
    checked = check(answer, PASSAGES, language="en")
    assert [sentence.verdict for sentence in checked] == [
        Verdict.NOT_A_CLAIM,
        Verdict.NOT_A_CLAIM,
        Verdict.UNSUPPORTED,
    ]
    assert compose(answer, checked) == ""


def test_lists_keep_their_shape() -> None:
    """Bullets stay on their lines; the mark goes before the full stop."""
    answer = "Terms:\n- The standard term is 30 days net. [1]\n- The order book is blocked after 50 days [1]"
    checked = check(answer, PASSAGES, language="en")
    assert compose(answer, checked) == (
        "Terms:\n- The standard term is 30 days net [1].\n- The order book is blocked after 50 days [1]"
    )


SPLITS = [
    ("One. Two [1]. Three? Four!", 4),
    ("Dr. Weber, z. B., hilft am 3. Mai um 8.30 Uhr. Das kostet 1.234,50 Euro [1]. [2]", 2),
    ("Mme. Duval répond, p. ex. par M. Petit. Le 1er mai est férié.", 2),
    ("Il termine è di 30 gg. lavorativi, cfr. pag. 3. Fine.", 2),
    ("La Sra. García aprueba 2.500 EUR. Véase el art. 4.", 2),
    ("Gültig im 3. Quartal und ab 31.12.2025. Ende.", 2),
    ("See https://intra.example/a.b. It is 3.5 km away.", 2),
    ("- First item\n- Second item\n1. Third", 3),
    ("", 0),
    ("[1] [2]", 0),
]


@pytest.mark.parametrize(("text", "count"), SPLITS)
def test_sentences_are_split(text: str, count: int) -> None:
    """Abbreviations, ordinals, decimals, dates and addresses do not end a sentence; line breaks do."""
    assert len(sentences.split(text)) == count, sentences.split(text)


@given(st.text(alphabet="ab Z.!?1[]\n-,€ä", max_size=200))
def test_splitting_loses_no_word(text: str) -> None:
    """Every letter outside citation marks and bullets comes out again, in order."""
    plain = re.sub(r"[^a-zA-Zä]", "", text)
    assert re.sub(r"[^a-zA-Zä]", "", "".join(piece.text for piece in sentences.split(text))) == plain


FRAGMENTS = (
    "The term is 30 days net [1]. 2 % [9] [999] 15 Überstunden (Source 3) 【2】 [1,2,7] \n- Yes: [12345] "
    ". ! [0] [-1]"
)


def test_fuzzed_output_never_cites_outside_the_set() -> None:
    """Of 1,000 outputs of a model gone wild no citation, kept or shown, names a passage that was not read."""
    chance = random.Random(20261123)
    for _ in range(1000):
        answer = " ".join(chance.choices(FRAGMENTS.split(" "), k=chance.randint(1, 40)))
        read = {number: PASSAGES[number] for number in chance.sample(sorted(PASSAGES), chance.randint(0, 3))}
        checked = check(answer, read, language=chance.choice(["en", "de", "fr"]))
        cited = {number for sentence in checked for number in sentence.citations}
        assert cited <= set(read)
        shown = {int(number) for number in re.findall(r"\[(\d+)\]", compose(answer, checked))}
        assert shown <= set(read)


def test_facts_of_a_text() -> None:
    """Numbers, dates, times and codes come out in one form whatever the language they are written in."""
    german = facts.read("Am 3. März 2024 um 17.00 Uhr: 1.234,50 € für HR-12, 5 Prozent")
    english = facts.read("On March 3, 2024 at 5 pm: € 1,234.50 for HR-12, 5 percent")
    assert german == english


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Please ask Anna Keller in the HR office on Monday.", {"anna", "keller", "hr"}),
        ("de", "Bitte fragen Sie Anna Keller nach 30 Tage Urlaub im Büro.", {"anna", "keller"}),
        ("fr", "Demandez à Claire d'Orsay avant mardi.", {"claire", "orsay"}),
    ],
)
def test_names(language: str, text: str, expected: set[str]) -> None:
    """Names are capitalised words within a sentence; of German nouns only two in a row count."""
    assert names(text, language) == expected


def test_each_citation_says_where_its_words_stand() -> None:
    """The sentence, or the row, of each cited passage that is most like the answer's; none where none is."""
    prose = "Breakfast is included. A night costs at most 145 euros in France."
    table = "| Country | Cap |\n| --- | --- |\n| Spain | 125 EUR |\n| France | 145 EUR |"
    passages = {1: passage(prose), 2: passage(table)}
    (sentence,) = check("In France a night costs at most 145 euros [1][2].", passages, language="en")
    said = [
        passages[number].text[slice(*place)]
        for number, place in zip(sentence.citations, sentence.phrases, strict=True)
    ]
    assert said[0] == "A night costs at most 145 euros in France."
    assert said[1:] in ([], ["| France | 145 EUR |"])
    (invented,) = check("Dogs are welcome.", passages, language="en")
    assert invented.phrases == ()
