#!/usr/bin/env bash
# mem0ai 2.2.1: the request with which `Memory.add` extracts memories has over thirty thousand characters before the
# first word of the conversation, for one message of three words as for ten.
#
# That is over 8,000 tokens of the tokenizers of today's small models (8,375 of Qwen 2.5's for ten chat messages), so
# that, with default settings, a local model that is served with a window of 8,192 refuses every `add`.
#
# Output seen with mem0ai 2.2.1 and Python 3.11:
#   characters of the request for "I like tea.": 33,852
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'mem0ai==2.2.1'
HOME="$folder" MEM0_TELEMETRY=False MEM0_DIR="$folder/mem0" "$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from mem0 import Memory

asked = []


class Endpoint(BaseHTTPRequestHandler):
    """Answers a chat with no memories, and any text with the same vector."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/embeddings"):
            texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
            answer = {"object": "list", "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
            answer["data"] = [{"object": "embedding", "index": n, "embedding": [1.0] * 8} for n in range(len(texts))]
        else:
            asked.append("".join(str(message["content"]) for message in body["messages"]))
            said = {"role": "assistant", "content": '{"memory": [], "facts": []}'}
            answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
            answer["choices"] = [{"index": 0, "message": said, "finish_reason": "stop"}]
        told = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"
store = {"collection_name": "c", "path": f"{sys.argv[1]}/qdrant", "embedding_model_dims": 8}
memory = Memory.from_config(
    {
        "llm": {"provider": "openai", "config": {"model": "m", "api_key": "x", "openai_base_url": url}},
        "embedder": {
            "provider": "openai",
            "config": {"model": "m", "api_key": "x", "openai_base_url": url, "embedding_dims": 8},
        },
        "vector_store": {"provider": "qdrant", "config": store},
        "history_db_path": f"{sys.argv[1]}/history.db",
    }
)
memory.add([{"role": "user", "content": "I like tea."}], user_id="ana")
length = len(asked[0])
print(f'characters of the request for "I like tea.": {length:,}')
assert length > 30_000, "the behaviour has changed"
PY
