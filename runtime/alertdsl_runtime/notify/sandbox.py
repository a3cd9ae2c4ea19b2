"""The environment in which message templates run: text in, text out, and no way to make it work long or grow large.

Rule texts come from people who may not run code on this machine. Jinja's sandbox keeps templates away from
Python; a running template cannot be stopped from outside, though, so here those that could run long are not
accepted in the first place: no loops inside loops, no macros, no assignments, no filters, methods or operators
that multiply text. The time a template can take is then bounded by its own length.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from alertdsl_runtime.notify import filters

MAX_TEMPLATE = 10_000
MAX_TEXT = 20_000
"""Characters of a template, and of what it may become."""

# fmt: off
_FILTERS = frozenset({
    "abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "int", "last", "length",
    "lower", "round", "sort", "string", "title", "trim", "truncate", "upper",
})
_TEXT_METHODS = frozenset({
    "capitalize", "endswith", "isdigit", "lower", "lstrip", "rstrip", "split", "startswith", "strip", "title",
    "upper",
})
# fmt: on
_NODES = (
    nodes.Assign,
    nodes.AssignBlock,
    nodes.Block,
    nodes.CallBlock,
    nodes.Extends,
    nodes.FromImport,
    nodes.Import,
    nodes.Include,
    nodes.Macro,
)


class _Sandbox(SandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not all(isinstance(x, int | float) for x in (left, right)):
            raise TemplateError(f"{operator} takes two numbers in a message, and there are no powers")
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> None:
        """No `format`: a width in it would make a text of any size."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str):
            return attr in _TEXT_METHODS
        return super().is_safe_attribute(obj, attr, value)


@pass_context
def _ago(context: Context, value: object) -> str:
    """A time as ``12m ago``, seen from the moment that the message is about: a retry says the same."""
    return filters.ago(value, context["time"])


def _environment() -> _Sandbox:
    made = _Sandbox(undefined=StrictUndefined, autoescape=False)
    made.filters = {name: made.filters[name] for name in _FILTERS}
    made.filters |= {
        "ago": _ago,
        "bytes": filters.size,
        "duration": filters.duration,
        "join": filters.joined,
        "money": filters.money,
        "number": filters.number,
        "percent": filters.percent,
    }
    made.globals = {}
    return made


_ENVIRONMENT = _environment()


@lru_cache(maxsize=4096)
def compiled(source: str) -> Template:
    """The template of a text.

    Raises:
        TemplateError: it is no template, or one that is not accepted; the message says why.
    """
    if len(source) > MAX_TEMPLATE:
        raise TemplateError(f"the template is longer than {MAX_TEMPLATE:,} characters")
    tree = _ENVIRONMENT.parse(source)
    for node in tree.find_all(_NODES):
        raise TemplateError(f"{type(node).__name__.lower()} is not available in a message")
    for loop in tree.find_all(nodes.For):
        if loop.recursive or next(loop.find_all(nodes.For), None) is not None:
            raise TemplateError("a loop inside a loop is not available in a message")
    return _ENVIRONMENT.from_string(tree)


def expand(source: str, variables: dict[str, Any]) -> str:
    """The text that a template becomes, cut off at `MAX_TEXT` characters.

    Raises:
        TemplateError: as `compiled`, or a variable does not exist.
        ArithmeticError, TypeError, ValueError: what an expression in it did.
    """
    parts, length = [], 0
    for part in compiled(source).generate(**variables):
        parts.append(part)
        length += len(part)
        if length > MAX_TEXT:
            return "".join(parts)[:MAX_TEXT] + " …"
    return "".join(parts)
