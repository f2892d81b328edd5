"""Pages of “Who files what”."""

from django.urls import path

from filings.web import wizard_pages

app_name = "wizard"
urlpatterns = [
    path("", wizard_pages.start, name="start"),
    path("begun/", wizard_pages.made, name="made"),
    path("<slug:name>/", wizard_pages.scenario, name="scenario"),
]
