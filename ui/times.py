"""Write times and durations as people read them. Pure."""

from ui.words import WORDS

MINUTE_S, HOUR_S = 60, 3600


def moment(stamp: str) -> str:
    """Return a UTC time of the API as "2026-03-02 14:05 UTC"; "" where there is none."""
    return f"{stamp[:16].replace('T', ' ')} UTC" if stamp else ""


def lasting(seconds: float) -> str:
    """Return a duration in the one or two units that matter: "40 s", "12 min", "3 h 5 min"."""
    if seconds < 1.5 * MINUTE_S:
        return WORDS.seconds.format(count=round(seconds))
    minutes = round(seconds / MINUTE_S)
    if minutes < 1.5 * MINUTE_S:
        return WORDS.minutes.format(count=minutes)
    hours, rest = divmod(minutes, 60)
    return f"{WORDS.hours.format(count=hours)} {WORDS.minutes.format(count=rest)}"
