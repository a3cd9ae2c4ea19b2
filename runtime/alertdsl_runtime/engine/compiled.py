"""Rules ready to evaluate, each with what it has to know of the rules that it asks about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from alertdsl.diagnostics import NOWHERE, AlertDslError, Diagnostic
from alertdsl.semantics import typed
from alertdsl.semantics.dependencies import WAY_OUT, circle_words, circles, rules_awaited
from alertdsl.store import NotFoundError
from alertdsl.store.records import Rule as StoredRule
from alertdsl_runtime.instants import next_instant
from alertdsl_runtime.linking import Link, levels, linked

if TYPE_CHECKING:
    from alertdsl.store import Store

WORD = "firing"
"""A text without this word asks about no rule."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A rule that another one asks about, itself or through others.

    Attributes:
        begins: its first instant; nothing is known of it before.
        active_from: the moment from which its present text counts; 0 for one that is disabled or does not compile.
        condition: what makes its label sets, None where its text does not compile.
    """

    begins: int
    active_from: int
    condition: typed.Condition | None


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A rule, and what the store knows of it; `awaits` are the rules that it asks about, by their ids."""

    stored: StoredRule
    rule: typed.Rule
    awaits: Mapping[str, Awaited] = field(default_factory=dict)

    @property
    def active_from(self) -> int:
        """The moment from which its instants count: not before it existed, nor before its present text did, nor those of
        the rules that it asks about."""
        own = max(self.stored.active_from, self.stored.version_at)
        return max([own, *(other.active_from for other in self.awaits.values())])


class Linker:
    """Gives the rules of a store what they need to know of each other.

    Args:
        active: the rules to evaluate, `compiled` those of them that compile.
        compile_text: makes a typed rule of a stored one; raises AlertDslError.
    """

    def __init__(
        self,
        store: Store,
        active: Collection[StoredRule],
        compiled: Mapping[str, Compiled],
        compile_text: Callable[[StoredRule], typed.Rule],
    ) -> None:
        self._store = store
        self._compiled = dict(compiled)
        self._active = {rule.id for rule in active}
        self._stored = {rule.id: rule for rule in active}
        self._by_name = {(rule.owner, rule.name): rule.id for rule in self._stored.values()}
        self._compile = compile_text
        self._asks: dict[str, dict[str, str]] = {}
        """Rule id -> the names that it mentions, with the ids of those rules."""
        self._problems: dict[str, AlertDslError] = {}

    def link(self, before: Mapping[str, Compiled]) -> tuple[dict[str, Compiled], dict[str, AlertDslError]]:
        """The rules that can be evaluated, and what is wrong with others. One that is as it was `before` is the same object."""
        for id_ in list(self._compiled):
            self._look_up(id_)
        self._refuse_circles()
        depth = levels({i: () if i in self._problems else asks.values() for i, asks in self._asks.items()})
        for id_ in sorted(self._asks, key=depth.__getitem__):
            if id_ not in self._problems:
                self._link(id_)
        good = {i: one for i, one in self._compiled.items() if i in self._active and i not in self._problems}
        return {i: self._same(one, before.get(i)) for i, one in good.items()}, self._problems

    @staticmethod
    def _same(now: Compiled, before: Compiled | None) -> Compiled:
        """The old object where nothing about it has changed: what hangs on it is kept."""
        same = before is not None and before.stored == now.stored and before.awaits == now.awaits
        return before if same and before is not None else now

    def _look_up(self, id_: str) -> None:
        """Find the rules that a rule mentions, and those that these mention."""
        waiting = [id_]
        while waiting:
            id_ = waiting.pop()
            one = self._compiled.get(id_)
            if one is None or id_ in self._asks or WORD not in one.stored.text.casefold():
                continue
            names = rules_awaited(one.rule)
            if not names:
                continue
            asks = self._asks[id_] = {}
            for name in sorted(names):
                other = self._find(one.stored.owner, name)
                if other is None:
                    message = f'there is no rule "{name}" now, whose firing this one asks about'
                    hint = "it was deleted or renamed, or is still to come"
                    self._refuse(id_, Diagnostic("E225", message, NOWHERE, hint))
                else:
                    asks[name] = other
                    waiting.append(other)

    def _find(self, owner: str, name: str) -> str | None:
        """The id of a rule by its name; one that is disabled is compiled for its label sets."""
        known = self._by_name.get((owner, name))
        if known is not None:
            return known
        try:
            stored = self._store.rules.by_name(name, owner=owner)
        except NotFoundError:
            return None
        self._stored[stored.id], self._by_name[owner, name] = stored, stored.id
        # One that does not compile is without label sets of its own; its alerts have resolved.
        with suppress(AlertDslError):
            self._compiled[stored.id] = Compiled(stored, self._compile(stored))
        return stored.id

    def _refuse(self, id_: str, problem: Diagnostic) -> None:
        stored = self._stored[id_]
        self._problems.setdefault(id_, AlertDslError(problem.in_text(stored.text, f"rule {stored.name}")))

    def _refuse_circles(self) -> None:
        for circle in circles({id_: asks.values() for id_, asks in self._asks.items()}):
            words = circle_words(tuple(self._stored[id_].name for id_ in circle))
            for id_ in circle:
                self._refuse(id_, Diagnostic("E226", words, NOWHERE, WAY_OUT))

    def _link(self, id_: str) -> None:
        one = self._compiled[id_]
        awaits: dict[str, Awaited] = {}
        links: dict[str, Link] = {}
        for name, other in self._asks[id_].items():
            found = self._compiled.get(other) if other not in self._problems else None
            condition = None if found is None else found.rule.when
            links[name] = Link(other, condition)
            stored = self._stored[other]
            begins = (
                stored.created_at if found is None else next_instant(found.rule.every, stored.created_at - 1)
            )
            counts = found is not None and other in self._active
            awaits[other] = Awaited(
                begins, found.active_from if found is not None and counts else 0, condition
            )
            awaits |= {} if found is None else found.awaits
        self._compiled[id_] = replace(one, rule=linked(one.rule, links), awaits=awaits)
