"""Runs inside the image, from its standard input: starts the gateway as its pod does and says what it answered."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from joserfc.jwk import ECKey, OctKey

HERE = "http://127.0.0.1:8000"
READY_WITHIN_S = 90.0


def asked(path: str) -> tuple[int, str]:
    """Status and content type of one call; 0 where nobody answers yet."""
    try:
        with urllib.request.urlopen(HERE + path, timeout=5) as answer:  # noqa: S310  # our own address
            return answer.status, answer.headers["content-type"]
    except urllib.error.HTTPError as fault:
        return fault.code, ""
    except OSError:
        return 0, ""


keys = Path(tempfile.mkdtemp())
signing = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)
(keys / "signing.json").write_text(json.dumps(signing.as_dict(private=True)))
(keys / "session.json").write_text(json.dumps(OctKey.generate_key(256).as_dict(private=True)))
(keys / "webhooks.json").write_text(json.dumps({"viettel": [f"whsec_{base64.b64encode(os.urandom(32)).decode()}"]}))
began = time.monotonic()
gateway = subprocess.Popen(
    [sys.executable, "-m", "gateway"],
    env=dict(os.environ)
    | {f"{name}_URL": "http://127.0.0.1:9" for name in ("ROSTER", "GRADING", "CERTIFICATES", "REPORTING")}
    | {
        "GATEWAY_HOST": "0.0.0.0",  # noqa: S104  # as its pod does
        "GATEWAY_PORT": "8000",
        "GATEWAY_SIGNING_KEY_FILE": str(keys / "signing.json"),
        "GATEWAY_SESSION_KEY_FILE": str(keys / "session.json"),
        "GATEWAY_WEBHOOK_SECRETS_FILE": str(keys / "webhooks.json"),
    },
)
while asked("/readyz")[0] != 200 and time.monotonic() < began + READY_WITHIN_S and gateway.poll() is None:
    time.sleep(0.1)
ready_s = time.monotonic() - began
index = Path(os.environ["GATEWAY_DASHBOARD_DIR"], "index.html").read_text(encoding="utf-8")
pages = [part for part in index.split('"') if part.startswith("/assets/")]
answers = {path: asked(path) for path in ("/livez", "/readyz", "/openapi.json", *pages)}
gateway.send_signal(signal.SIGTERM)
print(json.dumps({"ready_s": ready_s, "answers": answers, "exit": gateway.wait(60)}))
