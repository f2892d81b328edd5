"""Pages about what went over the wire, below /o/<operator>/evidence/."""

from django.urls import path

from integrations.web import views

app_name = "integrations"
urlpatterns = [
    path("filings/<uuid:pk>/", views.of_filing, name="of-filing"),
    path("<slug:kind>/<uuid:pk>/<slug:part>/", views.download, name="download"),
]
