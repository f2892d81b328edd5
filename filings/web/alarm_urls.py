"""Pages about an operator's alarms."""

from django.urls import path

from filings.web import alarm_pages

app_name = "alarms"
urlpatterns = [
    path("", alarm_pages.listing, name="list"),
    path("bell/", alarm_pages.bell, name="bell"),
    path("<uuid:pk>/acknowledge/", alarm_pages.acknowledge, name="acknowledge"),
    path("rules/", alarm_pages.rules, name="rules"),
    path("rules/add/", alarm_pages.add, name="add-rule"),
    path("rules/<uuid:pk>/", alarm_pages.change, name="rule"),
    path("rules/<uuid:pk>/secret/", alarm_pages.new_secret, name="new-secret"),
    path("rules/<uuid:pk>/remove/", alarm_pages.remove, name="remove-rule"),
]
