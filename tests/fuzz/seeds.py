#!/usr/bin/env python3
"""Makes the seeds of the fuzz targets from the tests' data.

seeds.py ROOT TO   writes TO/TARGET/FILE
"""

import base64
import hashlib
import json
import pathlib
import sys

MOST_BYTES = 8192  # a longer seed slows the search more than it adds


def main(root, to):
    data = root / "tests/data"

    def write(target, content):
        folder = to / target
        folder.mkdir(parents=True, exist_ok=True)
        content = content[:MOST_BYTES]
        (folder / hashlib.sha1(content).hexdigest()[:16]).write_bytes(content)

    for name in ("1795815343.6101446+70a2cd197268c1fb5977e7973369e3fc46cabafa",
                 "1e9+" + 40 * "0", "nan+" + 40 * "f", "1396000000.25", "+", "-0.0+"):
        write("names", name.encode())

    for row in json.loads((data / "conformance/mailman21-objects.json").read_text()):
        write("entry", base64.b64decode(row["file_b64"]))
        write("message", base64.b64decode(row["as_string_b64"]))
    for row in json.loads((data / "mailman3-live/messages.json").read_text()):
        write("message", base64.b64decode(row["as_string_b64"]))
    for path in sorted((data / "mailman3-live").rglob("*.pck"))[:40]:
        write("entry", path.read_bytes())

    for path in sorted((root / "sim/scenarios").glob("*.toml")):
        write("scenario", path.read_bytes())

    write("trace", b"arrival_epoch_s,list,size_bytes,message_id_sha1,in_reply_to_sha1,sender_sha1\n"
                   b"1672531200,users,2048,0123456789abcdef,,fedcba9876543210\n"
                   b"1672531260,dev,1,1123456789abcdef,0123456789abcdef,fedcba9876543210\n")
    write("mbox", b"From anna@example.org Mon Jan  5 10:00:00 2015\nFrom: anna@example.org\n"
                  b"Date: Mon, 05 Jan 2015 10:00:00 +0000\nMessage-ID: <a@example.org>\n\nhello\n\n"
                  b"From bert at example.org Mon Jan  5 10:00:01 2015\nFrom: bert at example.org\n"
                  b"List-Id: <users.example.org>\nReferences: <a@example.org>\n\n>From me\n")

    for folder in ("cases", "healthy-logs"):
        for path in sorted((data / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pck" and b"(" in path.read_bytes()[:4096]:
                write("logs", path.read_bytes())

    run = {"qslice": "0", "format": 1, "scenario": {"name": "a", "summary": "", "seed": 1, "toml": ""},
           "run": {"posts": 1}, "verdict": "", "fault": False}
    write("report", json.dumps(run).encode())
    write("report", json.dumps({"qslice": "0", "format": 1, "sweep": {}, "rows": [{}]}).encode())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
