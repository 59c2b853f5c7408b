"""No test touches the user's own ledgers and keys."""

import os
import tempfile


def pytest_configure():
    folder = tempfile.mkdtemp(prefix="knockdown-tests-")
    os.environ["KNOCKDOWN_DATA"] = os.path.join(folder, "data")
    os.environ["KNOCKDOWN_KEYS"] = os.path.join(folder, "keys")
