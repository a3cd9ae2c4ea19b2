"""The real server process, driven as an editor drives it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcRequestCancelled
from pygls.uris import to_fs_path

from .client import COMMAND, WAIT_S, Editor, asked, editor
from .conftest import CATALOG

Scene = Callable[[Editor], Awaitable[None]]

RULES = """\
let hot = 120k
rule btc-high "Bitcoin is high"
  when BTC price > hot for 5m
  severity warning, critical when BTC price > 125k
  notify desk
rule after
  when btc-high is firing
"""


def play(root: Path, scene: Scene, **options: object) -> None:
    """Plays a scene with an editor that has the folder open."""

    async def whole() -> None:
        async with editor(root, **options) as client:  # type: ignore[arg-type]
            await scene(client)

    asyncio.run(whole())


def line_of(start: str) -> int:
    """The line of the catalog that begins so, counted from 0."""
    return next(i for i, line in enumerate(CATALOG.splitlines()) if line.startswith(start))


def test_a_session_from_the_first_typo_to_the_end(project: Path) -> None:
    path = project / "prices.alert"

    async def scene(client: Editor) -> None:
        uri = client.open(path, "rule x\n  when BTC prise > 70000\n")
        (problem,) = await client.diagnostics(uri)
        assert (problem.code, problem.source) == ("E201", "alertdsl")
        assert problem.range == types.Range(types.Position(1, 11), types.Position(1, 16))
        assert 'unknown metric "prise"' in problem.message
        assert '"price"' in problem.message

        (action,) = await client.actions(uri, problem.range, [types.CodeActionKind.QuickFix])
        assert action.is_preferred
        assert action.edit is not None
        assert action.edit.changes is not None
        client.type(uri, client.apply(uri, list(action.edit.changes[uri])))
        assert client.texts[uri] == "rule x\n  when BTC price > 70000\n"
        assert await client.diagnostics(uri) == []

        assert "critical" in await client.labels(uri, "70000") or "for …" in await client.labels(uri, "70000")
        assert "`crypto.close`" in await client.hover(uri, "price")
        assert await client.leave() == 0

    play(project, scene)


def test_all_errors_are_told_and_all_sure_fixes_made_at_once(project: Path) -> None:
    async def scene(client: Editor) -> None:
        text = (
            "rule a\n  when BTC prise > 5\nrule b\n  when cpu usge => 90%\nrule c\n  when latncy abvoe 5 ms\n"
        )
        uri = client.open(project / "a.alert", text)
        assert len(await client.diagnostics(uri)) == 3
        everywhere = types.Range(types.Position(0, 0), types.Position(0, 0))
        for _ in range(3):  # a fix of the syntax lets the next reading see the name
            found = await client.actions(uri, everywhere, ["source.fixAll"])
            if not found:
                break
            assert found[0].edit is not None
            assert found[0].edit.changes is not None
            client.type(uri, client.apply(uri, list(found[0].edit.changes[uri])))
            await client.diagnostics(uri)
        wanted = "rule a\n  when BTC price > 5\nrule b\n  when cpu usage >= 90%\nrule c\n  when latency above 5 ms\n"
        assert client.texts[uri] == wanted
        assert await client.diagnostics(uri) == []

    play(project, scene)


def test_a_warning_can_be_switched_off(project: Path) -> None:
    async def scene(client: Editor) -> None:
        uri = client.open(project / "a.alert", "rule a\n  when cpu usage > 0.9\n  notify desk\n")
        (warning,) = await client.diagnostics(uri)
        assert warning.severity == types.DiagnosticSeverity.Warning
        actions = await client.actions(uri, warning.range)
        (switch,) = [one for one in actions if one.title == f"Switch off {warning.code} here"]
        assert switch.edit is not None
        assert switch.edit.changes is not None
        client.type(uri, client.apply(uri, list(switch.edit.changes[uri])))
        assert await client.diagnostics(uri) == []
        assert client.texts[uri].splitlines()[1] == f"  # alertdsl: ignore {warning.code}"

    play(project, scene)


def test_hovers(project: Path) -> None:
    async def scene(client: Editor) -> None:
        uri = client.open(project / "a.alert", RULES)
        assert await client.diagnostics(uri) == []
        assert "one series for each `symbol`" in await client.hover(uri, "price")
        assert 'stands for `symbol = "BTC"`' in await client.hover(uri, "BTC price")
        assert "which is 120,000" in await client.hover(uri, "hot for")
        explained = await client.hover(uri, "when BTC")
        assert "above 120000" in explained or "above $120" in explained or "120,000" in explained
        assert "The condition" in explained
        assert "Rule btc-high: Bitcoin is high" in await client.hover(uri, 'btc-high "')
        assert "Rule btc-high" in await client.hover(uri, "btc-high is")
        assert "Whom to tell" in await client.hover(uri, "notify")
        assert await client.hover(uri, "125k") == ""

    play(project, scene)


def test_definitions(project: Path) -> None:
    (project / "shared.alert").write_text(
        "let hold = 5m\nrule slow(limit)\n  when latency > limit\n", "utf-8"
    )
    (project / "other.alert").write_text("# first\nrule elsewhere\n  when load > 5\n", "utf-8")
    text = f'import "shared.alert"\n{RULES}  notify oncall\nrule z\n  when elsewhere is firing for hold\nuse slow(5 ms)\n'

    async def scene(client: Editor) -> None:
        uri = client.open(project / "a.alert", text)
        assert await client.diagnostics(uri) == []
        places = {
            "hot for": ("a.alert", 1, 4),
            "btc-high is": ("a.alert", 2, 5),
            "hold\n": ("shared.alert", 0, 4),
            "slow(5": ("shared.alert", 1, 5),
            "elsewhere is": ("other.alert", 1, 5),
            '"shared': ("shared.alert", 0, 0),
            "price >": ("alertdsl.toml", line_of('[metrics."price"]'), 0),
            "BTC price": ("alertdsl.toml", line_of("[entities.BTC]"), 0),
            "oncall": ("alertdsl.toml", line_of("oncall = "), 0),
        }
        for word, (file, line, column) in places.items():
            found = await client.definition(uri, word)
            assert found is not None, word
            path = to_fs_path(found.uri)
            assert path is not None
            start = found.range.start
            assert (Path(path).name, start.line, start.character) == (file, line, column), word
        assert await client.definition(uri, "125k") is None

    play(project, scene)


def test_the_outline_has_broken_rules_too(project: Path) -> None:
    async def scene(client: Editor) -> None:
        text = RULES + "rule broken\n  when load >\nrule t(limit)\n  when load > limit\nuse t(5) as t5\n"
        uri = client.open(project / "a.alert", text)
        params = types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
        found = await asked(client.text_document_document_symbol_async(params))
        assert [one.name for one in found] == ["hot", "btc-high", "after", "broken", "t", "t5"]
        assert found[1].detail == "Bitcoin is high"

    play(project, scene)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_formatting_keeps_line_ends_and_leaves_broken_text_alone(project: Path, end: str) -> None:
    async def scene(client: Editor) -> None:
        text = f"# kept{end}rule a{end}   WHEN load is above 5 For 5 minutes # here{end}"
        uri = client.open(project / "a.alert", text)
        params = types.DocumentFormattingParams(
            types.TextDocumentIdentifier(uri), types.FormattingOptions(2, insert_spaces=True)
        )
        changes = await asked(client.text_document_formatting_async(params))
        new = client.apply(uri, list(changes))
        assert new == f"# kept{end}rule a{end}  when load > 5 for 5m  # here{end}"
        client.type(uri, new)
        assert not await asked(client.text_document_formatting_async(params))
        client.type(uri, "rule a\n  when load >\n")
        assert await asked(client.text_document_formatting_async(params)) is None

    play(project, scene)


def test_unsaved_definitions_count(project: Path) -> None:
    shared = project / "shared.alert"
    shared.write_text("let hot = 5\n", "utf-8")

    async def scene(client: Editor) -> None:
        first = client.open(project / "a.alert", 'import "shared.alert"\nrule a\n  when load > hot\n')
        assert await client.diagnostics(first) == []
        second = client.open(shared)
        client.type(second, "let cold = 5\n")
        found = await client.until(first, bool)
        assert 'unknown metric "hot"' in found[0].message
        assert "cold" in await client.labels(first, "when load > ")
        client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(second)))
        assert await client.until(first, lambda found: not found) == []

    play(project, scene)


def test_a_broken_catalog_is_told_and_survived(project: Path) -> None:
    catalog = project / "alertdsl.toml"
    good = catalog.read_text("utf-8")

    async def scene(client: Editor) -> None:
        uri = client.open(project / "a.alert", "rule a\n  when BTC price > 5\n")
        assert await client.diagnostics(uri) == []
        assert client.watched[0].method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES

        catalog.write_text(good.replace("unit = ", "unti = ", 1), "utf-8")
        change = types.FileEvent(catalog.as_uri(), types.FileChangeType.Changed)
        client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
        found = await client.until(uri, bool)
        assert "alertdsl.toml cannot be used (line 7)" in found[0].message
        (told,) = await client.until(catalog.as_uri(), bool)
        assert told.range.start.line == 6
        assert 'did you mean "unit"?' in told.message
        assert "price" in await client.labels(uri, "BTC ")

        # Mended in the editor, not yet saved.
        client.open(catalog, good.replace("price", "quotation"), "toml")
        found = await client.until(uri, lambda found: any("price" in d.message for d in found))
        assert await client.until(catalog.as_uri(), lambda found: not found) == []
        assert "quotation" in await client.labels(uri, "BTC ")
        assert await client.leave() == 0

    play(project, scene, watch=True)


def test_a_catalog_broken_from_the_start_leaves_syntax_to_be_judged(project: Path) -> None:
    (project / "alertdsl.toml").write_text("[metrics\n", "utf-8")

    async def scene(client: Editor) -> None:
        uri = client.open(project / "a.alert", "rule a\n  when BTC price > 5\n  notfy desk\n")
        codes = [one.code for one in await client.diagnostics(uri)]
        assert codes == ["E302", "E034"]

    play(project, scene)


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 22), ("utf-16", 18), ("utf-32", 16)])
def test_columns_are_in_the_units_agreed_on(project: Path, encoding: str, column: int) -> None:
    async def scene(client: Editor) -> None:
        uri = client.open(project / "a.alert", 'rule "é😀😀é"\r\n  when "😀😀" > 5 or laad > 5\r\n')
        found = await client.diagnostics(uri)
        line = 'when "😀😀" > 5 or laad'
        units = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
        name = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
        start = 2 + len(line[: line.index("laad")].encode(name)) // units
        assert {one.range.start.character for one in found} >= {start}

    play(project, scene, encodings=[encoding])


def test_a_file_that_was_never_saved_is_judged_with_the_catalog_of_the_folder(project: Path) -> None:
    async def scene(client: Editor) -> None:
        uri = "untitled:Untitled-1"
        item = types.TextDocumentItem(uri, "alert", 1, 'import "x.alert"\nrule a\n  when BTC prise > 5\n')
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        found = await client.until(uri, lambda found: True)
        assert [one.code for one in found] == ["E219", "E201"]

    play(project, scene)


def test_typing_fast_is_read_once_and_requests_may_be_taken_back(project: Path) -> None:
    rules = "".join(f"rule r{i}\n  when load > {i}\n" for i in range(1500))

    async def scene(client: Editor) -> None:
        uri = client.open(project / "a.alert", rules)
        for i in range(20):
            client.type(uri, rules + f"rule x\n  when load > {i}")
        at = client.place(uri, "load > 19")
        hover = types.HoverParams(at.text_document, at.position)
        waiting = asyncio.ensure_future(client.text_document_hover_async(hover))
        await asyncio.sleep(0)
        (number,) = client.protocol._request_futures
        client.cancel_request(types.CancelParams(id=number))
        client.type(uri, rules + "rule x\n  when laod > 5\n")
        assert "load" in await client.labels(uri, "rule x\n  when l")
        (problem,) = await client.diagnostics(uri)
        assert problem.range.start.line == 3001
        with pytest.raises(JsonRpcRequestCancelled):
            await asked(waiting)
        assert await client.leave() == 0

    play(project, scene)


def test_leaving_without_a_good_bye_is_exit_code_1(project: Path) -> None:
    async def ends(send_exit: bool) -> int:
        process = await asyncio.create_subprocess_exec(
            *COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", "method": "exit"}).encode()
        if send_exit:
            process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        process.stdin.close()
        return await asyncio.wait_for(process.wait(), WAIT_S)

    assert asyncio.run(ends(True)) == 1
    assert asyncio.run(ends(False)) == 1


def test_without_the_extra_the_command_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pygls'] = None; sys.modules['lsprotocol'] = None\n"
        "sys.argv = ['alertdsl', 'start-language-server']\n"
        "from alertdsl.cli import main; main()"
    )

    async def run() -> tuple[int | None, bytes]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, stderr=asyncio.subprocess.PIPE
        )
        _, said = await process.communicate()
        return process.returncode, said

    returned, said = asyncio.run(run())
    assert returned == 2
    assert b"pip install 'alertdsl[lsp]'" in said
