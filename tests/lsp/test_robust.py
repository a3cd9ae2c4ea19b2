"""No text and no place in it breaks an answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsprotocol import types

from alertdsl.diagnostics import AlertDslError
from alertdsl.lsp import edits, telling
from alertdsl.lsp.analysis import Analysis, Setting
from alertdsl.lsp.completion import complete
from alertdsl.lsp.definition import definition
from alertdsl.lsp.hover import hover
from alertdsl.lsp.names import Names
from alertdsl.lsp.offers import Surroundings
from alertdsl.lsp.positions import Positions
from alertdsl.lsp.project import Configuration
from alertdsl.lsp.server import make_server
from alertdsl.lsp.session import Document
from alertdsl.lsp.symbols import outline
from alertdsl.semantics.catalog import parse_catalog
from alertdsl.syntax.parser import read_rules

from .client import Editor, editor
from .conftest import CATALOG
from .test_analysis import TEXTS

PARSED = parse_catalog(CATALOG)
PIECES = [
    *(word for text in TEXTS for word in text.split(" ")),
    *(
        "rule x\n  ",
        "let ",
        "use ",
        "{",
        "}",
        "(",
        '"',
        "'s ",
        "\\",
        "#",
        "\r\n",
        "\r",
        "\u2028",
        "\0",
        "😀",
        "€5",
        "1h",
        "=",
    ),
    *("{{ x }}", " when ", " for ", ",", "over ", "its ", "where host is ", "import ", "\ud800"),
]
TEXT = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=14).map(" ".join)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXT, st.data())
def test_every_answer_to_any_text_at_any_place(text: str, data: st.DataObject) -> None:
    source = Path("/nowhere/x.alert")
    analysis = Analysis()
    view = analysis.look(text, Setting(str(source), source, PARSED, read_rules))
    positions = Positions(text, data.draw(st.sampled_from(["utf-8", "utf-16", "utf-32"])))
    configuration = Configuration(Path("/nowhere/alertdsl.toml"), CATALOG, PARSED)
    around = Surroundings(Names(PARSED), view.library, ("a",), ("desk",), ("b.alert",))
    shown = telling.told(view.diagnostics, text, positions)
    edits.actions(view.diagnostics, shown, "file:///x", positions, text)
    edits.fix_all(view.diagnostics, "file:///x", positions)
    assert all(one.name and one.range.start <= one.selection_range.start for one in outline(view, positions))
    try:
        edits.formatted(text, positions)
    except AlertDslError:
        assert view.diagnostics or not text.strip() or text.strip().startswith("#")
    for _ in range(4):
        offset = data.draw(st.integers(0, len(text)))
        for item in complete(text, offset, around, positions).items:
            assert isinstance(item.text_edit, types.TextEdit)
            span = positions.span(item.text_edit.range)
            assert span.start <= offset <= max(span.end, offset)
            assert item.text_edit.range.start.line == item.text_edit.range.end.line
        hover(view, offset, PARSED, positions)
        definition(view, offset, configuration, source, read_rules, dict)


def test_the_server_outlives_much_nonsense(project: Path) -> None:
    """Random edits and requests against the real process, and at the end it still does its work."""
    chance = random.Random(7)

    async def scene(client: Editor) -> None:
        uri = client.open(project / "a.alert", "")
        identifier = types.TextDocumentIdentifier(uri)
        for _ in range(60):
            text = " ".join(chance.choice(PIECES) for _ in range(chance.randint(0, 40)))
            client.type(uri, text.replace("\ud800", ""))
            at = types.Position(chance.randint(0, 12), chance.randint(0, 60))
            place = types.Range(at, types.Position(at.line + 1, 0))
            await asyncio.gather(
                client.text_document_completion_async(types.CompletionParams(identifier, at)),
                client.text_document_hover_async(types.HoverParams(identifier, at)),
                client.text_document_definition_async(types.DefinitionParams(identifier, at)),
                client.text_document_document_symbol_async(types.DocumentSymbolParams(identifier)),
                client.text_document_formatting_async(
                    types.DocumentFormattingParams(identifier, types.FormattingOptions(2, insert_spaces=True))
                ),
                client.text_document_code_action_async(
                    types.CodeActionParams(identifier, place, types.CodeActionContext([]))
                ),
            )
        client.type(uri, "rule x\n  when BTC prise > 5\n")
        (problem,) = await client.diagnostics(uri)
        assert problem.code == "E201"
        assert client.messages == []
        assert await client.leave() == 0

    async def whole() -> None:
        async with editor(project) as client:
            await scene(client)

    asyncio.run(whole())


def test_a_reading_that_fails_is_not_tried_for_ever(project: Path) -> None:
    """A fault of the compiler costs the answers about that text, not the server."""

    class Faulty(Analysis):
        def steps(self, text: str, setting: Setting) -> Iterator[None]:
            if "fault" in text:
                raise RecursionError(text)
            yield from super().steps(text, setting)

    async def scene() -> None:
        server = make_server()
        server._publish = lambda document: None  # type: ignore[method-assign]
        document = Document("file:///x.alert", project / "x.alert", "rule fault", 1, Faulty())
        server.documents[document.uri] = document
        assert await asyncio.wait_for(server.view(document.uri), 10) is None
        document.text = "rule x\n  when load > 5\n"
        found = await asyncio.wait_for(server.view(document.uri), 10)
        assert found is not None
        assert found[1].text == document.text

    asyncio.run(scene())
