"""Do what the GDPR asks for: `intramuros privacy …`. Each theme registers its commands from a module of its own."""

import typer

from app.cli import (
    privacy_break_glass,
    privacy_erase,
    privacy_export,
    privacy_holds,
    privacy_personal,
    privacy_rectify,
    privacy_report,
    privacy_restrict,
    privacy_retention,
    privacy_selftest,
    privacy_stores,
)

app = typer.Typer(
    help="The GDPR: what is kept where and why, and what people may ask for.", no_args_is_help=True
)
app.command("stores")(privacy_stores.stores)
app.command("hold")(privacy_holds.hold)
app.command("release")(privacy_holds.release)
app.command("holds")(privacy_holds.holds)
app.add_typer(privacy_break_glass.app, name="break-glass")
app.command("retention")(privacy_retention.retention)
app.command("export")(privacy_export.export)
app.add_typer(privacy_rectify.app, name="rectify")
app.command("report")(privacy_report.report)
app.command("restrict")(privacy_restrict.restrict)
app.command("lift")(privacy_restrict.lift)
app.command("restricted")(privacy_restrict.restricted)
app.command("personal")(privacy_personal.personal_data)
app.command("erase")(privacy_erase.erase)
app.command("purge")(privacy_erase.purge)
app.add_typer(privacy_erase.receipts, name="receipt")
app.command("selftest")(privacy_selftest.selftest)
