"""Try the recognition of personal data."""
