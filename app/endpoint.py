"""Ask a served model what it takes: is it there, how long is its context, does it keep to roles, guidance and limits.

Every question is one short request of fixed words; nobody's text is sent, and nothing on the server is changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.doctor import Check, Severity
from app.endpoint_asking import Asking, Silent
from app.vllm_protocol import LIKELIEST, PROBE_SALT
from retrieval.errors import ModelUnavailable

# Words that no model says by itself: an answer among them was guided.
CHOICES = ("zebra crossing seven", "lighthouse keeper nine")
CHOICE_TOKENS = 32  # twice what the longer one takes in the smallest vocabulary
HELLO = [{"role": "user", "content": "Say yes."}]
# Long enough that a template which drops it is seen by the prompt's tokens.
RULES = "Answer in one word, in lower case, without a full stop, and add nothing before or after that word."
MIN_SYSTEM_TOKENS = 10  # RULES is 20 and more in every vocabulary; a template's own marks are fewer
REPROBE = "`intramuros doctor` shows whether it helped"


@dataclass(frozen=True, slots=True)
class Expected:
    """Hold what the settings and the catalogue say of the served model. `trained_tokens` 0 = not in the catalogue."""

    name: str
    context_tokens: int
    answer_tokens: int
    takes_system: bool
    trained_tokens: int = 0
    is_judge: bool = False  # whether answers quote what it says yes to


def examine(asking: Asking, expected: Expected) -> list[Check]:
    """Return a finding for each ability, in order; none is asked for where the model does not answer at all."""
    findings: list[Check] = []
    for test in _TESTS:
        try:
            found = test.run(asking, expected)
        except ModelUnavailable as error:
            found = Check(test.name, Severity.ERROR, error.message, remedy=error.remedy)
            is_over = test.is_essential or isinstance(error, Silent)
        else:
            is_over = test.is_essential and found.severity is Severity.ERROR
        findings.append(found)
        if is_over:
            break
    return findings


@dataclass(frozen=True, slots=True)
class _Test:
    name: str
    run: Callable[[Asking, Expected], Check]
    is_essential: bool = field(default=False)


def _server(asking: Asking, _: Expected) -> Check:
    names = asking.served()
    message = f"{asking.base_url} serves {', '.join(names) if names else 'nothing'}"
    if names:
        return Check("model server", Severity.OK, message)
    return Check("model server", Severity.ERROR, message, remedy="read the log of vLLM: it loads no model")


def _name(asking: Asking, expected: Expected) -> Check:
    served = list(asking.served())
    if expected.name in served:
        return Check("model name", Severity.OK, f"{expected.name} is among them")
    return Check(
        "model name",
        Severity.ERROR,
        f"the server does not serve '{expected.name}'",
        remedy=f"set model.name to '{served[0]}', or start vLLM with --served-model-name {expected.name}",
    )


def _answer(asking: Asking, _: Expected) -> Check:
    text = asking.chat(HELLO, max_tokens=1).text
    if text:
        return Check("model answer", Severity.OK, "it generates a token")
    return Check(
        "model answer",
        Severity.ERROR,
        "it answers with no text at all",
        remedy="serve an instruct model, without a reasoning parser that takes the words out of the answer",
    )


def _context(asking: Asking, expected: Expected) -> Check:
    served, wanted = asking.served()[expected.name], expected.context_tokens
    details = {"served_tokens": served or 0, "set_tokens": wanted, "trained_tokens": expected.trained_tokens}
    if served is None:
        return Check(
            "model context",
            Severity.WARNING,
            f"the server does not say how long its context is; {wanted} is believed",
            remedy="serve it with vLLM, or compare model.context_tokens with the server's own setting",
            details=details,
        )
    if served < wanted:
        is_useless = served < 2 * expected.answer_tokens
        return Check(
            "model context",
            Severity.ERROR if is_useless else Severity.WARNING,
            f"the context is {served} tokens, model.context_tokens says {wanted}: prompts are cut to what is served",
            remedy=f"start vLLM with --max-model-len {wanted}, or set model.context_tokens to {served}",
            details=details,
        )
    if 0 < expected.trained_tokens < served:
        return Check(
            "model context",
            Severity.WARNING,
            f"the context is {served} tokens, and the model was trained for {expected.trained_tokens}",
            remedy=f"start vLLM with --max-model-len {expected.trained_tokens} or less",
            details=details,
        )
    return Check(
        "model context", Severity.OK, f"{served} tokens are served, {wanted} are used", details=details
    )


def _stream(asking: Asking, _: Expected) -> Check:
    pieces = asking.stream(HELLO, max_tokens=2)
    if pieces:
        return Check("model stream", Severity.OK, "it streams token by token")
    return Check(
        "model stream",
        Severity.ERROR,
        "it does not stream: every answer of the house is read as a stream",
        remedy="let no proxy gather the reply, and serve with vLLM",
    )


def _system(asking: Asking, expected: Expected) -> Check:
    """Tell by the prompt's tokens, too: a template may refuse the role, or drop its text in silence."""
    bare = asking.tried(
        [{"role": "system", "content": "Hi."}, *HELLO]
    )  # without one, a template may put in its own
    asked = asking.tried([{"role": "system", "content": RULES}, *HELLO])
    if asked is None or bare is None:
        takes, fact = False, "it refuses a system role"
    elif bare.prompt_tokens and asked.prompt_tokens < bare.prompt_tokens + MIN_SYSTEM_TOKENS:
        takes, fact = False, "it drops the text of a system role in silence"
    else:
        takes, fact = True, "it takes a system role"
    details = {"takes_system": int(takes), "sends_system": int(expected.takes_system)}
    if expected.takes_system and not takes:
        return Check(
            "model system role",
            Severity.ERROR,
            f"{fact}, and the catalogue says that '{expected.name}' takes one",
            remedy="another model or template is served under this name: serve it as `intramuros models show` says, "
            "or under a name of its own; under an unknown name the instructions go with the question",
            details=details,
        )
    how = "are sent in it" if expected.takes_system else "go with the first question"
    return Check("model system role", Severity.OK, f"{fact}; instructions {how}", details=details)


