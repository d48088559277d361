"""Write intranet pages: navigation, the article, a footer."""

from html import escape

from deploy.sample.formats.brand import BRIGHT, COMPANY, DEEP, GREY, LOGO_SVG, PALE, WORDS, facts
from deploy.sample.formats.source import Source, markdown

STYLE = f"""
body {{ font: 16px/1.55 Arial, Helvetica, sans-serif; color: #1d2529; margin: 0; }}
header, footer {{ background: #{PALE}; padding: 14px 32px; }}
header {{ display: flex; align-items: center; gap: 14px; border-bottom: 3px solid #{BRIGHT}; }}
header nav a {{ color: #{DEEP}; margin-left: 22px; text-decoration: none; }}
main {{ max-width: 860px; margin: 28px auto; padding: 0 32px; }}
h1, h2, h3 {{ color: #{DEEP}; line-height: 1.25; }}
table {{ border-collapse: collapse; width: 100%; margin: 16px 0; }}
th {{ background: #{DEEP}; color: #fff; text-align: left; }}
th, td {{ padding: 7px 10px; border-bottom: 1px solid #d5dfe2; }}
.facts, footer {{ color: #{GREY}; font-size: 13px; }}
"""
NAVIGATION = {
    "en": ("Home", "Handbook", "Sites", "Contacts"),
    "de": ("Start", "Handbuch", "Standorte", "Kontakte"),
    "fr": ("Accueil", "Guide", "Sites", "Contacts"),
    "it": ("Inizio", "Manuale", "Sedi", "Contatti"),
    "es": ("Inicio", "Manual", "Centros", "Contactos"),
}


def to_html(source: Source) -> bytes:
    """Return the page as the intranet serves it."""
    words = WORDS[source.language]
    links = "".join(f'<a href="#">{name}</a>' for name in NAVIGATION[source.language])
    page = f"""<!DOCTYPE html>
<html lang="{source.language}">
<head>
<meta charset="utf-8">
<title>{escape(source.title)}</title>
<meta name="date" content="{source.dated.isoformat()}">
<style>{STYLE}</style>
</head>
<body>
<header>{LOGO_SVG}<strong>{COMPANY}</strong><nav>{links}</nav></header>
<main>
<article>
<h1>{escape(source.title)}</h1>
<p class="facts">{escape(facts(source))}</p>
{markdown().render(source.body)}
</article>
</main>
<footer>{COMPANY} · {words.internal}</footer>
</body>
</html>
"""
    return page.encode()
