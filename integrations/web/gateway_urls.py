"""Pages of the ITSP's staff about the gateway, below /gateway/."""

from django.urls import path

from integrations.web import connection_pages, outage_pages

app_name = "gateway"
urlpatterns = [
    path("connections/", connection_pages.index, name="connections"),
    path("connections/new/", connection_pages.new, name="new-connection"),
    path("connections/expiring/", connection_pages.expiring, name="expiring"),
    path("connections/<int:pk>/", connection_pages.one, name="connection"),
    path("connections/<int:pk>/add/", connection_pages.add, name="add-credential"),
    path("connections/<int:pk>/use/", connection_pages.use, name="use-credential"),
    path("connections/<int:pk>/uses/<int:use_pk>/call-off/", connection_pages.call_off, name="call-off"),
    path("connections/<int:pk>/test/", connection_pages.test, name="test-connection"),
    path("outages/", outage_pages.register, name="outages"),
    path("outages/<uuid:pk>/end/", outage_pages.end, name="end-outage"),
]
