"""Keep the audit trail: who did what to which ids, in a chain that shows whether a record was touched.

events     what is recorded, and the seal that ties each record to the one before it (pure)
trail      the table: append, look, purge
recorder   what the rest of the house calls: an event is on record, or the request is refused
refusals   what was refused, up to so many a minute
anchors    the head of the chain, kept beside the key and outside the database
chain      goes through the chain and names every record that does not fit (pure)
keeper     anchors, purges and verifies by the clock
export     records as JSON lines and in the fields of OCSF, for a SIEM (pure)
settings   the section [audit] of the settings
"""
