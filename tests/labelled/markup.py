"""Write invented documents as web pages, mail and comma-separated values."""

from email.message import EmailMessage
from html import escape

from tests.labelled.content import Content, Labelled


def html(content: Content) -> Labelled:
    """Write a page with navigation, a script, hidden text, and a table whose header may span columns."""
    menu = "".join(f'<li><a href="/{at}">{escape(name)}</a></li>' for at, name in enumerate(content.menu))
    page = (
        f'<!doctype html><html lang="{content.language.code}"><head><meta charset="utf-8">'
        f"<title>{escape(content.title)}</title></head><body><nav><ul>{menu}</ul></nav>"
        f'<main><h1>{escape(content.title)}</h1><div style="display:none">{escape(content.hidden)}</div>'
        f"{_sections(content)}{_html_table(content)}</main></body></html>"
    )
    return Labelled(page.encode(), content.text, [content.hidden, *content.menu], content.cells())


def _sections(content: Content) -> str:
    return "".join(
        f"<h2>{escape(name)}</h2>" + "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
        for name, sentences in content.sections
    )


def _html_table(content: Content) -> str:
    lines = [[f"<th>{escape(name)}</th>" for name in content.header]]
    if content.groups:
        over = [f'<th colspan="2">{escape(name)}</th>' for name in content.groups]
        lines = [[f'<th rowspan="2">{escape(content.header[0])}</th>', *over], lines[0][1:]]
    rows = content.grid()[len(lines) :]
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    head = "".join(f"<tr>{''.join(line)}</tr>" for line in lines)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def eml(content: Content) -> Labelled:
    """Write a message whose HTML part has a hidden first line, and a table."""
    message = EmailMessage()
    message["From"], message["To"] = "purchasing@harbour.example", "warehouse@harbour.example"
    message["Date"] = "Tue, 04 Feb 2025 09:12:00 +0100"
    message["Subject"] = content.title
    message.set_content("\n\n".join(content.text[1:]))
    unseen = f'<div style="display:none;max-height:0;overflow:hidden">{escape(content.hidden)}</div>'
    page = f"<html><body>{unseen}{_sections(content)}{_html_table(content)}</body></html>"
    message.add_alternative(page, subtype="html")
    return Labelled(message.as_bytes(), content.text, [content.hidden], content.cells())


def csv(content: Content) -> Labelled:
    """Write a table as the spreadsheets of a language do: a comma as the decimal mark makes a semicolon part cells."""
    mark = ";" if content.language.decimal == "," else ","
    lines = [mark.join(f'"{cell}"' if mark in cell else cell for cell in row) for row in content.grid()]
    encoding = "utf-8-sig" if content.language.code == "de" else "utf-8"
    text = "\r\n".join(lines).encode(encoding)
    return Labelled(text, [str(row[0]) for row in content.rows], [], content.cells())
