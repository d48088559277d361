"""Hold the section [audit] of the settings."""

from pydantic import Field

from app.sections import SecretFile, Section

YEAR_DAYS = 365  # what is kept of people's doings longer than a year would need a reason of its own


class Audit(Section):
    """Say where the key of the audit trail lies, for how long it is kept, and whether it notes addresses."""

    key_dir: SecretFile = Field(None, description="Folder of the key and the anchors; empty is in data_dir.")
    days: int = Field(YEAR_DAYS, ge=7, le=YEAR_DAYS, description="Days after which a record is purged.")
    addresses: bool = Field(default=False, description="Note the network address that a request came from.")
