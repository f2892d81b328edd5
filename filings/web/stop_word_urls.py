"""Pages of the ITSP's staff about stop words."""

from django.urls import path

from filings.web import stop_word_pages

app_name = "stop-words"
urlpatterns = [
    path("", stop_word_pages.listing, name="list"),
    path("preview/", stop_word_pages.preview, name="preview"),
    path("load/", stop_word_pages.load, name="load"),
    path("<int:number>/", stop_word_pages.version, name="version"),
]
