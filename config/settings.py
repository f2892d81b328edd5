"""Every setting of the product in one file; values come through env.py (table of variables: deploy/env.sample)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import env, logs
from config.embedded import paths

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_FOLDER = paths.var_folder()  # what is made at run time
PRODUCTION = env.text("DJANGO_ENV", "development") == "production"
DEBUG = env.flag("DJANGO_DEBUG", default=False)


def _development_secret(purpose: str) -> str:
    """Return a secret made at the first start on this machine; production must bring its own.

    :raises ImproperlyConfigured: in production.
    """
    if PRODUCTION:
        raise ImproperlyConfigured(f"{purpose} must be set in production (as a variable, or a file by {purpose}_FILE).")
    return env.made_once(paths.var_folder() / "secrets" / purpose.lower())


SECRET_KEY = env.secret("SECRET_KEY") or _development_secret("SECRET_KEY")
# Encrypts private keys in the database; rotate by putting the new one first, separated by commas.
FIELD_KEYS = (env.secret("FIELD_KEYS") or _development_secret("FIELD_KEYS")).split(",")

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [])
WEB_URL = env.text("LANDFALL_WEB_URL", "http://localhost:8000")
SANDBOX_URL = env.text("LANDFALL_SANDBOX_URL", "http://localhost:8100")
SANDBOX_SECRET = env.secret("SANDBOX_SECRET") or ""  # what the product shows the sandbox; empty: made of the key both share
SANDBOX_ACCESS_POINT = env.text("LANDFALL_SANDBOX_ACCESS_POINT", "")  # where it takes messages by TLS, if it does

INSTALLED_APPS = [
    "config",
    "integrations",
    "integrations.sandbox",
    "integrations.conformance",
    "referrals",
    "filings",
    "tenants",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "config.requests.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.middleware.ReaderZone",
    "tenants.middleware.RequestScope",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.context.operator",
            ],
            "libraries": {"referrals": "referrals.web.tags"},
        },
    },
]

# --- Database: PostgreSQL always; two roles, of which the product uses the one that owns nothing ------------------------


def _database(variable: str, role: str) -> dict[str, Any]:
    """Return the settings of one connection, by its address or, in development, of the embedded server.

    :raises ImproperlyConfigured: in production without an address.
    """
    address = env.secret(variable)
    if address is None and PRODUCTION:
        raise ImproperlyConfigured(f"{variable} must be set in production; the embedded database is for trying out.")
    embedded = {"NAME": paths.DATABASE, "USER": role, "HOST": str(paths.socket_folder()), "OPTIONS": {}}
    where = env.database(address) if address else embedded
    return {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0, **where}


DATABASES = {
    "default": _database("DATABASE_URL", paths.APP),
    "owner": _database("DATABASE_OWNER_URL", paths.OWNER),
}
DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 0, "max_size": env.number("DATABASE_POOL", 20), "timeout": 10}
DATABASES["owner"]["TEST"] = {"MIRROR": "default"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Background work: rows are the truth, Celery carries wake-ups --------------------------------------------------------

CELERY_BROKER_URL = env.secret("BROKER_URL") or paths.broker_url()
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 10, "visibility_timeout": 60}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 0}  # A dead broker must not hang a page; the sweep delivers.
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# A check may take a minute: it has a worker of its own, so that nothing that is about to leave waits for it.
CELERY_TASK_ROUTES = {"filings.check_waiting": {"queue": "large"}, "filings.keep_up": {"queue": "large"}}
CELERY_BEAT_SCHEDULE = {
    "send what waits": {"task": "integrations.send_waiting", "schedule": timedelta(seconds=2), "options": {"expires": 2}},
    "pull what customs holds": {"task": "integrations.pull_all", "schedule": timedelta(seconds=1), "options": {"expires": 1}},
    "watch for outages": {"task": "integrations.watch_outages", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "make evidence": {"task": "integrations.make_evidence", "schedule": timedelta(seconds=20), "options": {"expires": 20}},
    "run conformance scenarios": {"task": "conformance.run_waiting", "schedule": timedelta(seconds=2), "options": {"expires": 2}},
    "read what came too early": {"task": "integrations.read_again", "schedule": timedelta(seconds=5), "options": {"expires": 5}},
    "route what arrived": {"task": "integrations.route_waiting", "schedule": timedelta(seconds=2), "options": {"expires": 2}},
    "check what is large": {"task": "filings.check_waiting", "schedule": timedelta(seconds=2), "options": {"expires": 2}},
    # Every hour, not once a day: one look may meet a restart, and each end is told once however often one looks.
    "watch certificates": {"task": "integrations.watch_certificates", "schedule": timedelta(hours=1), "options": {"expires": 99}},
    "look for alarms": {"task": "filings.look_for_alarms", "schedule": timedelta(seconds=30), "options": {"expires": 30}},
    "send alarms": {"task": "filings.send_alarms", "schedule": timedelta(seconds=5), "options": {"expires": 5}},
    "remove what is old": {"task": "integrations.remove_old", "schedule": timedelta(hours=1), "options": {"expires": 3600}},
    "settle shipments": {"task": "filings.settle_shipments", "schedule": timedelta(seconds=3), "options": {"expires": 3}},
    "keep up after an upgrade": {"task": "filings.keep_up", "schedule": timedelta(seconds=30), "options": {"expires": 30}},
    "clear uploads": {"task": "filings.clear_uploads", "schedule": timedelta(minutes=10), "options": {"expires": 600}},
    "follow filing requests": {"task": "filings.follow_requests", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "compare stop words": {"task": "filings.rescan_stop_words", "schedule": timedelta(seconds=60), "options": {"expires": 60}},
    "hear of the workers": {"task": "integrations.beat", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "hear of the checker": {
        "task": "integrations.beat",
        "schedule": timedelta(seconds=10),
        "kwargs": {"name": "checker"},
        "options": {"expires": 10, "queue": "large"},
    },
    "add up": {"task": "integrations.fold_tallies", "schedule": timedelta(seconds=15), "options": {"expires": 15}},
    "send notices": {"task": "referrals.send_notices", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "watch referrals": {"task": "referrals.watch", "schedule": timedelta(seconds=60), "options": {"expires": 60}},
}

# --- The gateway ---------------------------------------------------------------------------------------------------------

GATEWAY_HOST = env.text("GATEWAY_HOST", "gateway.landfall.example")  # the right-hand side of our AS4 message ids
PKCS11_MODULE = env.text("PKCS11_MODULE", "")  # library of the device that holds sealing keys, if one does
PKCS11_PIN = env.secret("PKCS11_PIN") or ""
HTTP_HEAD_WITHIN = env.number("HTTP_HEAD_WITHIN", 10)  # seconds a peer may take for a request line and headers
HTTP_BODY_WITHIN = env.number("HTTP_BODY_WITHIN", 60)  # seconds a peer may take for an AS4 message
GATEWAY_SENDERS = env.number("GATEWAY_SENDERS", 3)  # messages under way at a time; fewer than there are worker processes
OUTAGE_FAILURES = env.number("OUTAGE_FAILURES", 3)  # of an endpoint in a row; twice as many if it was always the same message
OUTAGE_SECONDS = env.number("OUTAGE_SECONDS", 15)  # from the first of these failures on
OUTAGE_SILENCE_MINUTES = env.number("OUTAGE_SILENCE_MINUTES", 30)  # without an answer to what customs signed for
OUTAGE_SILENT_MESSAGES = env.number("OUTAGE_SILENT_MESSAGES", 5)  # that have waited so long
# Seals packs of evidence: PEM file with key and certificates, leaf first. Without it the seal of the connection is used.
EVIDENCE_SEAL = env.text("EVIDENCE_SEAL", "")
# How long octets of exchanges are kept after the last thing that happened to their filing; 0 keeps them for ever. Customs may
# ask for at least three years from the end of the year (UCC, article 51), so fewer days than four years have are refused below.
EVIDENCE_DAYS = env.number("EVIDENCE_DAYS", 1462)
if PRODUCTION and 0 < EVIDENCE_DAYS < 1462:
    raise ImproperlyConfigured("EVIDENCE_DAYS must be 0 (for ever) or at least 1462: customs may ask for four years.")
REFUSED_DAYS = env.number("REFUSED_DAYS", 90)  # what was refused at the door, from the last time it came; 0 for ever
PING_DAYS = env.number("PING_DAYS", 180)  # connectivity tests but for the last of each connection; 0 for ever
# Opens /metrics and /health/dependencies to the machine that watches; without it there are no such pages for it.
METRICS_TOKEN = env.secret("METRICS_TOKEN") or ""
HEARTBEAT_WITHIN = env.number("HEARTBEAT_WITHIN", 60)  # seconds in which each kind of process must be heard of
UPLOAD_LIMIT = 20 * 1024 * 1024  # bytes of one document that is read at once
LARGE_UPLOAD_LIMIT = 100 * 1024 * 1024  # bytes of XML of one upload: what a message may have (ICD 4.2.6)
# From this many bytes of XML on an upload is kept in parts. Below it a whole document is read and checked in about 0.3 s and
# 60 MB, which a page may take; above, both grow with the file.
FILING_IN_PARTS_FROM = 2 * 1024 * 1024
# Lets users see what customs' test system answers to a faulty message; never towards the real one.
SUBMIT_DESPITE_FINDINGS = env.flag("SUBMIT_DESPITE_FINDINGS", default=not PRODUCTION)

# --- People --------------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by staff, not by strangers
ACCOUNT_ADAPTER = "tenants.adapter.ClosedAdapter"
ACCOUNT_SESSION_REMEMBER = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if PRODUCTION else "django.core.mail.backends.console.EmailBackend"
EMAIL_TIMEOUT = 20  # seconds; a mail server that hangs must not hold a worker
# Lets webhooks of alarms go by http and to addresses inside a network; else only https to public ones.
WEBHOOKS_TO_PRIVATE_ADDRESSES = env.flag("WEBHOOKS_TO_PRIVATE_ADDRESSES", default=False)
DEFAULT_FROM_EMAIL = env.text("FROM_EMAIL", "landfall@landfall.example")

# --- API -----------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenants.api.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.api.permissions.HasOperator"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "config.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Landfall API",
    "DESCRIPTION": "Draft, check, submit and follow ENS filings.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "FilingState": "filings.models.STATES",
        "ExchangeState": "integrations.models.Exchange.State",
        "InboundState": "integrations.models.InboundMessage.State",
        "FilingRequestState": "filings.models.filing_request.RequestState",
        "HouseState": "filings.services.houses.states.HouseState",
        "ReferralState": "referrals.models.Case.State",
        "ReferralRequestState": "referrals.models.cases.STATES",
        "ReferralNoticeState": "referrals.models.Notice.State",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}

# --- Security ------------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY", default=False) else None
SECURE_REDIRECT_EXEMPT = [r"^health/"]
DATA_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_LIMIT
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- Words, times, files -------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = paths.var_folder() / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOG_JSON = env.flag("LOG_JSON", default=PRODUCTION)
LOGGING = logs.settings(as_json=LOG_JSON, level=env.text("LOG_LEVEL", "INFO"))
