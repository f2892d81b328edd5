"""Pages about what went over the wire, below /o/<operator>/evidence/."""

from django.urls import path

from integrations.web import line_pages, outage_pages, pack_pages, views

app_name = "integrations"
urlpatterns = [
    path("filings/<uuid:pk>/", views.of_filing, name="of-filing"),
    path("connection/", line_pages.line, name="line"),
    path("outages/", outage_pages.seen, name="outages"),
    path("outages/banner/", outage_pages.banner, name="outage-banner"),
    path("packs/", pack_pages.packs, name="packs"),
    path("packs/rows/", pack_pages.rows, name="pack-rows"),
    path("packs/outages/<uuid:pk>/", pack_pages.about_outage, name="pack-about-outage"),
    path("packs/<uuid:pk>/download/", pack_pages.download, name="download-pack"),
    path("<slug:kind>/<uuid:pk>/<slug:part>/", views.download, name="download"),
]
