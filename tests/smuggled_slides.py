"""Make PowerPoint decks that hide a text, and ordinary ones that only look as if they did."""

from collections.abc import Callable

from tests.parcel import ORDER, SEEN, packed, typed

DRAWN = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


def in_pptx(shape: str, *, slide: str = "", background: str = "", theme: str = "") -> bytes:
    """Return a deck of two slides; the second holds `shape` and has these attributes and background."""
    first = f"<p:sp><p:txBody><a:p><a:r><a:t>{SEEN}</a:t></a:r></a:p></p:txBody></p:sp>"
    names = {"one": ("", first), "two": (f"<p:bg>{background}</p:bg>" if background else "", first + shape)}
    slides = {
        f"ppt/slides/{name}.xml": f"<p:sld {DRAWN} {slide if name == 'two' else ''}><p:cSld>{ground}<p:spTree>{shapes}"
        "</p:spTree></p:cSld></p:sld>"
        for name, (ground, shapes) in names.items()
    }
    master = (
        f'<p:sldMaster {DRAWN}><p:cSld><p:bg><p:bgPr><a:solidFill><a:schemeClr val="bg1"/></a:solidFill></p:bgPr>'
        '</p:bg><p:spTree/></p:cSld><p:clrMap bg1="dk1" tx1="lt1"/></p:sldMaster>'
    )
    links = '<Relationships><Relationship Id="r1" Type="x/{}" Target="{}"/></Relationships>'
    dark = {
        "ppt/slides/_rels/two.xml.rels": links.format("slideLayout", "../layout.xml"),
        "ppt/layout.xml": f"<p:sldLayout {DRAWN}><p:cSld><p:spTree/></p:cSld></p:sldLayout>",
        "ppt/_rels/layout.xml.rels": links.format("slideMaster", "master.xml"),
        "ppt/master.xml": master,
    }
    return packed(
        {
            "[Content_Types].xml": typed("ppt/presentation.xml", "presentationml.presentation"),
            "ppt/presentation.xml": f'<p:presentation {DRAWN}><p:sldIdLst><p:sldId id="1" r:id="r1"/><p:sldId id="2" '
            'r:id="r2"/></p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": '<Relationships><Relationship Id="r1" Type="x/slide" '
            'Target="slides/one.xml"/><Relationship Id="r2" Type="x/slide" Target="slides/two.xml"/></Relationships>',
            **slides,
            **(dark if theme == "dark" else {}),
        }
    )


def box(look: str = "", *, switch: str = "", shape: str = "", left: int = 100, text: str = ORDER) -> str:
    """Return a text box on a slide."""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="x" {switch}/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{left}" y="100"/>'
        f'<a:ext cx="900000" cy="300000"/></a:xfrm>{shape}</p:spPr><p:txBody><a:p><a:r>{look}<a:t>{text}</a:t></a:r>'
        "</a:p></p:txBody></p:sp>"
    )


def solid(colour: str, more: str = "") -> str:
    """Return a fill of one colour."""
    return f'<a:solidFill><a:srgbClr val="{colour}">{more}</a:srgbClr></a:solidFill>'


CLEAR = '<a:alpha val="0"/>'
WHITE_RUN = f"<a:rPr>{solid('FFFFFF')}</a:rPr>"
SCENE = (
    '<p:pic><p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="9144000" cy="6858000"/></a:xfrm></p:spPr></p:pic>'
)
SLIDES: dict[str, Callable[[], bytes]] = {
    "hidden slide": lambda: in_pptx(box(), slide='show="0"'),
    "hidden shape": lambda: in_pptx(box(switch='hidden="1"')),
    "white": lambda: in_pptx(box(WHITE_RUN)),
    "white on a white box": lambda: in_pptx(box(WHITE_RUN, shape=solid("FFFFFF"))),
    "dark on dark": lambda: in_pptx(box(f"<a:rPr>{solid('203040')}</a:rPr>", shape=solid("203040"))),
    "white on a white box on a picture": lambda: in_pptx(SCENE + box(WHITE_RUN, shape=solid("FFFFFF"))),
    "the theme's background": lambda: in_pptx(
        box('<a:rPr><a:solidFill><a:schemeClr val="bg1"/></a:solidFill></a:rPr>')
    ),
    "black on a dark theme": lambda: in_pptx(box(f"<a:rPr>{solid('000000')}</a:rPr>"), theme="dark"),
    "black on a black slide": lambda: in_pptx(
        box(f"<a:rPr>{solid('000000')}</a:rPr>"), background=f"<p:bgPr>{solid('000000')}</p:bgPr>"
    ),
    "no fill": lambda: in_pptx(box("<a:rPr><a:noFill/></a:rPr>")),
    "clear": lambda: in_pptx(box(f"<a:rPr>{solid('000000', CLEAR)}</a:rPr>")),
    "one point": lambda: in_pptx(box('<a:rPr sz="100"/>')),
    "off the slide": lambda: in_pptx(box(left=-30_000_000)),
}
PLAIN_SLIDES: dict[str, Callable[[], bytes]] = {
    "white on a dark box": lambda: in_pptx(box(WHITE_RUN, shape=solid("203040"))),
    "white title on a picture": lambda: in_pptx(SCENE + box(WHITE_RUN)),
    "white on a dark slide": lambda: in_pptx(
        box(WHITE_RUN), background=f"<p:bgPr>{solid('101820')}</p:bgPr>"
    ),
    "white on a dark theme": lambda: in_pptx(box(WHITE_RUN), theme="dark"),
    "an outline": lambda: in_pptx(box(f"<a:rPr><a:ln>{solid('000000')}</a:ln><a:noFill/></a:rPr>")),
    "half off the slide": lambda: in_pptx(box(left=-400_000)),
    "white on a shape of the theme": lambda: in_pptx(
        box(WHITE_RUN).replace(
            "</p:spPr>",
            '</p:spPr><p:style><a:fillRef idx="1"><a:schemeClr val="accent1"/></a:fillRef></p:style>',
        )
    ),
}
