"""The tables of docs/packs.md, made of the packs: `python -m tests.docs.packs_page` writes them anew."""

from __future__ import annotations

from alertdsl.packs import Pack, all_packs
from tests.docs.pages import DOCS
from tests.runtime.packs.test_stories import STORIES

PAGE = DOCS / "packs.md"
BEGIN = "<!-- From here on made by: python -m tests.docs.packs_page -->\n"
SHOWN = 4
"""Rules of a pack that the page shows."""


def tables() -> str:
    """The part of the page that is made."""
    return "\n".join(_section(pack) for pack in all_packs())


def rules(pack: str) -> list[str]:
    """The rules that the page shows of a pack: the first of its story, which the tests hold to their alerts."""
    return list(STORIES[pack].alerts)[:SHOWN]


def _section(pack: Pack) -> str:
    lines = [f"## {pack.name}", "", f"{pack.summary}. {pack.source}", "", "```"]
    lines += [*rules(pack.name), "```", "", "| phrase | or | unit | means |", "|---|---|---|---|"]
    for metric in pack.metrics:
        unit = {None: "", "ratio": "0 to 1", "unix": "moment"}.get(metric.unit, metric.unit)
        kind = " (counter)" if metric.kind == "counter" else ""
        meaning = pack.entry("metrics", metric.name).meaning
        lines.append(
            f"| {metric.name} | {', '.join(metric.aliases)} | {unit} | {meaning.removesuffix('.')}{kind} |"
        )
    for entity in pack.entities:
        pinned = ", ".join(f'{tag}="{value}"' for tag, value in entity.tags)
        lines.append(
            f"| {entity.name} |  | name | {pack.entry('entities', entity.name).meaning} ({pinned}) |"
        )
    lines += ["", *(f"* {trap}" for trap in pack.traps), ""]
    return "\n".join(lines)


def whole(page: str) -> str:
    """The page with its tables as they ought to be."""
    return page.partition(BEGIN)[0] + BEGIN + "\n" + tables()


if __name__ == "__main__":
    PAGE.write_text(whole(PAGE.read_text("utf-8")), "utf-8")
