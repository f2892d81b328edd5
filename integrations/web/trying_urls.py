"""Pages to try customs' answers, below /o/<operator>/sandbox/."""

from django.urls import path

from integrations.web import trying_pages

app_name = "trying"
urlpatterns = [
    path("", trying_pages.overview, name="overview"),
    path("scenarios/", trying_pages.attach, name="attach"),
    path("faults/", trying_pages.put_fault, name="put-fault"),
    path("reset/", trying_pages.reset, name="reset"),
    path("<uuid:pk>/", trying_pages.registration, name="registration"),
    path("<uuid:pk>/provoke/", trying_pages.provoke, name="provoke"),
    path("<slug:name>/<int:number>/end/", trying_pages.take_back, name="take-back"),
    path("<slug:kind>/<uuid:pk>/<slug:part>/", trying_pages.octets, name="octets"),
]
