"""Hold the texts of the place for one's own data; `ui.words` takes them up."""

from dataclasses import dataclass

from ui.languages import Counted


@dataclass(frozen=True)
class OwnDataWords:
    """Hold the texts of one language for one's own data. Braces are filled with `format`."""

    own_data: str = "My data"
    own_data_hint: str = "What is kept of you here, for you to take along or to delete."
    take_all_heading: str = "Everything"
    take_all_hint: str = (
        "One zip with your account, your conversations with their sources, your feedback, your own files, and the "
        "records of what you did: pages to read, and the same for other programs. What rests on documents that you "
        "may no longer read is left out."
    )
    take_all: str = "Download my data"
    take_talks_heading: str = "Conversations alone"
    delete_all: str = "Delete all my conversations"
    delete_all_hint: str = (
        "They go with their answers and your feedback. Nobody can bring them back: what a backup still holds is "
        "deleted again when it is restored. Your own files stay until they expire."
    )
    delete_all_sure: str = "Delete all your conversations for good?"
    delete_all_yes: str = "Delete them all"
    deleted_all: Counted = Counted("{count} conversation is deleted.", "{count} conversations are deleted.")
