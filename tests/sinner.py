"""Do on import what no module may: the negative control of tests/test_house.py imports this in a child."""

import socket
import tempfile

with socket.socket() as _listener:
    _listener.bind(("127.0.0.1", 0))
with tempfile.TemporaryFile() as _file:
    _file.write(b"x")
