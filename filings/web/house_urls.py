"""Pages about the houses of a filing."""

from django.urls import path

from filings.web import house_pages

app_name = "houses"
urlpatterns = [
    path("<uuid:pk>/", house_pages.table, name="table"),
    path("<uuid:pk>/split/", house_pages.split, name="split"),
]
