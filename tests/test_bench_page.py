"""The bench of the page in small: a real page process, and visitors who notice when it does not work."""

import asyncio
import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from app.bench import page
from app.bench.memory import open_files, threads
from app.bench.paced_api import Speech
from app.bench.page import Opened, Plan
from app.bench.visitor import Turn, Visitor
from app.cli.bench import _counts

BRISK = Speech(tokens=30, tokens_per_s=100, first_token_s=0.05)


@pytest.mark.slow
def test_people_sign_in_and_are_answered() -> None:
    """Three at once: none fails, each answer takes at least its own time, and the process is measured."""
    (report,) = page.run(Plan((3,), speech=BRISK))
    (row,) = report.rows
    assert row.name == "3 at once"
    assert row.figures["errors"] == 0
    assert row.figures["turn_p50_s"] >= BRISK.ideal_s
    assert row.figures["api_p95_s"] >= BRISK.ideal_s
    assert row.figures["messages_a_turn"] > 10
    assert row.figures["memory_mb"] > 10
    assert multiprocessing.active_children() == []


@pytest.fixture(scope="module")
def lonely() -> Iterator[Opened]:
    """Give a page whose API is away."""
    with page.opened("http://127.0.0.1:9") as opened:
        yield opened


@pytest.mark.slow
def test_a_page_that_does_not_work_is_an_error(lonely: Opened) -> None:
    """Without an API there is no form and no field; a visitor says which is missing."""

    async def visit() -> list[Turn]:
        async with Visitor(lonely.address, "anna") as visitor:
            return [await visitor.arrive(), await visitor.sign_in(), await visitor.ask("Hotels?")]

    arrived, entered, asked = asyncio.run(visit())
    assert not arrived.error
    assert arrived.messages > 0
    assert "no form" in entered.error
    assert "no field" in asked.error
    assert asyncio.run(page._come_and_go(lonely, 4)) == 4


def test_what_went_wrong_is_counted() -> None:
    """An error and a silence of a minute count, each once; times are those of the turns that ended well."""
    turns = [Turn(7.0, 0.5, 300), Turn(90.0, 61.0, 20), Turn(1.0, 1.0, 2, error="TimeoutError")]
    figures = page._figures([Turn(0.5)], turns, [6.3, 6.4], Speech())
    assert figures["errors"] == 2
    assert figures["turn_p50_s"] in {7.0, 48.5}
    assert figures["longest_stall_s"] == 61.0
    assert figures["p95_by_ideal"] == pytest.approx(figures["turn_p95_s"] / Speech().ideal_s)


def test_ideal_is_the_answers_own_time() -> None:
    """Two hundred tokens at 33 a second, and the wait for the first."""
    assert Speech().ideal_s == pytest.approx(0.2 + 199 / 33)
    assert len(Speech().words()) == 200


def test_threads_and_files_of_a_process_are_counted() -> None:
    """Those of this one, which grow with what is opened; a process that is gone has none."""
    before = open_files(os.getpid())
    with Path(os.devnull).open("rb"):
        assert open_files(os.getpid()) == before + 1
    assert threads(os.getpid()) >= 1
    assert (threads(2**22 + 1), open_files(2**22 + 1)) == (0, 0)


def test_numbers_are_read_from_the_command_line() -> None:
    """Zero leaves the turns out; what is no number is refused."""
    assert _counts("1, 25,200") == (1, 25, 200)
    assert _counts("0") == ()
    with pytest.raises(typer.BadParameter):
        _counts("many")
