"""Check the check: which sentences hold, which citations survive, what may be shown."""

import random
import re

import pytest

from app.citations import check, compose
from app.types import Verdict
from tests.cited_passages import PASSAGES, passage

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
