"""The devices' side over HTTP(S) (protocol.md 8). Nothing of the console is here.

Everything works through this door alone when the broker is dead. A request is believed for the
device's own signature over method, path and body, never for where it came from.
"""
