"""A device for tests: its own key, signed requests through Django's test client."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from loa.lib import clock
from loa.outlets.models import Outlet
from loa_protocol.device_api import ENROL, Enrol, build_request, dump_body, new_device_id
from loa_protocol.keys import SigningKey
from loa_protocol.payloads import Issuer


@dataclass
class Box:
    """A loudspeaker's box that asks the devices' side as the wire says."""

    node: str
    key: SigningKey = field(default_factory=SigningKey.generate)
    serial: str = "box-1"
    outlet: str | None = None
    client: Client = field(default_factory=Client)

    def issuer(self) -> Issuer:
        return Issuer(path="vn", outlet=self.outlet or new_device_id(self.key.public))

    def header(self, method: Any, path: str, body: bytes = b"", node: str | None = None) -> str:
        return build_request(
            self.key,
            issuer=self.issuer(),
            node=node or self.node,
            method=method,
            path=path,
            body=body,
            now=clock.now(),
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={"Loa-Request": self.header("GET", path), **headers})

    def post(self, path: str, body: bytes) -> Any:
        return self.client.post(
            path,
            data=body,
            content_type="application/json",
            headers={"Loa-Request": self.header("POST", path, body)},
        )

    def enrol(self, claim: str | None) -> Any:
        public = self.key.public
        wish = Enrol(serial=self.serial, model="test", alg=public.alg, key=public.text, claim=claim)
        answer = self.post(ENROL, dump_body(wish))
        if answer.status_code == 200:
            self.outlet = answer.json()["outlet"]
        return answer


def claim_for(outlet: Outlet, technician: Any) -> str:
    from loa.outlets.services import claim_make

    code, _ = claim_make(actor=technician, outlet=outlet)
    return code
