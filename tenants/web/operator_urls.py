"""An operator's settings."""

from django.urls import path

from tenants.web import key_views

app_name = "settings"
urlpatterns = [
    path("keys/", key_views.keys, name="keys"),
    path("keys/<uuid:pk>/revoke/", key_views.revoke, name="revoke-key"),
]
