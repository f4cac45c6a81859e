"""The embedded broker's store: how full it is, and limits for what devices can fill.

MQTT keeps retained messages and sessions in streams of one account. Left alone, retained messages
can take the whole store, and then nobody can connect, because no session can be kept. The gateway
therefore bounds every stream but the sessions' at each start of the broker; its own connection is
no MQTT session and comes up even when the store is full.
"""

import json

import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client

from loa.gateway.broker import STORE_MAX_BYTES
from loa.outlets.broker_state import StoreState

log = structlog.get_logger()

STORE = "$SYS.REQ.SERVER.PING.JSZ"
SHARES = {"$MQTT_rmsgs": 0.5, "$MQTT_msgs": 0.1, "$MQTT_out": 0.1, "$MQTT_qos2in": 0.05}
"""What of the store each stream may take; a quarter is left for sessions."""


async def bound_streams(client: Client, most_bytes: int = STORE_MAX_BYTES) -> bool:
    """Give each stream of MQTT its share. False where one is not there yet: the broker makes them
    when the first client connects. What is over a new bound goes, the oldest first."""
    streams = client.jetstream(timeout=5)
    whole = True
    for name, share in SHARES.items():
        try:
            config = (await streams.stream_info(name)).config
            most = int(most_bytes * share)
            if config.max_bytes != most:
                config.max_bytes = most
                await streams.update_stream(config)
                log.info("broker stream bounded", stream=name, most_bytes=most)
        except nats.js.errors.NotFoundError:
            whole = False
        except (nats.errors.Error, nats.js.errors.Error) as error:
            log.warning("broker stream not bounded", stream=name, error=repr(error))
            whole = False
    return whole


async def store_of(warden: Client) -> StoreState | None:
    """How full the store is; None where the broker does not say."""
    try:
        data = json.loads((await warden.request(STORE, b"{}", timeout=2)).data)["data"]
        return StoreState(int(data["storage"]), int(data["config"]["max_storage"]))
    except (nats.errors.Error, KeyError, TypeError, ValueError) as error:
        log.warning("broker does not say how full it is", error=repr(error))
        return None
