"""The phrasings of people in grammar/corpus/people: what each means, and how many are understood.

`python -m tests.alertdsl.people.phrases` prints the shares, `... FILE` the phrases of one file that are not understood, and
`... --write` writes the codes of refusals anew.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import alertdsl
from alertdsl import AlertDslError, Diagnostic, Severity
from alertdsl.semantics.meaning import canonical
from tests.alertdsl.syntax.corpus import CORPUS, cases

PEOPLE = CORPUS / "people"
COLLECTIONS = sorted(PEOPLE.glob("*.txt"))
CATALOG = alertdsl.load_catalog(PEOPLE / "catalog.toml")
STEPS = 4  # as many fixes one takes before one gives up
_RIGHT = re.compile(r"(?:(E\d{3})\b ?)?(.*)")


@dataclass(frozen=True)
class Phrase:
    """What somebody typed.

    Attributes:
        code: of the error with which it is refused; empty where it is understood.
        meant: a plain spelling of what it means; empty where nobody can say without guessing.
    """

    text: str
    code: str
    meant: str

    def errors(self) -> list[Diagnostic]:
        """What the language says against it."""
        return [p for p in alertdsl.check(self.text, CATALOG) if p.severity is Severity.ERROR]

    def outcome(self) -> str:
        """`understood`; `asked` (rightly refused); `offered` (refused, but a fix is what was meant); `refused`; or `misread`."""
        errors = self.errors()
        if not errors:
            if not self.meant:
                return "misread"
            return "understood" if meaning(self.text) == meaning(self.meant) else "misread"
        if not self.meant:
            return "asked"
        return "offered" if self._is_offered() else "refused"

    def _is_offered(self) -> bool:
        """Whether fixes, taken one after the other, lead to what was meant."""
        texts = {self.text}
        for _ in range(STEPS):
            texts = {new for text in texts for new in fixed(text, Phrase(text, "", "").errors())}
            if any(self._means(text) for text in texts):
                return True
        return False

    def _means(self, text: str) -> bool:
        try:
            return meaning(text) == meaning(self.meant)
        except AlertDslError:
            return False


def fixed(text: str, errors: list[Diagnostic]) -> Iterator[str]:
    """The text with each fix of each error applied alone."""
    for problem in errors:
        for fix in problem.fixes:
            yield text[: fix.span.start] + fix.replacement + text[fix.span.end :]


def meaning(text: str) -> str:
    """What a condition or a rule means with the catalog of the phrases: a hash, and what its clauses say of telling."""
    (rule,) = alertdsl.resolve(text, CATALOG)
    told = (
        rule.severity,
        rule.rungs,
        rule.title,
        rule.labels,
        rule.notify,
        rule.repeat,
        rule.message,
        rule.once,
    )
    return f"{alertdsl.meaning_hash(rule)} {canonical((*told, rule.escalations))}"


def phrases(path: Path) -> Iterator[Phrase]:
    """The phrases of one file."""
    for text, right in cases(path, "=>"):
        match = _RIGHT.fullmatch(right)
        assert match is not None
        yield Phrase(text.replace("\\n", "\n"), match[1] or "", match[2].replace("\\n", "\n"))


def _answer(text: str) -> str:
    problems = Phrase(text, "", "").errors()
    if problems:
        return f"{problems[0].code} {problems[0].message} ({problems[0].hint})"
    return alertdsl.format_rule(text).strip()


def _write() -> None:
    for path in COLLECTIONS:
        found = {p.text.replace("\n", "\\n"): p for p in phrases(path)}
        out: list[str] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("=>"):
                continue
            out.append(line)
            if line in found:
                phrase = found[line]
                errors = phrase.errors()
                out.append(
                    f"=> {errors[0].code if errors else ''} {phrase.meant}".replace("\n", "\\n")
                    .replace("=>  ", "=> ")
                    .rstrip()
                )
        path.write_text("\n".join(out) + "\n", encoding="utf-8")


def main() -> None:
    """Print the shares of every collection, and the phrases of those named."""
    for path in COLLECTIONS:
        counts: Counter[str] = Counter()
        for phrase in phrases(path):
            outcome = phrase.outcome()
            counts[outcome] += 1
            if path.stem in sys.argv[1:] and outcome != "understood":
                print(
                    f"{outcome:10} {phrase.text}\n           {phrase.meant}\n           {_answer(phrase.text)}"
                )
        print(path.stem, sum(counts.values()), dict(counts))


if __name__ == "__main__":
    if "--write" in sys.argv:
        _write()
    main()
