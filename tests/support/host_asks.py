"""Ask our agent in a host: `host_asks.py HOST HOME` reads questions as JSON and prints answers as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from host_teams import driver

if __name__ == "__main__":
    host, home = sys.argv[1:]
    answers = asyncio.run(driver(host).ask(Path(home), json.load(sys.stdin)))
    sys.stdout.write("\n" + json.dumps(answers) + "\n")
