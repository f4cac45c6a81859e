"""The addresses of the devices' process: what devices ask, and what other nodes ask."""

from loa.device.urls import handler400, handler404, handler500
from loa.device.urls import urlpatterns as device_patterns
from loa.peer.urls import urlpatterns as peer_patterns

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*device_patterns, *peer_patterns]
