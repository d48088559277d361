"""Hold the texts of the document beside the answer; `ui.words` takes them up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ViewerWords:
    """Hold the texts of one language for the open document. Braces are filled with str.format."""

    page_phrase: str = "Page {page} of {title}, the cited words highlighted"
    page_plain: str = "Page {page} of {title}"
    page_of: str = "Page {page} of {pages}"
    page_loading: str = "Opening the page"
    no_page_image: str = "The page cannot be shown as a picture at the moment. This is its text."
    whole_passage: str = "The whole passage is marked: the cited words could not be told apart on this page."
    previous_page: str = "Previous page (arrow key left)"
    next_page: str = "Next page (arrow key right)"
    back_to_passage: str = "Back to the cited page"
    passage_of: str = "Passage {number} of {count} that the answer read here"
    previous_passage: str = "Previous passage in this document (key K)"
    next_passage: str = "Next passage in this document (key J)"
    fit_width: str = "Fit width"
    full_size: str = "100 %"
    mail_fields: tuple[tuple[str, str], ...] = (
        ("From", "From"),
        ("To", "To"),
        ("Cc", "Copy"),
        ("Date", "Date"),
        ("Subject", "Subject"),
    )
