"""Pages of the ITSP's staff about the code lists others publish."""

from django.urls import path

from filings.web import code_list_pages

app_name = "code-lists"
urlpatterns = [
    path("", code_list_pages.listing, name="list"),
    path("preview/", code_list_pages.preview, name="preview"),
    path("load/", code_list_pages.load, name="load"),
]
