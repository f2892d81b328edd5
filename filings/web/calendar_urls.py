"""A person's calendars for an operator."""

from django.urls import path

from filings.web import calendar_pages

app_name = "calendars"
urlpatterns = [
    path("", calendar_pages.listing, name="list"),
    path("<uuid:pk>/revoke/", calendar_pages.revoke, name="revoke"),
]
