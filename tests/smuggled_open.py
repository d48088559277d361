"""Make OpenDocument files that hide a text, and ordinary ones that only look as if they did."""

from collections.abc import Callable

from tests.parcel import ORDER, SEEN, packed

OPEN = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "draw": "drawing", "style": "style",
        "fo": "xsl-fo-compatible", "presentation": "presentation", "loext": "loext",
    }.items()
)  # fmt: skip


def in_odf(body: str, styles: str = "", kind: str = "text") -> bytes:
    """Return an OpenDocument text, spreadsheet or presentation."""
    return packed(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {OPEN}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        }
    )


def named(look: str, family: str = "text", more: str = "") -> str:
    """Return an OpenDocument style A of letters that look so."""
    return f'<style:style style:name="A" style:family="{family}">{more}<style:text-properties {look}/></style:style>'


def spanned(look: str, more: str = "", name: str = "A") -> bytes:
    """Return a text of OpenDocument with a span of that look."""
    order = f'<text:p>See <text:span text:style-name="{name}">{ORDER}</text:span></text:p>'
    return in_odf(f"<text:p>{SEEN}</text:p>{order}", named(look) + more)


def lines(properties: str, order: str = "", before: str = "", styles: str = "", group: str = "") -> bytes:
    """Return an OpenDocument sheet whose second row has these properties."""
    first = (
        "<table:table-row><table:table-cell/>"
        f"<table:table-cell><text:p>{SEEN}</text:p></table:table-cell></table:table-row>"
    )
    second = (
        f"<table:table-row {properties}><table:table-cell {order}><text:p>{ORDER}</text:p></table:table-cell>"
        "<table:table-cell><text:p>2</text:p></table:table-cell></table:table-row>"
    )
    second = (
        f'<table:table-row-group table:display="{group}">{second}</table:table-row-group>'
        if group
        else second
    )
    return in_odf(f'<table:table table:name="T">{before}{second}{first}</table:table>', styles, "spreadsheet")


def framed(look: str, shape: str = "", others: str = "") -> bytes:
    """Return an OpenDocument slide with a text box."""
    graphic = f'family="graphic"><style:graphic-properties {shape}/></style:style>'
    styles = f'{named(look)}<style:style style:name="G" style:{graphic}'
    span = f'<text:p><text:span text:style-name="A">{ORDER}</text:span></text:p>'
    frame = f'<draw:frame draw:style-name="G"><draw:text-box>{span}</draw:text-box></draw:frame>'
    seen = f"<draw:frame><draw:text-box><text:p>{SEEN}</text:p></draw:text-box></draw:frame>"
    return in_odf(f'<draw:page draw:name="1">{others}{seen}{frame}</draw:page>', styles, "presentation")


HIDDEN_B = '<style:style style:name="B" style:family="text" style:parent-style-name="A"/>'
CELL_A = 'style:name="A" style:family="table-cell"'
TEXTS: dict[str, Callable[[], bytes]] = {
    "display": lambda: spanned('text:display="none"'),
    "white": lambda: spanned('fo:color="#ffffff"'),
    "one point": lambda: spanned('fo:font-size="1pt"'),
    "clear": lambda: spanned('loext:opacity="0%"'),
    "derived": lambda: spanned('text:display="none"', HIDDEN_B, "B"),
    "its background's colour": lambda: spanned('fo:color="#112233" fo:background-color="#112233"'),
    "white paragraph": lambda: in_odf(
        f'<text:p>{SEEN}</text:p><text:p text:style-name="A">{ORDER}</text:p>',
        named('fo:color="#ffffff"', "paragraph"),
    ),
    "hidden section": lambda: in_odf(
        f'<text:p>{SEEN}</text:p><text:section text:display="condition" text:is-hidden="true"><text:p>{ORDER}</text:p>'
        "</text:section>"
    ),
    "hidden paragraph": lambda: in_odf(
        f'<text:p>{SEEN}</text:p><text:p><text:hidden-paragraph text:is-hidden="true"/>{ORDER}</text:p>'
    ),
    "hidden heading": lambda: in_odf(
        f'<text:p>{SEEN}</text:p><text:h text:style-name="A">{ORDER}</text:h>',
        named('text:display="none"', "paragraph"),
    ),
}
PLAIN_TEXTS: dict[str, Callable[[], bytes]] = {
    "automatic": lambda: spanned('style:use-window-font-color="true" loext:opacity="0%"'),
    "white on dark": lambda: spanned('fo:color="#ffffff" fo:background-color="#112233"'),
    "white on a dark paragraph": lambda: in_odf(
        f'<text:p>{SEEN}</text:p><text:p text:style-name="A">{ORDER}</text:p>',
        named(
            'fo:color="#ffffff"', "paragraph", '<style:paragraph-properties fo:background-color="#112233"/>'
        ),
    ),
    "shown section": lambda: in_odf(
        f'<text:p>{SEEN}</text:p><text:section text:display="condition" text:is-hidden="false"><text:p>{ORDER}</text:p>'
        "</text:section>"
    ),
}
TABLES: dict[str, Callable[[], bytes]] = {
    "hidden row": lambda: lines('table:visibility="collapse"'),
    "folded row": lambda: lines("", group="false"),
    "hidden column": lambda: lines(
        "", before='<table:table-column table:visibility="collapse"/><table:table-column/>'
    ),
    "white": lambda: lines("", 'table:style-name="A"', styles=named('fo:color="#ffffff"', "table-cell")),
}
PLAIN_TABLES: dict[str, Callable[[], bytes]] = {
    "filtered row": lambda: lines('table:visibility="filter"'),
    "white on a dark cell": lambda: lines(
        "",
        'table:style-name="A"',
        styles=named(
            'fo:color="#ffffff"', "table-cell", '<style:table-cell-properties fo:background-color="#112233"/>'
        ),
    ),
}
FRAMES: dict[str, Callable[[], bytes]] = {
    "white": lambda: framed('fo:color="#ffffff"'),
    "white on white": lambda: framed('fo:color="#ffffff"', 'draw:fill="solid" draw:fill-color="#ffffff"'),
    "one point": lambda: framed('fo:font-size="1pt"'),
}
PLAIN_FRAMES: dict[str, Callable[[], bytes]] = {
    "white on dark": lambda: framed('fo:color="#ffffff"', 'draw:fill="solid" draw:fill-color="#112233"'),
    "white on a picture": lambda: framed(
        'fo:color="#ffffff"', others="<draw:frame><draw:image/></draw:frame>"
    ),
}
