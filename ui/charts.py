"""Draw figures as bars, each with the same figures as a table for who does not see the bars."""

from collections.abc import Mapping, Sequence

import streamlit as st

from ui import theme
from ui.languages import number
from ui.render import Safe, fill, join
from ui.words import WORDS

HEIGHT_PX = 240
_TABLE = (
    '<div class="im-table"><table><caption class="im-unseen">{caption}</caption>'
    "<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
)
_HEAD = '<th scope="col">{text}</th>'
_CELL = "<td>{text}</td>"
_ROW = "<tr>{cells}</tr>"

Number = int | str | None


def bars(
    name: str, labels: Sequence[str], series: Mapping[str, Sequence[int | None]], *, label_name: str, key: str
) -> None:
    """Draw stacked bars, one a label; a None leaves a gap and stands as a dash in the table below."""
    theme.section(name)
    told = {one: numbers for one, numbers in series.items() if any(one is not None for one in numbers)}
    if not told:
        theme.small(WORDS.bars_none)
        return
    data = {label_name: list(labels), **{one: list(numbers) for one, numbers in told.items()}}
    st.bar_chart(
        data, x=label_name, y=list(told), x_label="", y_label="", height=HEIGHT_PX, alt=name, sort=False
    )
    with st.expander(WORDS.as_table, key=f"table_{key}"):
        rows = [(label, *(numbers[at] for numbers in series.values())) for at, label in enumerate(labels)]
        table(name, (label_name, *series), rows)


def table(name: str, head: Sequence[str], rows: Sequence[Sequence[Number]]) -> None:
    """Draw a table that a screen reader calls by its name."""
    theme.show(
        fill(
            _TABLE,
            caption=name,
            head=join([fill(_HEAD, text=text) for text in head]),
            rows=join([_row(row) for row in rows]),
        )
    )


def _row(row: Sequence[Number]) -> Safe:
    return fill(_ROW, cells=join([fill(_CELL, text=_written(cell)) for cell in row]))


def _written(cell: Number) -> str:
    if cell is None:
        return WORDS.usage_hidden
    return number(cell) if isinstance(cell, int) else cell
