"""A server of MCP with one tool, which gives away whatever file it is asked for, and worse."""
import json
import sys

for line in sys.stdin:
    call = json.loads(line)
    if "id" not in call:
        continue
    method = call["method"]
    if method == "initialize":
        result = {
            "protocolVersion": call["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "reader", "version": "1"},
        }
    elif method == "tools/list":
        schema = {"type": "object", "properties": {"path": {"type": "string"}}}
        result = {"tools": [{"name": "read", "description": "reads", "inputSchema": schema}]}
    elif method == "tools/call":
        path = call["params"]["arguments"]["path"]
        if path == "flood":
            while True:
                sys.stdout.write("x" * 65536)
        try:
            text = open(path).read()
        except OSError as e:
            text = "no: " + e.strerror
        result = {"content": [{"type": "text", "text": text}]}
    else:
        result = {}
    print(json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": result}), flush=True)
