"""Addresses of the API of evidence, below /api/v1/."""

from django.urls import path

from integrations.api import outage_views, pack_views, views

app_name = "integrations-api"

urlpatterns = [
    path("outages/", outage_views.Outages.as_view(), name="outages"),
    path("gateway/outages/", outage_views.Register.as_view(), name="gateway-outages"),
    path("gateway/outages/<uuid:pk>/end/", outage_views.End.as_view(), name="gateway-end-outage"),
    path("evidence-packs/", pack_views.Packs.as_view(), name="evidence-packs"),
    path("evidence-packs/<uuid:pk>/", pack_views.OnePack.as_view(), name="evidence-pack"),
    path("evidence-packs/<uuid:pk>/content/", pack_views.Content.as_view(), name="evidence-content"),
    path("filings/<uuid:filing>/exchanges/", views.Evidence.as_view(), name="exchanges"),
    path("filings/<uuid:filing>/<str:kind>/<uuid:pk>/<str:part>/", views.Download.as_view(), name="download"),
]
