"""Addresses of the API of evidence, below /api/v1/."""

from django.urls import path

from integrations.api import views

app_name = "integrations-api"

urlpatterns = [
    path("filings/<uuid:filing>/exchanges/", views.Evidence.as_view(), name="exchanges"),
    path("filings/<uuid:filing>/<str:kind>/<uuid:pk>/<str:part>/", views.Download.as_view(), name="download"),
]
