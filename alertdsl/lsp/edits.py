"""Changes of a text that the server offers: formatting, quick fixes, and all fixes at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lsprotocol import types

from alertdsl.diagnostics import Diagnostic, Fix, Severity, Span
from alertdsl.lsp.positions import Positions
from alertdsl.syntax.format import format_rule_text

FIX_ALL = "source.fixAll.alertdsl"


def formatted(text: str, positions: Positions) -> list[types.TextEdit]:
    """The edits that make a text canonical; its line ends stay what they are.

    Raises:
        AlertDslError: the text has errors of syntax.
    """
    new = format_rule_text(text)
    if "\r\n" in text:
        new = new.replace("\n", "\r\n")
    if new == text:
        return []
    old_lines, new_lines = text.splitlines(keepends=True), new.splitlines(keepends=True)
    head = _common(old_lines, new_lines)
    tail = _common(old_lines[head:][::-1], new_lines[head:][::-1])
    start = sum(map(len, old_lines[:head]))
    end = len(text) - sum(map(len, old_lines[len(old_lines) - tail :]))
    inserted = "".join(new_lines[head : len(new_lines) - tail])
    return [types.TextEdit(positions.range(Span(start, end)), inserted)]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many elements both begin with."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def actions(
    found: Iterable[Diagnostic],
    told: Iterable[types.Diagnostic],
    uri: str,
    positions: Positions,
    text: str,
) -> list[types.CodeAction]:
    """The quick fixes of diagnostics, each with what the editor knows of it; warnings can be switched off as well."""
    out: list[types.CodeAction] = []
    for diagnostic, shown in zip(found, told, strict=True):
        for i, fix in enumerate(diagnostic.fixes):
            sure = i == 0 and len(diagnostic.fixes) == 1
            edits = [types.TextEdit(positions.range(fix.span), fix.replacement)]
            out.append(_action(_title(fix, text), types.CodeActionKind.QuickFix, edits, uri, [shown], sure))
        if diagnostic.severity is not Severity.ERROR:
            edits = [_switch(diagnostic, positions, text)]
            title = f"Switch off {diagnostic.code} here"
            out.append(_action(title, types.CodeActionKind.QuickFix, edits, uri, [shown], False))
    return out


def fix_all(found: Iterable[Diagnostic], uri: str, positions: Positions) -> types.CodeAction | None:
    """One action that applies every fix of which there is no second choice; None where there is none."""
    edits: list[types.TextEdit] = []
    end = -1
    sure = {fix.span: fix for one in found if len(one.fixes) == 1 for fix in one.fixes}
    for span in sorted(sure, key=lambda span: (span.start, span.end)):
        if span.start > end:
            edits.append(types.TextEdit(positions.range(span), sure[span].replacement))
            end = span.end
    return _action("Fix all that can be fixed", FIX_ALL, edits, uri, None, False) if edits else None


def _action(
    title: str,
    kind: str,
    edits: Sequence[types.TextEdit],
    uri: str,
    told: Sequence[types.Diagnostic] | None,
    sure: bool,
) -> types.CodeAction:
    edit = types.WorkspaceEdit(changes={uri: edits})
    return types.CodeAction(title, kind=kind, diagnostics=told, edit=edit, is_preferred=sure or None)


def _title(fix: Fix, text: str) -> str:
    if fix.title:
        return f"{fix.title[:1].upper()}{fix.title[1:]}"
    said = text[fix.span.start : fix.span.end]
    return f"Replace `{said}` with `{fix.replacement}`" if said else f"Insert `{fix.replacement}`"


def _switch(diagnostic: Diagnostic, positions: Positions, text: str) -> types.TextEdit:
    """A comment on the line above that switches a warning off."""
    start = text.rfind("\n", 0, diagnostic.span.start) + 1
    line = text[start : diagnostic.span.start]
    indent = line[: len(line) - len(line.lstrip())]
    end = "\r\n" if "\r\n" in text else "\n"
    return types.TextEdit(
        positions.range(Span(start, start)), f"{indent}# alertdsl: ignore {diagnostic.code}{end}"
    )
