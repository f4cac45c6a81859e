"""Settings of the tests: the real ones, in a temporary data folder, with cheap password hashes."""

import os
import tempfile

_data = tempfile.mkdtemp(prefix="loa-tests-")
if "PYTEST_XDIST_WORKER" in os.environ:  # it inherits the folder of whoever started it
    os.environ["LOA_DATA"] = _data
os.environ.setdefault("LOA_DATA", _data)
os.environ.setdefault("LOA_DEMO", "1")
os.environ.setdefault("LOA_EXTRA_APPS", "loa_lab.demo")

from loa.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405  whitenoise wants it there

DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405  threads of a test leave nothing open
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    # A file, because threads and processes of a test share it; not durable, because it is a test.
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(_data, "test.sqlite3")}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"  # noqa: F405