def _guided(asking: Asking, _: Expected) -> Check:
    try:
        said = asking.chat(
            HELLO, max_tokens=CHOICE_TOKENS, further={"structured_outputs": {"choice": list(CHOICES)}}
        ).text.strip()
    except Silent:
        raise
    except ModelUnavailable as error:
        said = error.message
    if said in CHOICES:
        return Check("model guidance", Severity.OK, "it keeps to a choice that it is given")
    return Check(
        "model guidance",
        Severity.WARNING,
        "it does not keep to a choice that it is given; no answer asks for one so far",
        remedy=f"serve with vLLM of 0.12 or newer, with --structured-outputs-config left alone; {REPROBE}",
    )


def _logprobs(asking: Asking, expected: Expected) -> Check:
    try:
        found = asking.chat(
            HELLO, max_tokens=1, further={"logprobs": True, "top_logprobs": LIKELIEST}
        ).alternatives
    except Silent:
        raise
    except ModelUnavailable:
        found = 0
    details = {"alternatives": found}
    if found >= LIKELIEST:
        message = f"it tells the probabilities of {found} tokens"
        return Check("model probabilities", Severity.OK, message, details=details)
    return Check(
        "model probabilities",
        Severity.ERROR if expected.is_judge else Severity.WARNING,
        f"it tells the probabilities of {found} tokens, {LIKELIEST} are asked for: nothing can be quoted",
        remedy=f"start vLLM with --max-logprobs {LIKELIEST} and let no proxy take logprobs away; {REPROBE}",
        details=details,
    )


def _tokenize(asking: Asking, _: Expected) -> Check:
    count = asking.count(HELLO)
    if count:
        return Check("model tokenizer", Severity.OK, "/tokenize counts the tokens of a prompt exactly")
    return Check(
        "model tokenizer",
        Severity.WARNING,
        "/tokenize is not there: tokens are estimated on the safe side, so fewer passages fit",
        remedy="serve with vLLM, and let a proxy in front of it pass POST /tokenize (beside /v1, not below it)",
    )


def _salt(asking: Asking, _: Expected) -> Check:
    """Try it alone: every request of the house carries a salt, and here a refusal has one cause."""
    if asking.tried(HELLO, further={"cache_salt": PROBE_SALT}) is not None:
        return Check("model cache salt", Severity.OK, "a salt that keeps readers' prefixes apart is accepted")
    return Check(
        "model cache salt",
        Severity.ERROR,
        "it refuses cache_salt, which every question carries so that nobody times what another one asked",
        remedy="serve with vLLM of 0.9 or newer, and let no proxy check the fields of a request",
    )


_TESTS: Sequence[_Test] = (
    _Test("model server", _server, is_essential=True),
    _Test("model name", _name, is_essential=True),
    _Test("model answer", _answer, is_essential=True),
    _Test("model context", _context),
    _Test("model stream", _stream),
    _Test("model system role", _system),
    _Test("model guidance", _guided),
    _Test("model probabilities", _logprobs),
    _Test("model tokenizer", _tokenize),
    _Test("model cache salt", _salt),
)
