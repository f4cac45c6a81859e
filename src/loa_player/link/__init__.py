"""The lines to the node and its parent: HTTPS for truth, MQTT for speed."""
