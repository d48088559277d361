"""Draw figures as bars, each with the same figures as a table for who does not see the bars."""

from collections.abc import Mapping, Sequence

import streamlit as st

from ui import theme
from ui.words import WORDS

HEIGHT_PX = 240


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
        theme.table(name, (label_name, *series), rows)
