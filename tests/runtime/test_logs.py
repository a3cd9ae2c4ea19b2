"""Structured logs and the progress line: what happened, and no secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from alertdsl_runtime.engine import Status
from alertdsl_runtime.logs import redact, set_up_logs
from alertdsl_runtime.progress import ProgressLine


@pytest.fixture(autouse=True)
def _logger_as_it_was() -> Iterator[None]:
    logger = logging.getLogger("alertdsl")
    before = (logger.level, logger.propagate, list(logger.handlers))
    yield
    level, logger.propagate, logger.handlers = before
    logger.setLevel(level)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_json_for_machines() -> None:
    out = io.StringIO()
    set_up_logs("info", "auto", out)
    logging.getLogger("alertdsl.engine").warning("rule failed", extra={"rule": "a b", "error": "nöt\nnow"})
    logging.getLogger("alertdsl.engine").debug("unseen")
    [line] = out.getvalue().splitlines()
    facts = json.loads(line)
    assert facts.pop("time").endswith("+00:00")
    assert facts == {
        "level": "warning",
        "logger": "alertdsl.engine",
        "event": "rule failed",
        "rule": "a b",
        "error": "nöt\nnow",
    }


def test_words_for_a_terminal() -> None:
    out = Terminal()
    set_up_logs("info", "auto", out)
    logging.getLogger("alertdsl.engine").info("sent", extra={"rule": "a b", "target": "mail"})
    assert out.getvalue()[9:] == 'info    sent rule="a b" target=mail\n'


def test_a_traceback_goes_along() -> None:
    out = io.StringIO()
    set_up_logs("info", "json", out)
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("alertdsl.engine").exception("evaluation failed")
    assert "ValueError: broken" in json.loads(out.getvalue())["traceback"]


def test_secrets_that_slip_into_a_text_are_taken_out() -> None:
    text = redact("mysql://root:pa55@h/d refused; Authorization: Token abc123; token=xyz, url http://h:80/p")
    for secret in ("pa55", "abc123", "xyz"):
        assert secret not in text
    assert "http://h:80/p" in text
    assert redact("refused the token (unauthorized)") == "refused the token (unauthorized)"


def test_the_line_is_rewritten_in_place() -> None:
    out = Terminal()
    line = ProgressLine(out)
    line.show(Status(rules=3, firing=1, source_error="mysql://u:pw1234@h down"))
    line.clear()
    text = out.getvalue()
    assert text.startswith("\r\x1b[K! 3 rules | 1 firing")
    assert "pw1234" not in text
    assert text.endswith("\r\x1b[K")


def test_nothing_on_a_pipe() -> None:
    out = io.StringIO()
    ProgressLine(out).show(Status())
    assert out.getvalue() == ""
