"""No test touches the user's own ledgers and keys, and none fails because the machine is busy."""

import gc
import os
import tempfile

from hypothesis import HealthCheck, settings

settings.register_profile("knockdown", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("knockdown")


def pytest_configure():
    gc.set_threshold(100_000, 20, 100)  # as the command does
    folder = tempfile.mkdtemp(prefix="knockdown-tests-")
    os.environ["KNOCKDOWN_DATA"] = os.path.join(folder, "data")
    os.environ["KNOCKDOWN_KEYS"] = os.path.join(folder, "keys")
