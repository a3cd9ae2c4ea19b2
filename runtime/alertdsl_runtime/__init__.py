"""The engine of alertdsl: reads series, decides rules, keeps alerts and notifies.

    source ─ columns ─▶ Evaluator ─ truth ─▶ Lives ─ events ─▶ ledger ─ one transaction ─▶ store ─ outbox ─▶ notify

`Engine` evaluates the rules of a store, live or in a replay; `backtest` tells what rules would have done on recorded points;
`open_engine(load_settings())` makes an engine of a configuration. Importing this package loads none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alertdsl_runtime.backtesting import Backtest, Episode, backtest
    from alertdsl_runtime.engine import CatalogCompiler, Engine, Options, Result, Status
    from alertdsl_runtime.evaluation.evaluator import Evaluator
    from alertdsl_runtime.notify import OutboxWorker, make_target
    from alertdsl_runtime.opening import open_engine
    from alertdsl_runtime.settings import Settings, SettingsError, load_settings

__all__ = [
    "Backtest",
    "CatalogCompiler",
    "Engine",
    "Episode",
    "Evaluator",
    "Options",
    "OutboxWorker",
    "Result",
    "Settings",
    "SettingsError",
    "Status",
    "backtest",
    "load_settings",
    "make_target",
    "open_engine",
]

_HOMES = {
    "backtesting": ("Backtest", "Episode", "backtest"),
    "engine": ("CatalogCompiler", "Engine", "Options", "Result", "Status"),
    "evaluation.evaluator": ("Evaluator",),
    "notify": ("OutboxWorker", "make_target"),
    "opening": ("open_engine",),
    "settings": ("Settings", "SettingsError", "load_settings"),
}


def __getattr__(name: str) -> object:
    """Load what is asked for: the command line imports this package before it knows what it will need."""
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
