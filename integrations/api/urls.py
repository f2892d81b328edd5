"""Addresses of the API of evidence, below /api/v1/."""

from django.urls import path

from integrations.api import console_views, outage_views, pack_views, tray_views, trying_views, views
from integrations.conformance import views as conformance

app_name = "integrations-api"

urlpatterns = [
    path("outages/", outage_views.Outages.as_view(), name="outages"),
    path("gateway/outages/", outage_views.Register.as_view(), name="gateway-outages"),
    path("gateway/outages/<uuid:pk>/end/", outage_views.End.as_view(), name="gateway-end-outage"),
    path("gateway/messages/", console_views.Messages.as_view(), name="gateway-messages"),
    path("gateway/messages/hold/", console_views.Hold.as_view(), name="gateway-hold"),
    path("gateway/messages/release/", console_views.Release.as_view(), name="gateway-release"),
    path("gateway/messages/resend/", console_views.Resend.as_view(), name="gateway-resend"),
    path("gateway/messages/sent/<uuid:pk>/", console_views.Sent.as_view(), name="gateway-sent"),
    path("gateway/messages/received/<uuid:pk>/", console_views.Received.as_view(), name="gateway-received"),
    path("gateway/messages/files/<str:kind>/<uuid:pk>/<str:part>/", console_views.File.as_view(), name="gateway-file"),
    path("gateway/tray/", tray_views.Tray.as_view(), name="gateway-tray"),
    path("gateway/tray/again/", tray_views.Again.as_view(), name="gateway-tray-again"),
    path("gateway/tray/aside/", tray_views.Aside.as_view(), name="gateway-tray-aside"),
    path("gateway/tray/<uuid:pk>/", tray_views.OneParked.as_view(), name="gateway-parked"),
    path("gateway/tray/<uuid:pk>/give/", tray_views.Give.as_view(), name="gateway-tray-give"),
    path("gateway/refused/", tray_views.Refused.as_view(), name="gateway-refused"),
    path("gateway/refused/settle/", tray_views.Settle.as_view(), name="gateway-refused-settle"),
    path("gateway/refused/reopen/", tray_views.Reopen.as_view(), name="gateway-refused-reopen"),
    path("gateway/refused/<uuid:pk>/", tray_views.OneRefused.as_view(), name="gateway-refused-one"),
    path("gateway/refused/<uuid:pk>/octets/", tray_views.Octets.as_view(), name="gateway-refused-octets"),
    path("evidence-packs/", pack_views.Packs.as_view(), name="evidence-packs"),
    path("evidence-packs/<uuid:pk>/", pack_views.OnePack.as_view(), name="evidence-pack"),
    path("evidence-packs/<uuid:pk>/content/", pack_views.Content.as_view(), name="evidence-content"),
    path("conformance/scenarios/", conformance.Scenarios.as_view(), name="conformance-scenarios"),
    path("conformance/runs/", conformance.Runs.as_view(), name="conformance-runs"),
    path("conformance/runs/<uuid:pk>/", conformance.OneRun.as_view(), name="conformance-run"),
    path("conformance/runs/<uuid:pk>/let-act/", conformance.LetAct.as_view(), name="conformance-let-act"),
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
