"""Pages of the conformance kit, below /o/<operator>/conformance/."""

from django.urls import path

from integrations.conformance import learning, pages

app_name = "conformance"
urlpatterns = [
    path("", pages.overview, name="overview"),
    path("learn/", learning.learn, name="learn"),
    path("learn/practise/", learning.practise, name="practise"),
    path("learn/<uuid:pk>/", learning.story, name="story"),
    path("learn/<uuid:pk>/let-act/", learning.let_act, name="let-act"),
    path("runs/", pages.begin, name="begin"),
    path("runs/<uuid:pk>/", pages.run, name="run"),
    path("runs/<uuid:pk>/stop/", pages.stop, name="stop"),
    path("runs/<uuid:pk>/report/", pages.report, name="report"),
]
