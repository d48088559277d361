"""Names, addresses, telephones and what else says who somebody is, in five languages; and what says nothing."""

import pytest

from ingest.guard.scan import scan
from ingest.guard.types import Kind

NAMED = [
    (
        "de",
        "Die Kündigung unterschrieb Frau Dr. Sabine Leutheusser-Koch am Montag.",
        "Sabine Leutheusser-Koch",
    ),
    ("de", "Zuständig ist Herr Klein aus der Buchhaltung.", "Klein"),
    ("de", "Sehr geehrter Herr Yilmaz,", "Yilmaz"),
    ("de", "Der Kläger Müller, Jürgen hat Beschwerde eingelegt.", "Müller"),
    ("de", "gez. W. Reinfelder", "W. Reinfelder"),
    ("fr", "Le contrat de Mme Françoise Lefebvre est prolongé.", "Françoise Lefebvre"),
    ("fr", "Bonjour, je m'appelle Thibault Garnier.", "Thibault Garnier"),
    ("en", "Please call Oliver Whitcombe about the invoice.", "Oliver Whitcombe"),
    ("en", "My name is Rubija and I work here.", "Rubija"),
    ("it", "Il collega Giuseppe Esposito ha firmato.", "Giuseppe Esposito"),
    ("it", "Gentile Sig.ra Conti, mi chiamo Chiara Bellandi.", "Chiara Bellandi"),
    ("es", "La empleada María del Carmen Ortega Ruiz está de baja.", "María del Carmen Ortega Ruiz"),
    ("es", "Me llamo Iñigo Etxeberria.", "Iñigo Etxeberria"),
    ("en", "The review by Katarzyna Wiśniewska is done.", "Katarzyna Wiśniewska"),
]


def values(text: str, language: str, kind: Kind) -> list[str]:
    """Return what was found of a kind, as it is written."""
    return [text[one.start : one.end] for one in scan(text, language) if one.kind is kind]


@pytest.mark.parametrize(("language", "text", "name"), NAMED, ids=[one[2] for one in NAMED])
def test_a_name_is_found_whole(language: str, text: str, name: str) -> None:
    """Given and family names, particles and both family names are one finding."""
    assert name in values(text, language, Kind.PERSON)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Die Widerspruchsmarke genießt durchschnittliche Kennzeichnungskraft im Vertragsgebiet."),
        ("de", "Der Abteilungsleiter legt dem Betriebsrat die Urlaubsplanung vor."),
        ("en", "Open the Settings page, choose Network and press Apply. Kubernetes restarts the Ingress."),
        ("en", "In May we will grant the rose garden some hope, and mark every page."),
        ("en", "JSON Web Tokens are signed by HMAC or RSA; OpenID is built on OAuth."),
        ("fr", "La Direction des Ressources Humaines applique le Règlement intérieur."),
        ("it", "Il Consiglio di Amministrazione approva il Bilancio consolidato."),
        ("es", "El Departamento de Recursos Humanos aplica el Convenio colectivo."),
    ],
)
def test_a_text_about_nobody_names_nobody(language: str, text: str) -> None:
    """Nouns, products, months and offices are no people."""
    assert values(text, language, Kind.PERSON) == []


@pytest.mark.parametrize(
    ("language", "text", "address"),
    [
        ("de", "Wohnhaft Lindenstraße 12a, 50667 Köln, seit Mai.", "Lindenstraße 12a, 50667 Köln"),
        ("de", "Anna Keller\nAm Stadtpark 7\n90409 Nürnberg", "Am Stadtpark 7\n90409 Nürnberg"),
        (
            "fr",
            "Domicile : 14 bis, rue de la République, 69002 Lyon",
            "14 bis, rue de la République, 69002 Lyon",
        ),
        ("en", "Send it to 221 Baker Street, London NW1 6XE today.", "221 Baker Street, London NW1 6XE"),
        ("it", "residente in Via Garibaldi 23, 20121 Milano", "Via Garibaldi 23, 20121 Milano"),
        ("es", "con domicilio en Calle de Alcalá 45, 28014 Madrid", "Calle de Alcalá 45, 28014 Madrid"),
        ("nl", "Woont op Keizersgracht 123, 1015 Amsterdam", "Keizersgracht 123, 1015 Amsterdam"),
    ],
)
def test_an_address_reaches_from_the_street_to_the_town(language: str, text: str, address: str) -> None:
    """The house number, the postal code and the town belong to it."""
    assert values(text, language, Kind.ADDRESS) == [address]


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("de", "Tel.: 0221 / 47 11 08 15", "0221 / 47 11 08 15"),
        ("de", "erreichbar unter +49 (0)171 1234567.", "+49 (0)171 1234567"),
        ("fr", "Téléphone : 01 42 68 53 00", "01 42 68 53 00"),
        ("en", "Call me on 020 7946 0958 please", "020 7946 0958"),
        ("it", "cellulare 347 123 4567", "347 123 4567"),
        ("es", "móvil 612 34 56 78", "612 34 56 78"),
    ],
)
def test_a_telephone_is_found(language: str, text: str, number: str) -> None:
    """With a country code, beside its word, or as it is written at home."""
    assert values(text, language, Kind.PHONE) == [number]


def test_mail_birth_and_machine_are_found() -> None:
    """A mail address, a date after a word for birth, an age, and an address of a machine."""
    text = "anna.keller@firma.example, born on 12 March 1984, aged 41, from 203.0.113.77"
    assert values(text, "en", Kind.EMAIL) == ["anna.keller@firma.example"]
    assert values(text, "en", Kind.BIRTH) == ["12 March 1984", "41"]
    assert values(text, "en", Kind.DEVICE) == ["203.0.113.77"]
    assert values("The contract of 12 March 1984, version 4.1.4.3", "en", Kind.BIRTH) == []


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("de", "Frau Keller ist wegen Depression krankgeschrieben.", Kind.HEALTH),
        ("de", "Er ist Mitglied der IG Metall.", Kind.TRADE_UNION),
        ("en", "She is a trade union member since 2019.", Kind.TRADE_UNION),
        ("fr", "Elle est enceinte.", Kind.HEALTH),
        ("it", "Il dipendente è musulmano.", Kind.RELIGION),
        ("es", "El empleado está de baja médica.", Kind.HEALTH),
    ],
)
def test_what_article_9_protects_is_found_where_it_is_said_of_somebody(
    language: str, text: str, kind: Kind
) -> None:
    """Health, religion and trade unions beside a person."""
    assert values(text, language, kind)


@pytest.mark.parametrize(
    "text",
    [
        "The health plan covers cancer screening.",
        "Die Kirchensteuer wird vom Lohn einbehalten.",
        "Tarifverträge schließt die Gewerkschaft.",
    ],
)
def test_a_rule_about_everybody_protects_nobody(text: str) -> None:
    """The same words in a rule are no finding."""
    assert [one.kind for one in scan(text, "de")] == []
