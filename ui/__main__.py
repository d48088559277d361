"""Start the page: `python -m ui --port 8601 --public-url https://ask.example.eu`."""

import argparse
import os
import re
import sys
from pathlib import Path

from ui import API_URL_VARIABLE
from ui.hardening import colours, differences, options
from ui.provider import Unfit, add_arguments, secrets_file

ENTRY = Path(__file__).with_name("chat.py")


def main() -> int:
    """Run the page in the foreground; return 2 where it could only run weakened."""
    wanted = _arguments()
    if wanted.api_url:
        os.environ[API_URL_VARIABLE] = wanted.api_url
    os.environ["DO_NOT_TRACK"] = "1"
    public_url = wanted.public_url or f"http://{wanted.host}:{wanted.port}"
    try:
        with secrets_file(wanted, public_url) as secrets:
            hardened = options(host=wanted.host, port=wanted.port, public_url=public_url, secrets=secrets)
            return _run(hardened | colours(wanted.accent))
    except Unfit as error:
        sys.stderr.write(f"The page does not start: {error}\n")
        return 2


def _run(hardened: dict[str, object]) -> int:
    # heavy: keeps --help under 0.3 s
    from streamlit import config
    from streamlit.web import bootstrap

    from ui import logs, uploads

    uploads.install()
    flags = {name.replace(".", "_"): value for name, value in hardened.items() if value not in ([], {})}
    config._main_script_path = str(ENTRY)  # noqa: SLF001 - as `streamlit run` does, so that ui/.streamlit is read
    logs.configure()
    bootstrap.load_config_options(flags)
    wrong = differences(hardened, config.get_option)
    if wrong:
        sys.stderr.write(
            "The page does not start, because an option weakens it:\n  " + "\n  ".join(wrong) + "\n"
        )
        sys.stderr.write(
            "Remove these from STREAMLIT_* variables and from config.toml, then start it again.\n"
        )
        return 2
    bootstrap.run(str(ENTRY), is_hello=False, args=[], flag_options=flags)
    return 0


def _colour(text: str) -> str:
    if text and not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no colour like #1d5c63")
    return text


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ui", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8601, help="port to listen on (%(default)s)")
    parser.add_argument(
        "--public-url", default="", help="address people type; sets allowed hosts and origins"
    )
    parser.add_argument("--accent", default="", type=_colour, help="colour of buttons and links, as #1d5c63")
    parser.add_argument("--api-url", default="", help=f"where the API listens; or ${API_URL_VARIABLE}")
    add_arguments(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
