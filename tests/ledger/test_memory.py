"""The store in memory keeps the contract."""

from __future__ import annotations

import pytest

from knockdown.ledger.memory import MemoryBackend
from tests.ledger.contract import StoreContract


class TestMemory(StoreContract):
    @pytest.fixture
    def backend(self) -> MemoryBackend:
        return MemoryBackend("test")
