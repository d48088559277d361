"""Draw tables again and again until nothing is under way."""

import time
from collections.abc import Callable

from app.cli.overview import Overview
from app.cli.shell import console, table

EVERY_S = 1.0  # as the help of `--watch` says; workers report no more often


def watch_tables(look: Callable[[], Overview]) -> None:
    """Show what `look` returns, once a second, until no job is open or Ctrl-C is pressed."""
    # heavy: keeps --help under 0.3 s
    from rich.console import Group
    from rich.live import Live

    try:
        with Live(console=console(), auto_refresh=False) as screen:
            while True:
                view = look()
                screen.update(Group(*(table(*one) for one in view.tables)), refresh=True)
                if not view.is_any_open:
                    return
                time.sleep(EVERY_S)
    except KeyboardInterrupt:
        return  # the jobs go on; only the looking ends
