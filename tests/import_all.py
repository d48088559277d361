"""Import the modules named as arguments and print as JSON what they did and what is loaded; for tests/test_house.py."""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

WATCHED = (
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "os.system",
    "os.fork",
    "os.exec",
)
WATCHED_FILES = ("os.mkdir", "os.remove", "os.rename")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def main() -> None:
    """Listen to the interpreter's audit events while the modules are imported."""
    root = Path(__file__).resolve().parent.parent
    sys.path.insert(0, str(root))
    deeds: list[str] = []

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.bind" and arguments[1] == ("::1", 0):
            return  # urllib3, which qdrant-client brings, asks the kernel so whether there is IPv6
        if event in WATCHED or event in WATCHED_FILES:
            deeds.append(f"{event} {arguments!r}")
        elif (
            event == "open"
            and arguments[0] is not None
            and isinstance(arguments[2], int)
            and arguments[2] & WRITING
        ):
            deeds.append(f"open {arguments[0]!r} for writing")

    sys.addaudithook(listen)
    for name in sys.argv[1:]:
        importlib.import_module(name)
    sys.stdout.write(
        json.dumps({"deeds": deeds, "loaded": sorted({name.partition(".")[0] for name in sys.modules})})
    )


main()
