"""Addresses of the API of evidence, below /api/v1/."""

from django.urls import path

from integrations.api import outage_views, pack_views, trying_views, views
from integrations.conformance import views as conformance

app_name = "integrations-api"

urlpatterns = [
    path("outages/", outage_views.Outages.as_view(), name="outages"),
    path("gateway/outages/", outage_views.Register.as_view(), name="gateway-outages"),
    path("gateway/outages/<uuid:pk>/end/", outage_views.End.as_view(), name="gateway-end-outage"),
    path("evidence-packs/", pack_views.Packs.as_view(), name="evidence-packs"),
    path("evidence-packs/<uuid:pk>/", pack_views.OnePack.as_view(), name="evidence-pack"),
    path("evidence-packs/<uuid:pk>/content/", pack_views.Content.as_view(), name="evidence-content"),
    path("conformance/scenarios/", conformance.Scenarios.as_view(), name="conformance-scenarios"),
    path("conformance/runs/", conformance.Runs.as_view(), name="conformance-runs"),
    path("conformance/runs/<uuid:pk>/", conformance.OneRun.as_view(), name="conformance-run"),
    path("conformance/runs/<uuid:pk>/report/", conformance.Report.as_view(), name="conformance-report"),
    path("sandbox/offers/", trying_views.Offers.as_view(), name="sandbox-offers"),
    path("sandbox/registrations/", trying_views.Registrations.as_view(), name="sandbox-registrations"),
    path("sandbox/registrations/<uuid:pk>/", trying_views.OneRegistration.as_view(), name="sandbox-registration"),
    path("sandbox/registrations/<uuid:pk>/provoke/", trying_views.Provocation.as_view(), name="sandbox-provoke"),
    path("sandbox/scenarios/", trying_views.Scenarios.as_view(), name="sandbox-scenarios"),
    path("sandbox/scenarios/<int:number>/", trying_views.OneScenario.as_view(), name="sandbox-scenario"),
    path("sandbox/faults/", trying_views.Faults.as_view(), name="sandbox-faults"),
    path("sandbox/faults/<int:number>/", trying_views.OneFault.as_view(), name="sandbox-fault"),
    path("filings/<uuid:filing>/exchanges/", views.Evidence.as_view(), name="exchanges"),
    path("filings/<uuid:filing>/<str:kind>/<uuid:pk>/<str:part>/", views.Download.as_view(), name="download"),
]
