"""Hold the audit trail to its promises: the chain, its records, their purging, and who is shown what over HTTP."""
