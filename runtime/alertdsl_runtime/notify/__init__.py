"""Telling people: who is owed what, how it is worded, and the worker that delivers it.

owed      which target has to hear of an alert's state, from what it was told last (pure)
payload   what a notification carries through the outbox
render    title and text, by sandboxed templates
targets   where it goes: apprise addresses, the terminal, a file
worker    claims what is due, delivers, retries
"""

from __future__ import annotations

from alertdsl_runtime.notify.owed import Owed, Told, owed
from alertdsl_runtime.notify.render import Rendered, render
from alertdsl_runtime.notify.targets import DeliveryError, Target, make_target
from alertdsl_runtime.notify.worker import OutboxWorker

__all__ = [
    "DeliveryError",
    "OutboxWorker",
    "Owed",
    "Rendered",
    "Target",
    "Told",
    "make_target",
    "owed",
    "render",
]
