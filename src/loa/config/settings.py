"""Django's settings, all from `env`. Nothing secret and nothing about one machine stands here."""

from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

from loa.config import env
from loa.config.maps import leaflet_files, tile_origin
from loa.config.sign_on import sign_on_origin, single_sign_on

ENV = env.read()
CONSOLE = Path(__file__).parent.parent / "console"
"""Each of its areas is a folder with templates and static files of its own."""
HERE = Path(__file__).resolve().parent.parent

SECRET_KEY = env.secret_key(ENV.keys)
DEBUG = ENV.debug
ALLOWED_HOSTS = list(ENV.allowed_hosts)
CSRF_TRUSTED_ORIGINS = [ENV.web_url] if ENV.web_url.startswith("https") else []

CONSOLE_APPS = [
    "loa.web",  # before allauth: its pages wear our templates
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    *ENV.extra_apps,
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    *CONSOLE_APPS,
    "loa.journal",
    "loa.places",
    "loa.people",
    "loa.quarantine",
    "loa.media",
    "loa.outlets",
    "loa.newsroom",
    "loa.alerts",
    "loa.schedule",
    "loa.delivery",
    "loa.insight",
    "loa.tasks",
    "loa.federation",
    "loa.channels",
    "loa.exchange",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pages; it pads their length against guessing
    "django.contrib.sessions.middleware.SessionMiddleware",
    "loa.web.middleware.ChosenLanguage",
    "loa.web.middleware.BodyLimit",
    "loa.web.middleware.TypedText",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "loa.web.middleware.ActorMiddleware",
]

ROOT_URLCONF = "loa.config.urls"
if ENV.face == "device":
    # The devices' process carries nothing of the console: other addresses, no session, no cookie.
    MIDDLEWARE = ["loa.device.middleware.OpenToBrowsers"]
    INSTALLED_APPS = [app for app in INSTALLED_APPS if app not in CONSOLE_APPS]
    ROOT_URLCONF = "loa.config.urls_device"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted(CONSOLE.glob("*/templates")),
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "loa.web.context.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "loa.web.templatetags.loa",
                "loa.web.templatetags.components",
            ],
        },
    }
]

DATABASES = {"default": dj_database_url.parse(ENV.database_url, conn_max_age=60)}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # One writer at a time, waiting in line, durable at commit, no mmap.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=0;"
            " PRAGMA foreign_keys=ON;"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "loa.web.adapters.ClosedDoor"
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,30/15m/ip"}
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_ON_GET = False
MFA_ADAPTER = "loa.web.adapters.Factors"
SOCIALACCOUNT_ADAPTER = "loa.web.adapters.SingleSignOnDoor"
SOCIALACCOUNT_PROVIDERS = single_sign_on(ENV.oidc)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Loa"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = ENV.demo
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "loa.web.expired_session_forms.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.web_url.startswith("https")
if ENV.tls_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *tile_origin(ENV.map_tiles)],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF, ENV.device_url],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF, *sign_on_origin(ENV.oidc)],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# The counters that lock an account after wrong passwords must be seen by every web process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(ENV.data / "cache"),
        # Past this number the store throws out a third at random, whatever still lives in it:
        # single-use doors, limits of wrong tries. The default of 300 was reached in minutes.
        "OPTIONS": {"MAX_ENTRIES": 5_000},
    }
}

# Vietnamese first: the texts in code and templates are Vietnamese, English is a catalogue.
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [HERE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
FORMAT_MODULE_PATH = ["loa.config.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = ENV.data / "static"
STATICFILES_DIRS = [*leaflet_files(), *sorted(CONSOLE.glob("*/static"))]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "loa.config.storage.ModuleStorage"},
}

FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.email_from
globals().update(env.email_settings(ENV.email_url, ENV.demo))

LOGGING_CONFIG = None
"""structlog is set up by `loa.config.log` at process start."""

LOA_CHANNELS = [
    "loa.channels.speaker.channel.Speaker",
    "loa.channels.email.channel.Email",
    "loa.channels.print.channel.Print",
]
"""One dotted path per channel; a duplicate kind refuses to start (wall 6)."""

LOA_HOMES = [
    "loa.people.homes.HOMES",
    "loa.outlets.homes.HOMES",
    "loa.newsroom.homes.HOMES",
    "loa.alerts.homes.HOMES",
    "loa.schedule.homes.HOMES",
    "loa.tasks.homes.HOMES",
    "loa.federation.homes.HOMES",
    "loa.channels.homes.HOMES",
]
"""What hangs on a place, room by room, lower rooms first: a reorganisation of units moves it."""

LOA_TEXT_LIMIT = 20_000
LOA_UPLOAD_LIMIT_BYTES = 200 << 20
LOA_MEDIA_LIMIT_S = 2 * 3600
LOA_VOICE = "espeak"
LOA_PLAN_DAYS = 14
