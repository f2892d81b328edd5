"""Pages outside any operator: the start page and the reader's own profile."""

from django.urls import path

from tenants.web import views

urlpatterns = [
    path("", views.home, name="home"),
    path("profile/", views.profile, name="profile"),
]
