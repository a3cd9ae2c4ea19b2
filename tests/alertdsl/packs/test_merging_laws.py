"""Whatever a catalog holds: packs are added or refused, and then nothing of it has changed and no phrase means two things."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from alertdsl.diagnostics import AlertDslError, Diagnostic
from alertdsl.packs import Pack, all_packs, pack_names
from alertdsl.packs.comparing import ambiguous
from alertdsl.packs.merging import add_packs
from alertdsl.semantics.catalog import parse_catalog

PHRASES = sorted({name for pack in all_packs() for m in pack.metrics for name in (m.name, *m.aliases)})
FIELDS = sorted({f"{m.measurement}.{m.field}" for pack in all_packs() for m in pack.metrics if m.field})
TAGS = ["host", "server", "machine", "path", "cpu", "region"]
names = st.sampled_from(PHRASES) | st.text("abz _", min_size=1, max_size=6).filter(str.strip)


@st.composite
def catalogs(draw: st.DrawFn) -> str:
    """Catalogs with names and fields of packs and others, written in one of the ways that TOML has."""
    blocks = []
    for name in draw(st.lists(names, unique=True, max_size=5)):
        field = draw(st.sampled_from(FIELDS) | st.just("mine.x"))
        lines = [f'[metrics."{name}"]  # mine', f'field = "{field}"']
        aliases = draw(st.lists(names, max_size=2))
        if aliases:
            lines.append("aliases = [" + ", ".join(f"'{a}'" for a in aliases) + "]")
        blocks.append("\n".join(lines))
    for tag in draw(st.lists(st.sampled_from(TAGS), unique=True, max_size=3)):
        blocks.append(
            draw(st.sampled_from([f"[tags.{tag}]\nvalues = ['x']", f"[tags.{tag}]\naliases = ['box {tag}']"]))
        )
    return draw(st.sampled_from(["\n\n", "\n"])).join(blocks) + draw(st.sampled_from(["", "\n", "\n# end"]))


@settings(max_examples=100, deadline=None)
@given(catalogs(), st.lists(st.sampled_from(pack_names()), min_size=1, max_size=4, unique=True))
def test_added_or_refused_and_nothing_changed(text: str, chosen: list[str]) -> None:
    packs = [pack for pack in all_packs() if pack.name in chosen]
    before = parse_catalog(text)
    refused = _clashes(text, packs)
    # The way out that each message offers is one.
    done = add_packs(text, packs, without=[problem.message.split('"')[1] for problem in refused])
    after = parse_catalog(done.text)
    assert after.metrics[: len(before.metrics)] == before.metrics
    assert set(ambiguous(after)) == set(ambiguous(before))
    assert {t.name: t.values for t in before.tags}.items() <= {t.name: t.values for t in after.tags}.items()
    kept = [line for line in text.splitlines() if line]
    lines = iter(done.text.splitlines())
    assert all(line in lines for line in kept)  # each line of the text is still there, in its order
    without = [name for name in PHRASES if len(before.metric_phrases.get(tuple(name.split()), ())) > 0]
    again = add_packs(done.text, packs, without=without)
    assert again.text == done.text


def _clashes(text: str, packs: list[Pack]) -> list[Diagnostic]:
    try:
        add_packs(text, packs)
    except AlertDslError as refused:
        return [problem for problem in refused.diagnostics if problem.code == "E305"]
    return []
