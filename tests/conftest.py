"""No test touches the user's own ledgers and keys."""

import gc
import os
import tempfile


def pytest_configure():
    gc.set_threshold(100_000, 20, 100)  # as the command does
    folder = tempfile.mkdtemp(prefix="knockdown-tests-")
    os.environ["KNOCKDOWN_DATA"] = os.path.join(folder, "data")
    os.environ["KNOCKDOWN_KEYS"] = os.path.join(folder, "keys")
