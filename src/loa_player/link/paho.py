"""paho's MQTT client, without what it would load for addresses that we do not use.

Where dnspython happens to be installed paho loads it at import, for brokers named by SRV records:
four megabytes of a small machine's memory for nothing.
"""

import sys

_hidden = "dns" not in sys.modules
if _hidden:
    sys.modules["dns"] = None  # type: ignore[assignment]  # the way to say "not installed"
try:
    import paho.mqtt.client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
    from paho.mqtt.reasoncodes import ReasonCode
finally:
    if _hidden:
        del sys.modules["dns"]

__all__ = ["CallbackAPIVersion", "MQTTErrorCode", "ReasonCode", "mqtt"]
