"""A catalog held against the packs, and against itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alertdsl.packs import Pack
from alertdsl.packs.merging import COMPARED, differences
from alertdsl.packs.reading import of_one_measurement
from alertdsl.semantics.catalog import Catalog


def compare(catalog: Catalog, packs: Sequence[Pack]) -> Iterator[str]:
    """A sentence for each metric of the packs that the catalog has with other facts, or lacks while it has some of its pack."""
    for pack in packs:
        of_pack = {m.name: m for m in pack.metrics}
        yours = {name: catalog.by_name[name] for name in of_pack if name in catalog.by_name}
        if not yours:
            continue
        for name, metric in yours.items():
            other = of_pack[name]
            if metric.field != other.field and not (metric.expression and of_one_measurement(metric, other)):
                yield f'"{name}" is not what {pack.name} calls so'
                continue
            for key in differences(metric, other):
                lacking = [alias for alias in other.aliases if alias not in metric.aliases]
                if key == "aliases" and lacking:
                    yield f'"{name}" lacks {pack.name}\'s aliases {", ".join(lacking)}'
                elif key not in ("bucket", "aliases"):
                    yield f'"{name}" differs from {pack.name} in {key}: {_shown(metric, key)}, there {_shown(other, key)}'
        lacking = [name for name in of_pack if name not in yours]
        if lacking:
            yield f"{pack.name} has also {', '.join(lacking)}"


def ambiguous(catalog: Catalog) -> list[str]:
    """A sentence for each phrase that stands for several metrics, so that rules cannot use it."""
    found = {words: sorted({m.name for m in metrics}) for words, metrics in catalog.metric_phrases.items()}
    return [
        f'"{" ".join(words)}" may be {" or ".join(names)}'
        for words, names in sorted(found.items())
        if len(names) > 1
    ]


def _shown(metric: object, key: str) -> str:
    assert key in COMPARED
    value = getattr(metric, key)
    if key == "tags":
        return ", ".join(f'{tag}="{text}"' for tag, text in value) or "none"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "none" if value in (None, "") else str(value)
