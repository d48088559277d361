"""Write a card for each model in use. Pure."""

from collections.abc import Iterator, Sequence

from app.compliance.paper import Blank, Block, Card, Heading, Paper, Table, Text
from app.compliance.tongue import Tongue
from app.compliance.weights import Weights
from app.settings import Settings


def cards(settings: Settings, models: Sequence[Weights], say: Tongue) -> Paper:
    """Return the cards of the models that the settings name."""
    return Paper("5-models", say("Models: licence, source and hashes"), [*_blocks(settings, models, say)])


def _blocks(settings: Settings, models: Sequence[Weights], say: Tongue) -> Iterator[Block]:
    yield Text(
        say(
            "Models are files, taken in by their SHA-256 and never executed. Nothing of the house goes into them: they "
            "are not trained here, and each question is forgotten with the model's memory."
        )
    )
    for one in models:
        yield Heading(one.title)
        yield Card(say(one.use), tuple(_rows(one, settings, say)))
        if one.hashes:
            yield Table((say("File"), "SHA-256"), one.hashes, (0.32, 0.68))
        else:
            yield Blank(say("SHA-256 of the files as their publisher names them; the catalogue has none"))
        if not one.licence:
            yield Blank(say("licence, source and model card: this model is not in the catalogue"))
    yield Heading(say("What the company assesses"))
    yield Blank(
        say(
            "how the model was developed: training data, and whether its use is lawful (EDPB Opinion 28/2024)"
        )
    )
    yield Blank(say("how well it answers the company's own questions: `intramuros eval answers`"))


def _rows(model: Weights, settings: Settings, say: Tongue) -> Iterator[tuple[str, str]]:
    yield say("Name"), model.name
    if model.licence:
        yield say("Licence"), model.licence
        yield say("Source"), ", ".join(model.origins) or say("placed by hand")
        yield say("Model card"), model.card
    installed = say("yes, with the hashes below, written down when it was installed")
    yield (
        say("Installed here"),
        installed if model.is_installed else say("no: it runs on another machine, or not yet"),
    )
    if model.use == "language model":
        yield say("Used for"), say("writing and choosing answers, restating follow-up questions")
        yield say("Served at"), settings.model.base_url
        yield (
            say("Limits"),
            say("it can be wrong; what it writes is checked and cited, and people have to check it"),
        )
    else:
        yield say("Used for"), say("finding passages by their meaning")
