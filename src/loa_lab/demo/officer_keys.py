"""Khóa at the demo: the demo's two registrars sign a new key's papers at once."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from loa.console.urgent import keys as urgent_keys
from loa.lib import clock
from loa.people import keys
from loa.people.selectors import account_get
from loa.web.middleware import actor
from loa_lab.demo import papers
from loa_lab.demo.front import at_the_demo
from loa_protocol.keys import PublicKey


def page(request: HttpRequest) -> HttpResponseBase:
    """The console's own page. At a demo, a key that it registers gets its papers at once."""
    folder = settings.ENV.data.parent / "demo" / "keys"
    if not at_the_demo(request) or not (folder / f"{papers.REGISTRARS[0]}.pem").exists():
        return urgent_keys.page(request)
    account_id = actor(request).account_id
    if account_id is None:
        return urgent_keys.page(request)
    if request.method == "GET":
        messages.warning(
            request,
            _(
                "Bản trình diễn: giấy ủy quyền được ký ngay bằng khóa trình diễn, thay cho hai"
                " người đăng ký thật."
            ),
        )
    known = {key.pk for key in keys.keys_of(account_id)}
    response = urgent_keys.page(request)
    account = account_get(account_id)
    for key in keys.keys_of(account_id):
        if key.pk not in known and account is not None:
            public = PublicKey("ed25519" if key.alg == "ed25519" else "p256", bytes(key.key))
            papers.delegate(account, public, folder, clock.now())
            messages.success(
                request,
                _("Bản trình diễn đã ký ủy quyền thay hai người đăng ký."),
                extra_tags="done",
            )
    return response
