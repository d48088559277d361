"""Write durations as people read them."""

from ui.words import WORDS

MINUTE_S, HOUR_S = 60, 3600


def lasting(seconds: float) -> str:
    """Return a duration in the one or two units that matter: "40 s", "12 min", "3 h 5 min"."""
    if seconds < 1.5 * MINUTE_S:
        return WORDS.seconds.format(count=round(seconds))
    minutes = round(seconds / MINUTE_S)
    if minutes < 1.5 * MINUTE_S:
        return WORDS.minutes.format(count=minutes)
    hours, rest = divmod(minutes, 60)
    return f"{WORDS.hours.format(count=hours)} {WORDS.minutes.format(count=rest)}"
