"""Read which name a query to a resolver asks for (RFC 1035, section 4.1). Pure."""

RESOLVER_PORT = 53
HEADER_BYTES = 12
LONGEST_QUERY_BYTES = 300  # a header, a name of 255, type and class, and what today's resolvers add


def name_asked(message: bytes) -> str | None:
    """Return the name that the first question of a message is about; None where it is no query."""
    if len(message) <= HEADER_BYTES or message[2] & 0x80 or message[4:6] == b"\0\0":  # an answer; no question
        return None
    labels, at = [], HEADER_BYTES
    while at < len(message) and (length := message[at]):
        if length > 63 or at + length >= len(message):
            return None
        labels.append(message[at + 1 : at + 1 + length].decode("ascii", errors="replace"))
        at += 1 + length
    return ".".join(labels).lower() or None if at < len(message) else None
