"""A client with the node's own name, in a process of its own: what does the broker keep?

Reads one JSON object from standard input (host, port, user, password, topics, connect_s, listen_s),
prints the topics of the messages that it got as a JSON list. Exit code 1 where it was not let in.
"""

import json
import sys
import time

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion


def main() -> int:
    asked = json.load(sys.stdin)
    kept: set[str] = set()
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id="loa-looker",
        protocol=paho.MQTTv311,
        reconnect_on_failure=False,
    )
    client.username_pw_set(asked["user"], asked["password"])
    client.on_message = lambda _client, _data, message: kept.add(message.topic)
    client.connect(asked["host"], asked["port"])
    client.loop_start()
    until_s = time.monotonic() + asked["connect_s"]
    while not client.is_connected() and time.monotonic() < until_s:
        time.sleep(0.05)
    if not client.is_connected():
        return 1
    if asked["topics"]:
        client.subscribe([(topic, 0) for topic in asked["topics"]])
        time.sleep(asked["listen_s"])
    client.disconnect()
    client.loop_stop()
    print(json.dumps(sorted(kept)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
