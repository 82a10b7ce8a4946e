"""The man pages as they were built, and what is in them."""

import re
import subprocess

from .paths import COMPOSITORD, ROOT

FOLDER = COMPOSITORD.parents[1] / "data/man"
SOURCES = ROOT / "data/man"
PAGES = ("compositord.1", "compositord.5", "compositorctl.1", "compositord-protocol.7", "infinite-map.7")


def text(page):
    """As a reader sees it, on a line without an end; no hyphen is added."""
    groff = ["groff", "-man", "-Tutf8", "-P-c", "-rLL=9999n", "-rHY=0"]
    shown = subprocess.run([*groff, FOLDER / page], capture_output=True, text=True, check=True).stdout
    return re.sub(".\b", "", shown)


def examples(page):
    """The blocks that a reader may type; those of messages are checked against the schema elsewhere."""
    return re.findall(r"^```\n(.*?)\n```$", (SOURCES / f"{page}.scd").read_text(), re.DOTALL | re.MULTILINE)
