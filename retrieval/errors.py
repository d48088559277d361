"""Give every failure a message that names the offender and a remedy that says what to do next.

IntramurosError
├── DocumentRejected        the document is at fault; trying again will not help
│   ├── UnsupportedType     not an accepted file type, or its content does not match its name
│   ├── EmptyDocument       nothing to read in it
│   ├── EncryptedDocument   a password is needed
│   ├── BrokenDocument      damaged, or not readable by its parser
│   │   └── ParserStopped   its parser crashed or ran over a limit; another attempt may help
│   └── TooLarge            over a limit of the gate (size, pages, expansion)
├── DeclarationMissing      a collection lacks purpose, legal basis, owner, retention or confidentiality
├── NotFound                does not exist, or may not be known to exist
├── NotAllowed              signed in, but without the right
│   ├── ProofTooOld         they have to show again who they are
│   └── OnHold              it may not be erased or forgotten before a hold is released
├── NotSignedIn             no valid session
├── InvalidRequest          the request breaks a stated rule
│   ├── DelicateQuestion    it holds personal data, and this house takes none
│   └── TooManyRequests     over a person's limit
├── Unavailable             a neighbour is down; trying again may help
│   ├── IndexUnavailable    the vector index does not open or answer
│   ├── DatabaseUnavailable the database does not open or answer
│   ├── DiskFull            no room for more documents
│   ├── ModelUnavailable    the language model does not answer
│   └── EmbedderUnavailable the embedding model does not load or answer
├── ModelFileRejected       a model file is missing, or its hash is not the pinned one
├── BackupRejected          a backup is incomplete, changed, or of a newer release
├── SettingsInvalid         a setting is unknown or out of range
└── SetupRefused            this machine lacks a port, memory, disk or version that is needed
"""


class IntramurosError(Exception):
    """Carry `message` (who offends against which rule) and `remedy` (what to do next)."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross the process boundary of the parsing sandbox; a keyword-only argument does not pickle by itself.
        return _rebuild, (type(self), self.message, self.remedy)


def _rebuild(kind: type[IntramurosError], message: str, remedy: str) -> IntramurosError:
    return kind(message, remedy=remedy)


class DocumentRejected(IntramurosError):
    """The document is at fault; trying again will not help."""


class UnsupportedType(DocumentRejected):
    """The file type is not accepted, or the content does not match the name."""


class EmptyDocument(DocumentRejected):
    """There is nothing to read in the file."""


class EncryptedDocument(DocumentRejected):
    """The file needs a password."""


class BrokenDocument(DocumentRejected):
    """The file is damaged or its parser cannot read it."""


class ParserStopped(BrokenDocument):
    """The parser crashed or ran over a limit; another attempt may help."""


class TooLarge(DocumentRejected):
    """The file is over a limit of the gate."""


class HoldsPersonalData(DocumentRejected):
    """The document waits: its collection takes in no personal data unasked."""


class DeclarationMissing(IntramurosError):
    """A collection lacks a part of its declaration."""


class NotFound(IntramurosError):
    """The thing does not exist, or the asker may not know that it does."""


class NotAllowed(IntramurosError):
    """The asker is signed in, but lacks the right."""


class ProofTooOld(NotAllowed):
    """The asker has to show again who they are."""


class OnHold(NotAllowed):
    """What was to be erased or forgotten has to be kept."""


class NotSignedIn(IntramurosError):
    """There is no valid session."""


class InvalidRequest(IntramurosError):
    """The request breaks a stated rule."""


class DelicateQuestion(InvalidRequest):
    """The question holds personal data, and this house takes none."""


class TooManyRequests(InvalidRequest):
    """The asker is over a personal limit."""


class Unavailable(IntramurosError):
    """A neighbour is down; trying again may help."""


class Overloaded(Unavailable):
    """All places are taken, those to wait in too."""


class IndexUnavailable(Unavailable):
    """The vector index does not open or answer."""


class DatabaseUnavailable(Unavailable):
    """The database does not open or answer."""


class OriginalsUnavailable(Unavailable):
    """The originals cannot be written."""


class DiskFull(Unavailable):
    """There is no room for more documents on the disk."""


class ModelUnavailable(Unavailable):
    """The language model does not answer."""


class EmbedderUnavailable(Unavailable):
    """The embedding model does not load or answer."""


class RerankerUnavailable(Unavailable):
    """The reranking model does not load or answer."""


class ModelFileRejected(IntramurosError):
    """A model file is missing, or its hash is not the pinned one."""


class BackupRejected(IntramurosError):
    """A backup is incomplete, was changed, or is of a newer release."""


class SettingsInvalid(IntramurosError):
    """A setting is unknown or out of range."""


class SetupRefused(IntramurosError):
    """This machine lacks a port, memory, disk or version that is needed."""
