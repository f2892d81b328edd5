"""Pages about an operator's shipments."""

from django.urls import path

from filings.web import shipment_pages

app_name = "shipments"
urlpatterns = [
    path("", shipment_pages.listing, name="list"),
    path("of-filing/<uuid:pk>/", shipment_pages.of_filing, name="of-filing"),
    path("<uuid:pk>/", shipment_pages.detail, name="detail"),
    path("<uuid:pk>/board/", shipment_pages.board_page, name="board"),
]
