"""Runs the command as a user would, for the tests of this folder."""

import os
import subprocess
import sys

from knockdown.workflow.papers import FaultList

FAST = ("--seconds", "20", "--limits", "0")


def knockdown(*argv, cwd=None, env=None, **more):
    """Run the command as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "knockdown.cli.main", *map(str, argv)],
        cwd=cwd,
        env=os.environ | {"COLUMNS": "120", "PYTHONIOENCODING": "utf-8"} | (env or {}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
        **more,
    )


def faults_of(done):
    """The faults printed as JSON, which must be those listed on stderr."""
    assert done.returncode == 2, done.stderr
    listed = FaultList.model_validate_json(done.stdout).faults
    for fault in listed:
        assert fault.problem in done.stderr
    assert f"knockdown: {len(listed)} fault" in done.stderr
    assert "Traceback" not in done.stderr
    return listed
