"""Drive the real page in a real browser against the fake API."""
