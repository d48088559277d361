"""The export bench at a small size: what it finds is what it planted."""

from app.bench import export as bench


def test_bench_of_a_small_export() -> None:
    """Every planted word of the person is in both forms, none of the other's; it takes time and leaves a file."""
    (report,) = bench.run(50)
    figures = report.rows[0].figures
    assert (figures["found"], figures["planted"], figures["of_others"]) == (50, 50, 0)
    assert figures["seconds"] > 0
    assert figures["zip_mb"] > 0
    assert figures["memory_mb"] >= 0
