"""Make Word documents that hide a text, and ordinary ones that only look as if they did."""

from collections.abc import Callable

from tests.parcel import ORDER, SEEN, packed, typed

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
WORD_2010 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'


def in_docx(body: str, *, styles: str = "", before: str = "", members: dict[str, str] | None = None) -> bytes:
    """Return a Word document."""
    return packed(
        {
            "[Content_Types].xml": typed("word/document.xml", "wordprocessingml.document"),
            "word/document.xml": f"<w:document {WORD}>{before}<w:body>{run(BLACK, text=SEEN)}{body}</w:body>"
            "</w:document>",
            "word/styles.xml": f"<w:styles {WORD}>{styles}</w:styles>",
            **(members or {}),
        }
    )


def run(look: str = "", paragraph: str = "", text: str = ORDER) -> str:
    """Return a paragraph of one run."""
    return f"<w:p><w:pPr>{paragraph}</w:pPr><w:r><w:rPr>{look}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def style(kind: str, name: str, look: str, more: str = "") -> str:
    """Return a style of Word."""
    return f'<w:style w:type="{kind}" w:styleId="{name}">{more}<w:rPr>{look}</w:rPr></w:style>'


def row(properties: str, first: str, more: str = "") -> str:
    """Return a table of one row in Word: a cell with this content, and another."""
    return (
        f"<w:tbl>{more}<w:tr><w:trPr>{properties}</w:trPr><w:tc>{first}</w:tc>"
        "<w:tc><w:p><w:r><w:t>2</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )


BLACK, WHITE = '<w:color w:val="000000"/>', '<w:color w:val="FFFFFF"/>'
FOOTNOTES = {
    "word/_rels/document.xml.rels": '<Relationships><Relationship Id="r1" Type="x/footnotes" Target="footnotes.xml"/>'
    "</Relationships>",
    "word/footnotes.xml": f"<w:footnotes {WORD}><w:footnote>{run('<w:vanish/>')}</w:footnote></w:footnotes>",
}
LETTERS = "".join(f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>{letter}</w:t></w:r>" for letter in ORDER)
DARK_TABLE = (
    '<w:style w:type="table" w:styleId="D"><w:tblStylePr w:type="firstRow"><w:tcPr>'
    '<w:shd w:val="clear" w:fill="000080"/></w:tcPr></w:tblStylePr></w:style>'
)
PICTURE = (
    '<w:p><w:r><w:drawing><wp:anchor xmlns:wp="x" behindDoc="1"><wp:extent cx="7000000" cy="4000000"/><pic:pic '
    'xmlns:pic="y"/></wp:anchor></w:drawing></w:r></w:p>'
)

WORDS: dict[str, Callable[[], bytes]] = {
    "vanishing": lambda: in_docx(run("<w:vanish/>")),
    "special vanishing": lambda: in_docx(run("<w:specVanish/>")),
    "letter by letter": lambda: in_docx(f"<w:p>{LETTERS}</w:p>"),
    "vanishing by paragraph style": lambda: in_docx(
        run("", '<w:pStyle w:val="H"/>'), styles=style("paragraph", "H", "<w:vanish/>")
    ),
    "vanishing by a style's parent": lambda: in_docx(
        run('<w:rStyle w:val="B"/>'),
        styles=style("character", "A", "<w:vanish/>") + style("character", "B", "", '<w:basedOn w:val="A"/>'),
    ),
    "white by default": lambda: in_docx(
        run(),
        styles=f"<w:docDefaults><w:rPrDefault><w:rPr>{WHITE}</w:rPr></w:rPrDefault></w:docDefaults>",
    ),
    "white by style": lambda: in_docx(run('<w:rStyle w:val="A"/>'), styles=style("character", "A", WHITE)),
    "one point by style": lambda: in_docx(
        run('<w:rStyle w:val="A"/>'), styles=style("character", "A", '<w:sz w:val="2"/>')
    ),
    "white, no shading": lambda: in_docx(run(f'{WHITE}<w:shd w:val="clear" w:color="auto" w:fill="auto"/>')),
    "white on white shading": lambda: in_docx(run(f'{WHITE}<w:shd w:val="clear" w:fill="FFFFFF"/>')),
    "white, no marker": lambda: in_docx(run(f'{WHITE}<w:highlight w:val="none"/>')),
    "white in Normal": lambda: in_docx(run(WHITE, '<w:pStyle w:val="Normal"/>')),
    "white in a cell": lambda: in_docx(row("", run(WHITE))),
    "white on a white page": lambda: in_docx(run(WHITE), before='<w:background w:color="FFFFFF"/>'),
    "white on a colour not displayed": lambda: in_docx(run(WHITE), before='<w:background w:color="000000"/>'),
    "the theme's background": lambda: in_docx(run('<w:color w:val="000000" w:themeColor="background1"/>')),
    "black on black": lambda: in_docx(run('<w:color w:val="000000"/><w:shd w:val="clear" w:fill="000000"/>')),
    "no fill": lambda: in_docx(run(f"<w14:textFill {WORD_2010}><w14:noFill/></w14:textFill>")),
    "pressed": lambda: in_docx(run('<w:w w:val="1"/>')),
    "three half-points": lambda: in_docx(run('<w:sz w:val="3"/>')),
    "raised off the page": lambda: in_docx(run('<w:position w:val="9000"/>')),
    "frame off the page": lambda: in_docx(run("", '<w:framePr w:w="100" w:x="-20000" w:y="-20000"/>')),
    "indent off the page": lambda: in_docx(run("", '<w:ind w:left="-30000"/>')),
    "low row": lambda: in_docx(row('<w:trHeight w:val="1" w:hRule="exact"/>', run())),
    "hidden row": lambda: in_docx(row("<w:hidden/>", run())),
    "hidden in a footnote": lambda: in_docx("", members=FOOTNOTES),
}

PLAIN_WORDS: dict[str, Callable[[], bytes]] = {
    "white on a dark cell": lambda: in_docx(
        row("", f'<w:tcPr><w:shd w:val="clear" w:fill="1F3864"/></w:tcPr>{run(WHITE)}')
    ),
    "white in a styled table": lambda: in_docx(
        row("", run(WHITE), '<w:tblPr><w:tblStyle w:val="D"/></w:tblPr>'), styles=DARK_TABLE
    ),
    "white on a dark paragraph": lambda: in_docx(run(WHITE, '<w:shd w:val="clear" w:fill="203040"/>')),
    "white under a marker": lambda: in_docx(run(f'{WHITE}<w:highlight w:val="darkBlue"/>')),
    "white title on a picture": lambda: in_docx(PICTURE + run(WHITE)),
    "white on a dark page": lambda: in_docx(
        run(WHITE),
        before='<w:background w:color="26405F"/>',
        members={
            "word/_rels/document.xml.rels": '<Relationships><Relationship Id="r1" Type="x/settings" Target="s.xml"/>'
            "</Relationships>",
            "word/s.xml": f"<w:settings {WORD}><w:displayBackgroundShape/></w:settings>",
        },
    ),
    "a page number for print": lambda: in_docx(run("<w:webHidden/>")),
    "not vanishing after all": lambda: in_docx(
        run('<w:rStyle w:val="A"/><w:vanish w:val="0"/>'), styles=style("character", "A", "<w:vanish/>")
    ),
    "hidden twice is seen": lambda: in_docx(
        run('<w:rStyle w:val="A"/>', '<w:pStyle w:val="H"/>'),
        styles=style("character", "A", "<w:vanish/>") + style("paragraph", "H", "<w:vanish/>"),
    ),
    "automatic on black": lambda: in_docx(
        run('<w:color w:val="auto"/><w:shd w:val="clear" w:fill="000000"/>')
    ),
    "a tiny style that nothing names": lambda: in_docx(
        run(), styles='<w:style><w:rPr><w:sz w:val="2"/></w:rPr></w:style>'
    ),
    "six points": lambda: in_docx(run('<w:sz w:val="12"/>')),
}
