"""Commands that a reader of our documents may type, found by what they look like."""

import re
import subprocess
from pathlib import Path

from . import manual
from .paths import ROOT

PROGRAMS = "compositord|compositorctl|infinite-map-[a-z]+|systemctl|systemd-analyze|busctl|kill|meson|npm|npx|cargo|exec|spawn-at-startup|exec-once|autostart|\\./dev"
# A program with something before or behind it: by itself it is only its name.
COMMAND = re.compile(rf"(?:[A-Z_]+=\S+ )+(?:{PROGRAMS})(?:\s|$)|(?:{PROGRAMS})\s")
DOCUMENTS = sorted(path for path in subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def inline(document):
    """What stands in the middle of a sentence."""
    text = FENCE.sub("", (ROOT / document).read_text())
    spans = (" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text))
    return [span for span in spans if COMMAND.match(span)]


def blocks(document):
    """Of a document but the README, whose blocks test_readme.py has."""
    return [text.rstrip("\n") for kind, text in FENCE.findall((ROOT / document).read_text()) if kind in ("sh", "bash", "console")]


def in_manual():
    """What is bold in the middle of a sentence; the examples that stand by themselves test_manual.py has."""
    found = []
    for page in manual.PAGES:
        bold = re.findall(r"\*([^*\n]+)\*", (manual.SOURCES / f"{page}.scd").read_text())
        found += [span for span in bold if COMMAND.match(span)]
    return found


def in_help(helped):
    """Options with a value that their help has as an example, and lines of settings."""
    found = []
    for option, words in re.findall(r"^ +(?:-\w, )?--([a-z-]+)=\S+\s+((?:.*\n)(?: {20,}.*\n)*)", helped, re.MULTILINE):
        found += [f"--{option}={value}" for value in re.findall(r"such as ([^\s;,)]+)", " ".join(words.split()))]
    return found + re.findall(r'such as "([^"]+)"', " ".join(helped.split()))


def everywhere():
    """(document, command)"""
    found = [(document, command) for document in DOCUMENTS for command in inline(document)]
    found += [(document, block) for document in DOCUMENTS if document != "README.md" for block in blocks(document)]
    return found + [("man", command) for command in in_manual()]


def source_of(test):
    file, _, name = test.partition("::")
    return f"def {name}(" in (Path(__file__).parents[1] / file).read_text()
