"""The id of our browser extension, fixed by `key` in `extension/manifest.json`.

The id is the first 32 hexadecimal digits of SHA-256 over the key's DER, with 0-f written as a-p (fact: extension-stack
§1). It is what the API allows as a CORS origin and what the connect page sends its message to. A packed build from a
store has another id: name it in `EXTENSION_IDS`.
"""

from __future__ import annotations

EXTENSION_ID = "hkcakpfafdbdfdbofbihlpjafoffgkma"
EXTENSION_ORIGIN = f"chrome-extension://{EXTENSION_ID}"
