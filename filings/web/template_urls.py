"""Pages about an operator's templates."""

from django.urls import path

from filings.web import template_pages

app_name = "templates"
urlpatterns = [
    path("", template_pages.listing, name="list"),
    path("<uuid:pk>/use/", template_pages.use, name="use"),
    path("<uuid:pk>/rename/", template_pages.rename, name="rename"),
    path("<uuid:pk>/delete/", template_pages.delete, name="delete"),
]
