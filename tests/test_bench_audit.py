"""The audit bench at a small size: every touch is found where it was made."""

from app.bench import audit as bench

ROWS = 200


def test_bench_of_a_small_trail() -> None:
    """All records verify, a document is found by its id, and each way to touch a record is named every time."""
    trail, touched = bench.run(ROWS)
    figures = trail.rows[0].figures
    assert figures["verified"] == ROWS + bench.WRITTEN * len(bench.QUESTION)
    assert figures["question_p50_ms"] > 0
    assert {row.name: row.figures["named"] / row.figures["tried"] for row in touched.rows} == dict.fromkeys(
        bench.TOUCHES, 1.0
    )
