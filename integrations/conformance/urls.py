"""Pages of the conformance kit, below /o/<operator>/conformance/."""

from django.urls import path

from integrations.conformance import pages

app_name = "conformance"
urlpatterns = [
    path("", pages.overview, name="overview"),
    path("learn/", pages.learn, name="learn"),
    path("learn/<uuid:pk>/", pages.story, name="story"),
    path("runs/", pages.begin, name="begin"),
    path("runs/<uuid:pk>/", pages.run, name="run"),
    path("runs/<uuid:pk>/stop/", pages.stop, name="stop"),
    path("runs/<uuid:pk>/report/", pages.report, name="report"),
]
