"""The map of the product: pages, /api/v1/, /as4/, health."""

from csp.decorators import csp_update
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from filings.web import calendar_pages
from integrations.web.watching import figures

# Swagger UI writes styles into its page; nothing else may.
api_docs = csp_update({"style-src": "'unsafe-inline'"})(SpectacularSwaggerSplitView.as_view(url_name="api-schema"))

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tenants.web.urls")),
    path("accounts/mfa/", include("allauth.mfa.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("dictionary/", include("filings.web.dictionary.urls")),
    path("staff/code-lists/", include("filings.web.code_list_urls")),
    path("staff/stop-words/", include("filings.web.stop_word_urls")),
    path("o/<slug:operator_slug>/filings/", include("filings.web.urls")),
    path("o/<slug:operator_slug>/referrals/", include("referrals.web.urls")),
    path("o/<slug:operator_slug>/filing-requests/", include("filings.web.asked_urls")),
    path("o/<slug:operator_slug>/houses/", include("filings.web.house_urls")),
    path("o/<slug:operator_slug>/who-files-what/", include("filings.web.wizard_urls")),
    path("outside/", include("filings.web.outside_urls")),
    path("o/<slug:operator_slug>/voyages/", include("filings.web.voyage_urls")),
    path("o/<slug:operator_slug>/shipments/", include("filings.web.shipment_urls")),
    path("o/<slug:operator_slug>/templates/", include("filings.web.template_urls")),
    path("o/<slug:operator_slug>/alarms/", include("filings.web.alarm_urls")),
    path("o/<slug:operator_slug>/calendars/", include("filings.web.calendar_urls")),
    path("o/<slug:operator_slug>/products/", include("filings.web.product_urls")),
    path("o/<slug:operator_slug>/dictionary/", include("filings.web.dictionary.urls", namespace="operator-dictionary")),
    path("o/<slug:operator_slug>/message-sets/", include("filings.web.dictionary.operator_urls")),
    path("o/<slug:operator_slug>/settings/", include("tenants.web.operator_urls")),
    path("o/<slug:operator_slug>/evidence/", include("integrations.web.urls")),
    path("o/<slug:operator_slug>/sandbox/", include("integrations.web.trying_urls")),
    path("o/<slug:operator_slug>/conformance/", include("integrations.conformance.urls")),
    path("calendar/<str:secret>.ics", calendar_pages.calendar, name="calendar"),
    path("gateway/", include("integrations.web.gateway_urls")),
    path("api/v1/", include("filings.api.urls")),
    path("api/v1/", include("referrals.api.urls")),
    path("api/v1/", include("integrations.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", api_docs, name="api-docs"),
    path("as4/", include("integrations.web.push_urls")),
    path("metrics", figures, name="metrics"),
    path("health/", include("integrations.web.health_urls")),
]
