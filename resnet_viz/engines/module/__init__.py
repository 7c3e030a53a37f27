"""Any nn.Module, run once: hooks say in whose forward something happened, a dispatch mode says what."""

from __future__ import annotations

from .running import trace_module

__all__ = ["trace_module"]
