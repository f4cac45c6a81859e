"""The nodes' side over HTTP(S): joining, pulling, pushing, media. Nothing of the console is here.

Served by the devices' process: no session, no cookie, no page. A request is believed for the node
key that signed it, judged by the root, never for where it came from.
"""
