"""Check which questions ask for documents, and for which."""

import pytest

from app.looked_for import looked_for


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("Which documents mention the Hollin Bay Bearings?", "Hollin Bay Bearings"),
        ("Which documents mention Los Angeles?", "Los Angeles"),
        ("Which documents mention The Hague?", "The Hague"),
        ("Welche Dokumente erwähnen Den Haag?", "Den Haag"),
        ("Quels documents mentionnent Le Havre ?", "Le Havre"),
        ("which documents are about hotels?", "hotels"),
        ("which files contain “liability cap”?", "“liability cap”"),
        ("In which documents is parental leave mentioned?", "parental leave"),
        ("In which documents does E-417 appear?", "E-417"),
        ("Show me all documents about asbestos", "asbestos"),
        ("Welche Dokumente erwähnen die Rufbereitschaft?", "Rufbereitschaft"),
        ("In welchen Dokumenten steht etwas über Hitzefrei?", "Hitzefrei"),
        ("In welchen Dokumenten steht „Weiße Straße 5“?", "„Weiße Straße 5“"),
        ("In welchen Dokumenten kommt E-417 vor?", "E-417"),
        ("In welchen Dokumenten steht das Wort „Hitzefrei“?", "„Hitzefrei“"),
        ("In welchen Unterlagen wird Frau Keller erwähnt?", "Frau Keller"),
        ("Quels documents mentionnent le télétravail ?", "télétravail"),
        ("Dans quels documents est-il question d'amiante ?", "amiante"),
        ("Quels fichiers parlent de « congé parental » ?", "« congé parental »"),
        ("¿Qué documentos mencionan el teletrabajo?", "teletrabajo"),
        ("¿En qué documentos se habla de vacaciones?", "vacaciones"),
        ("Quali documenti menzionano la sicurezza?", "sicurezza"),
        ("In quali documenti si parla di smart working?", "smart working"),
        ("Where is the Hollin Bay contract mentioned?", "Hollin Bay contract"),
        ("Wo wird Frau Keller erwähnt?", "Frau Keller"),
        ("Wo kommt E-417 vor?", "E-417"),
        ("Wo ist von Hitzefrei die Rede?", "Hitzefrei"),
        ("Où est mentionné l'amiante ?", "amiante"),
        ("¿Dónde se menciona el teletrabajo?", "teletrabajo"),
        ("Dove si parla di smart working?", "smart working"),
    ],
)
def test_documents_are_asked_for(question: str, what: str) -> None:
    """What is looked for comes without its article, and as it was written."""
    assert looked_for(question) == what


@pytest.mark.parametrize(
    "question",
    [
        "Which documents do I need for a business trip?",
        "What does the travel policy say about hotels?",
        "Welche Unterlagen muss ich zum Vorstellungsgespräch mitbringen?",
        "Quels documents dois-je fournir ?",
        "Which documents mention",
        "Which file names are allowed?",
        "Which documents mentioned in the contract must I sign?",
        "Which documents are about to expire?",
        "Welche Unterlagen enthält die Personalakte?",
        "Welche Dokumente betreffen mich?",
        "In welchen Dokumenten steht, wie viel Urlaub ich habe?",
        "In welchem Dokument steht die Kündigungsfrist?",
        "In welchem Dokument ist mein Gehalt?",
        "In which file is my salary?",
        "In which documents are the salaries?",
        "Quels documents contient le dossier du personnel ?",
        "¿Qué documentos contiene el expediente?",
        "Quali documenti contiene il fascicolo?",
        "Is it mentioned in which documents?",
        "Where is the canteen?",
        "Wo ist die Kantine?",
        "Où est le parking ?",
        "",
    ],
)
def test_an_answer_is_asked_for(question: str) -> None:
    """Questions about documents that want no list are questions like any other."""
    assert looked_for(question) is None
