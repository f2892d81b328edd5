"""Health, below /health/."""

from django.urls import path

from integrations.web import health

urlpatterns = [
    path("live", health.live, name="health-live"),
    path("ready", health.ready, name="health-ready"),
    path("dependencies", health.dependencies, name="health-dependencies"),
]
