"""Write the picture of the flow of data, and who receives what. Pure."""

from collections.abc import Iterator

from app.compliance.hops import SAID, Hop, front, hops
from app.compliance.paper import Blank, Block, Heading, Paper, Points, Table, Text
from app.compliance.picture import picture
from app.compliance.tongue import Tongue
from app.settings import Settings


def flow(settings: Settings, say: Tongue) -> Paper:
    """Return the picture, and a row for each hop of it."""
    every = (*front(settings), *hops(settings))
    rows = tuple(
        (say(one.name), say(one.told), one.address or "–", say(SAID[one.way]), one.setting) for one in every
    )
    columns = (say("To"), say("What is sent"), say("Address"), say("Way"), say("Setting"))
    return Paper(
        "4-data-flow",
        say("Flow of data"),
        [
            Text(say("Drawn from the settings as they run: every process, and every hop between two.")),
            picture(settings, say),
            Table(columns, rows, (0.17, 0.25, 0.2, 0.23, 0.15)),
            Text(
                say(
                    "Where a hop is without TLS, it has to lie in a network that exists only inside one machine, as "
                    "the compose files make it, or in one that the company encrypts."
                )
            ),
        ],
    )


def recipients(settings: Settings, say: Tongue) -> Paper:
    """Return who receives personal data: nobody outside, but whoever the settings name."""
    title = say("Recipients and transfers (Art. 30(1)(d) and (e), Art. 44 GDPR)")
    return Paper("7-recipients", title, [*_recipients(settings, say)])


def _recipients(settings: Settings, say: Tongue) -> Iterator[Block]:
    yield Heading(say("Outside the company"))
    yield Text(
        say("egress = none: the house sends nothing to its makers, to a model provider or to anybody else.")
    )
    named = [one for one in hops(settings) if one.is_elsewhere]
    if named:
        yield Text(say("These settings name other machines or containers. Each is asked, and no other:"))
        yield _named(named, say)
        yield Blank(
            say(
                "for each line: whose machine it is, in which country, and the contract (Art. 28) where not your own"
            )
        )
    else:
        yield Text(say("Recipients: none. No setting names another machine."))
    yield Points(
        (
            say("Mail: none. The house sends no mail."),
            say("Updates: none are looked for. Who runs the house brings them."),
            say(
                "`intramuros egress-report` lists every connection that the processes attempt, and who named it."
            ),
        )
    )
    yield Heading(say("Inside the company"))
    yield Points(
        (
            say("Employees: passages of documents that they may read, and their own chats."),
            say(
                "Who looks after a collection: its documents' states and findings, and thumbs without a name."
            ),
            say("Administrators: accounts, jobs, figures of at least five people; no chats."),
            say("Auditors: the audit trail by pseudonym; no documents and no chats."),
            say(
                "Who may run commands on the machine can reach everything: name these people in the measures."
            ),
        )
    )


def _named(named: list[Hop], say: Tongue) -> Table:
    columns = (say("To"), say("Address"), say("What is sent"), say("Way"))
    rows = tuple((say(one.name), one.address, say(one.told), say(SAID[one.way])) for one in named)
    return Table(columns, rows, (0.2, 0.25, 0.3, 0.25))
