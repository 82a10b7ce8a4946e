"""Where the programs under test are; each can be replaced by an environment variable of its name."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COMPOSITORD = Path(os.environ.get("COMPOSITORD", ROOT / "build/src/compositord"))
COMPOSITOR = Path(os.environ.get("COMPOSITOR", ROOT / "subprojects/infinite-map/target/debug/infinite-map-compositor"))
TEST_WINDOW = Path(os.environ.get("TEST_WINDOW", ROOT / "build/tests/clients/test_window"))
WEB_ROOT = Path(os.environ.get("WEB_ROOT", ROOT / "subprojects/web/dist"))

# AddressSanitizer keeps freed memory for a while, so that what a daemon has grown by says little then.
SANITIZED = COMPOSITORD.exists() and b"__asan_init" in COMPOSITORD.read_bytes()
