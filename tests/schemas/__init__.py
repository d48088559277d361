"""Hold a small house as each schema stored it: `0001.sqlite.sql` and `0001.postgresql.sql`, one pair a revision.

`python -m tests.schemas` writes what is missing; a file that is there is never written again, because houses of that
release exist and look like this. `rows` says what is in it.
"""
