"""Pages of the ITSP's staff about the gateway, below /gateway/."""

from django.urls import path

from integrations.web import outage_pages

app_name = "gateway"
urlpatterns = [
    path("outages/", outage_pages.register, name="outages"),
    path("outages/<uuid:pk>/end/", outage_pages.end, name="end-outage"),
]
