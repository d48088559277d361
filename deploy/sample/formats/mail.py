"""Write messages with a plain and an HTML body and text attachments."""

from datetime import UTC, datetime, time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from deploy.sample.formats.source import Source, markdown


def to_eml(source: Source) -> bytes:
    """Return the message as it would lie in a mailbox export."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = source.title
    for header in ("from", "to", "cc"):
        if header in source.mail:
            message[header.capitalize()] = source.mail[header]
    message["Date"] = format_datetime(datetime.combine(source.dated, time(9, 30), UTC))
    message["Message-ID"] = f"<{source.path.stem}@mail.quellmark.example>"
    message["Content-Language"] = source.language
    message.set_content(source.body.replace("**", ""))  # plain text knows no bold
    body = markdown().render(source.body)
    message.add_alternative(
        f'<html lang="{source.language}"><body style="font-family:Arial,sans-serif">{body}</body></html>',
        subtype="html",
    )
    for attachment in source.attachments:
        subtype = "csv" if attachment.name.endswith(".csv") else "plain"
        message.add_attachment(attachment.body, subtype=subtype, filename=attachment.name)
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_quellmark_{number}")  # the library draws a random one
    return message.as_bytes()
