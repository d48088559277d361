"""Back up a house, verify the backup, and restore it, with nothing half made and nothing erased coming back.

manifest    what a backup says of itself: its parts with their hashes, sealed with a key that is kept apart
parts       what is loaded is hashed on its way, and compared with the manifest
rows        tables out of a database and into one, the same for SQLite and PostgreSQL
vectors     the vectors of all texts, so that a restore need not embed them again
create      one backup, on one screen
verify      every part compared with what the manifest says of it
keys        the keys of the house in one file, never in the backup
place       the installation that is restored into: empty, set aside, or half restored
replay      what was erased after the backup is erased again
trail       the audit trail after a restore: its anchors, or a new beginning
restore     one restore, on one screen
newest      when the house was last backed up, for the doctor
unfinished  the note of a restore that has not come to its end
"""
