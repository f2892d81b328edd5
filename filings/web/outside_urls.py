"""Pages for who has a link to one filing request, and no account."""

from django.urls import path

from filings.web import outside_pages

app_name = "outside"
urlpatterns = [
    path("open/<str:token>/", outside_pages.open_link, name="open"),
    path("<uuid:pk>/", outside_pages.asked, name="request"),
    path("<uuid:pk>/template/", outside_pages.template, name="template"),
]
