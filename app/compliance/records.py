"""Write the records of processing (Art. 30 GDPR) and the table of terms from the inventory. Pure."""

from collections.abc import Iterator

from app.compliance.kept import kept
from app.compliance.paper import Blank, Block, Card, Heading, Paper, Table, Text
from app.compliance.tongue import Tongue
from app.privacy.inventory import STORES
from app.privacy.store import Store
from app.settings import Settings


def records(settings: Settings, say: Tongue) -> Paper:
    """Return the records of processing: what Art. 30(1) asks for, store by store."""
    return Paper(
        "1-records", say("Records of processing activities (Art. 30 GDPR)"), [*_records(settings, say)]
    )


def terms(settings: Settings, say: Tongue) -> Paper:
    """Return every store with its term and with how it is erased."""
    rows = tuple((say(one.name), kept(one, settings, say), say(one.erasure)) for one in STORES)
    columns = (say("Store"), say("Kept"), say("Erased"))
    return Paper(
        "8-retention",
        say("Terms of retention and erasure (Art. 5(1)(e) and 17 GDPR)"),
        [
            Text(
                say(
                    "The terms are those of the settings as they run. The house drops what is past its term every "
                    "hour, in its own tables and files; `intramuros privacy retention` shows when that was last done. "
                    "What a legal hold is on stays until the hold is released."
                )
            ),
            Table(columns, rows, (0.2, 0.35, 0.45)),
            Heading(say("Collections of documents")),
            *_collections(settings, say),
        ],
    )


def _records(settings: Settings, say: Tongue) -> Iterator[Block]:
    yield Heading(say("Who is responsible"))
    yield Blank(
        say("name and contact of the controller, of its representative, of the data protection officer")
    )
    yield Heading(say("The processing"))
    rows = (
        (say("Activity"), say("answering employees' questions from the company's own documents")),
        (
            say("Purposes"),
            say(
                "find passages that answer a question, write or quote an answer with its sources, check each sentence "
                "against what it cites, and prove afterwards what an answer was made from"
            ),
        ),
        (say("Whose data"), say("employees who use it; whoever the documents tell of")),
        (
            say("Recipients"),
            say("none outside the company's own machines, unless the paper on recipients names one"),
        ),
        (
            say("Transfer to third countries"),
            say(
                "none by the house: egress = none; addresses that the settings name are in the paper on recipients"
            ),
        ),
        (say("Terms"), say("store by store below, and in the paper on retention")),
        (say("Security"), say("see the paper on technical and organisational measures")),
    )
    yield Card(settings.site.name, rows)
    yield Blank(
        say("whether the company rests on other legal bases than those named below, and since when it runs")
    )
    yield Heading(say("Collections of documents"))
    yield from _collections(settings, say)
    yield Heading(say("Stores with personal data"))
    yield from (_card(one, settings, say) for one in STORES if one.is_personal)
    yield Heading(say("Stores without personal data"))
    yield from (_card(one, settings, say) for one in STORES if not one.is_personal)


def _card(store: Store, settings: Settings, say: Tongue) -> Card:
    rows = (
        (say("Holds"), say.each(store.holds)),
        (say("Of whom"), say.each(store.about)),
        (say("Purpose"), say(store.purpose)),
        (say("Legal basis"), say(store.legal_basis)),
        (say("Kept"), kept(store, settings, say)),
        (say("Erased"), say(store.erasure)),
        (say("Where"), "; ".join((*store.tables, *store.paths, *store.volumes, *map(say, store.elsewhere)))),
    )
    return Card(say(store.name), rows)


def _collections(settings: Settings, say: Tongue) -> Iterator[Block]:
    if not settings.collections:
        yield Text(say("The settings declare none. Each collection that is declared stands here."))
        return
    yield Table(
        (
            say("Collection"),
            say("Owner"),
            say("Purpose"),
            say("Legal basis"),
            say("Kept"),
            say("Confidentiality"),
        ),
        tuple(
            (
                one.name,
                one.owner,
                one.purpose,
                one.legal_basis,
                say("{count} days", count=one.retention_days),
                say(one.confidentiality),
            )
            for one in settings.collections
        ),
        (0.17, 0.15, 0.2, 0.19, 0.13, 0.16),
    )
