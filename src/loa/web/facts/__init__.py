"""The journal's facts and the node's queues in words."""
