"""What the documentation shows is run: every command, every example, and no verb goes undocumented.

In README.md and docs/*.md:

- each line of a ```console block that begins with `$ ` is run by bash in a fresh folder, in order;
  one document shares one folder. Lines that end in a backslash continue. Shown output is not compared.
- each ```python block is run as a program of its own in the same folder.

A comment on the line before a block changes how it is treated; several may stand on lines of their own:

- `<!-- exit: 2 -->`  the block has one command, which ends with this status (0 otherwise)
- `<!-- long -->`     only run when KNOCKDOWN_LONG is set
- `<!-- skip: why -->` not run
- `<!-- run -->`      run commands that are otherwise left alone: `script/...`, git, cd, sudo, apt-get
"""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LEFT_ALONE = ("script/", "./script/", "git ", "cd ", "sudo ", "apt-get ")
LIMIT_SECONDS = 900

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,})(?P<language>\w*)")
MARK = re.compile(r"^ *<!-- *(?P<name>exit|long|skip|run)\b:? *(?P<value>.*?) *-->\s*$")


@dataclass(frozen=True)
class Block:
    """One fenced block: where it opens, its language, its lines, and the marks just before it."""

    document: str
    line: int
    language: str
    lines: tuple[str, ...]
    marks: dict[str, str]


@dataclass(frozen=True)
class Step:
    """One thing to run, and the status it must end with."""

    where: str
    argv: tuple[str, ...]
    exit_status: int


def blocks(text: str, document: str) -> Iterator[Block]:
    """Cut the fenced blocks out of a Markdown text."""
    marks: dict[str, str] = {}
    lines = enumerate(text.splitlines(), start=1)
    for number, line in lines:
        fence = FENCE.match(line)
        if fence is None:
            mark = MARK.match(line)
            if mark:
                marks[mark["name"]] = mark["value"]
            elif line.strip():
                marks = {}
            continue
        indent, ticks, body = len(fence["indent"]), fence["ticks"], []
        for _, inner in lines:
            if inner.strip().startswith(ticks) and not inner.strip().strip(ticks[0]):
                break
            body.append(inner[indent:] if not inner[:indent].strip() else inner)
        yield Block(document, number, fence["language"], tuple(body), marks)
        marks = {}


def commands(block: Block) -> Iterator[tuple[int, str]]:
    """Yield each command of a console block with its line number."""
    lines = iter(enumerate(block.lines, start=block.line + 1))
    for number, line in lines:
        if not line.startswith("$ "):
            continue
        command = line[2:]
        while command.endswith("\\"):
            command += "\n" + next(lines, (0, ""))[1]
        yield number, command


def steps_of(block: Block) -> Iterator[Step]:
    """Yield what a block asks to be run."""
    if "skip" in block.marks or ("long" in block.marks and not os.environ.get("KNOCKDOWN_LONG")):
        return
    exit_status = int(block.marks.get("exit", "0"))
    if block.language == "python":
        yield Step(
            f"{block.document}:{block.line}", (sys.executable, "-c", "\n".join(block.lines)), exit_status
        )
    if block.language != "console":
        return
    shown = list(commands(block))
    where = f"{block.document}:{block.line}"
    assert shown, f"{where}: a console block without a line that begins with '$ '"
    assert "exit" not in block.marks or len(shown) == 1, f"{where}: an exit mark wants a block of one command"
    for number, command in shown:
        if "run" in block.marks or not command.startswith(LEFT_ALONE):
            yield Step(f"{block.document}:{number}", ("bash", "-euo", "pipefail", "-c", command), exit_status)


def environment() -> dict[str, str]:
    """Return this environment, with this Python's commands first and output as a reader would see it."""
    bin_folder = str(Path(sys.executable).parent)
    return os.environ | {
        "PATH": os.pathsep.join([bin_folder, os.environ.get("PATH", "")]),
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "120",
    }


def fault(step: Step, folder: Path) -> str | None:
    """Run one step and say what was wrong with it, if anything."""
    try:
        done = subprocess.run(
            step.argv,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{step.where}: not done after {LIMIT_SECONDS} s\n{step.argv[-1]}"
    if done.returncode == step.exit_status:
        return None
    said = (done.stdout[-2000:] + done.stderr[-2000:]).strip()
    ended = f"{step.where}: status {done.returncode}, the document says {step.exit_status}"
    return "\n".join([ended, step.argv[-1], said])


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_documents_run(path, tmp_path):
    text = path.read_text(encoding="utf-8")
    steps = [s for block in blocks(text, str(path.relative_to(ROOT))) for s in steps_of(block)]
    faults = [found for step in steps if (found := fault(step, tmp_path))]
    assert not faults, "\n\n" + "\n\n".join(faults)


def cli_verbs() -> list[str]:
    """Name every command a user can see, groups' commands as `group command`."""
    if importlib.util.find_spec("knockdown.cli.main") is None:
        pytest.skip("there is no command line yet")
    import typer.main

    from knockdown.cli.main import app

    def walk(command, words: tuple[str, ...]) -> Iterator[str]:
        if words:
            yield " ".join(words)
        for name, inner in getattr(command, "commands", {}).items():
            if not inner.hidden:
                yield from walk(inner, (*words, name))

    return sorted(walk(typer.main.get_command(app), ()))


def test_every_verb_is_documented():
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCS)
    # A plant may stand between a verb and its action: `knockdown ledger ganja verify`.
    shown = {verb: r"(?: \S+)? ".join(map(re.escape, verb.split())) for verb in cli_verbs()}
    missing = [verb for verb, words in shown.items() if not re.search(rf"\bknockdown {words}\b", text)]
    assert not missing, f"README.md and docs/*.md say nothing of: {', '.join(missing)}"


EXAMPLE = """\
<!-- exit: 3 -->
```console
$ exit \\
    3
shown, not run
```

```console
$ touch made && python --version
$ script/never-run
```

```python
from pathlib import Path
assert Path("made").exists()
```

<!-- skip: it would fail -->
```console
$ false
```

```text
$ false
```

```console
$ false
```
"""


def test_the_reader_of_documents(tmp_path):
    steps = [s for block in blocks(EXAMPLE, "example.md") for s in steps_of(block)]
    assert [s.where for s in steps] == [f"example.md:{n}" for n in (3, 9, 13, 28)]
    assert [s.exit_status for s in steps] == [3, 0, 0, 0]
    faults = [found for step in steps if (found := fault(step, tmp_path))]
    assert len(faults) == 1
    assert faults[0].startswith("example.md:28: status 1, the document says 0")
