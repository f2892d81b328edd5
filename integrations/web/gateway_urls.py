"""Pages of the ITSP's staff about the gateway, below /gateway/."""

from django.urls import path

from integrations.web import connection_pages, console, console_messages, console_refused, console_tray, outage_pages

app_name = "gateway"
urlpatterns = [
    path("", console.overview, name="overview"),
    path("connections/", connection_pages.index, name="connections"),
    path("connections/new/", connection_pages.new, name="new-connection"),
    path("connections/expiring/", connection_pages.expiring, name="expiring"),
    path("connections/<int:pk>/", connection_pages.one, name="connection"),
    path("connections/<int:pk>/add/", connection_pages.add, name="add-credential"),
    path("connections/<int:pk>/use/", connection_pages.use, name="use-credential"),
    path("connections/<int:pk>/uses/<int:use_pk>/call-off/", connection_pages.call_off, name="call-off"),
    path("connections/<int:pk>/test/", connection_pages.test, name="test-connection"),
    path("connections/<int:pk>/ping/", console.send_ping, name="send-ping"),
    path("pings/<int:pk>/", console.one_ping, name="ping"),
    path("pings/<int:pk>/<str:part>/", console_messages.ping_file, name="ping-file"),
    path("messages/", console_messages.found, name="messages"),
    path("messages/do/<slug:deed>/", console_messages.do, name="do"),
    path("messages/sent/<uuid:pk>/", console_messages.sent, name="sent"),
    path("messages/received/<uuid:pk>/", console_messages.received, name="received"),
    path("messages/files/<str:kind>/<uuid:pk>/<str:part>/", console_messages.download, name="download"),
    path("tray/", console_tray.listed, name="tray"),
    path("tray/again/", console_tray.again, name="tray-again"),
    path("tray/aside/", console_tray.aside, name="tray-aside"),
    path("tray/<uuid:pk>/", console_tray.one, name="parked"),
    path("refused/", console_refused.listed, name="refused"),
    path("refused/settle/", console_refused.settle, name="refused-settle"),
    path("refused/reopen/", console_refused.reopen, name="refused-reopen"),
    path("refused/<uuid:pk>/", console_refused.one, name="refused-one"),
    path("refused/<uuid:pk>/octets/", console_refused.download, name="refused-octets"),
    path("outages/", outage_pages.register, name="outages"),
    path("outages/<uuid:pk>/end/", outage_pages.end, name="end-outage"),
]
